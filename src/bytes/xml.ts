/**
 * A tolerant XML reader for clinical documents and recordings: accepts fragments with several roots, stray `&`, end tags that do not
 * match and unquoted attributes. Document types are skipped, so no external entity is ever resolved.
 */
import { PolyclinicError } from "../base/errors.ts";

export interface XmlElement {
  /** Local name, without the namespace prefix. */
  name: string;
  attributes: Readonly<Record<string, string>>;
  /** Elements and texts in order. */
  children: (XmlElement | string)[];
  /** Character range in the source, from `<` to the end of the end tag. */
  from: number;
  to: number;
  /** Of the root: the element in which the source ends. */
  cutIn?: string;
}

const deepest = 500;
const tag =
  /<!--[\s\S]*?(?:-->|$)|<!\[CDATA\[([\s\S]*?)(?:\]\]>|$)|<\?[\s\S]*?(?:\?>|$)|<!DOCTYPE(?:[^[>]|\[[\s\S]*?\])*>|<\/\s*([^\s>]+)\s*>|<([A-Za-z_][^\s/>]*)((?:[^>"']|"[^"]*"|'[^']*')*?)(\/?)>/gi;
const attribute = /([^\s=/]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/g;
const local = (name: string) => name.slice(name.indexOf(":") + 1);

/**
 * Parses XML into a root that holds the source's top-level elements.
 * @param expected what the error says should have been there, and its code.
 * @throws `records/xml`, or the given code, when there is no element at all, or elements are nested deeper than 500.
 */
export function parseXml(
  source: string,
  where?: string,
  { code, expected }: { code: string; expected: string } = {
    code: "records/xml",
    expected: "a ClinicalDocument or a part of one",
  },
): XmlElement {
  const root: XmlElement = { name: "", attributes: {}, children: [], from: 0, to: source.length };
  const open: XmlElement[] = [root];
  let at = 0;
  tag.lastIndex = 0;
  for (let match = tag.exec(source); match !== null; match = tag.exec(source)) {
    const parent = open[open.length - 1];
    if (match.index > at) parent.children.push(decodeEntities(source.slice(at, match.index)));
    at = match.index + match[0].length;
    const [, cdata, closing, name, attributes, selfClosing] = match;
    if (cdata !== undefined) parent.children.push(cdata);
    else if (closing !== undefined) {
      const depth = open.findLastIndex((element) => element.name === local(closing));
      // An end tag of nothing open is ignored; one of an outer element ends the inner ones too.
      if (depth > 0) for (const element of open.splice(depth)) element.to = at;
    } else if (name !== undefined) {
      const element: XmlElement = {
        name: local(name),
        attributes: attributesOf(attributes),
        children: [],
        from: match.index,
        to: at,
      };
      parent.children.push(element);
      if (selfClosing === "") open.push(element);
      if (open.length > deepest)
        throw new PolyclinicError(code, `elements are nested deeper than ${deepest}`, { where });
    }
  }
  if (at < source.length) open[open.length - 1].children.push(decodeEntities(source.slice(at)));
  for (const element of open) element.to = source.length;
  if (open.length > 1) root.cutIn = open[open.length - 1].name;
  if (elements(root).length === 0)
    throw new PolyclinicError(code, "the file is not XML", {
      where,
      expected,
      found: JSON.stringify(source.trim().slice(0, 40)),
    });
  return root;
}

function attributesOf(source: string): Record<string, string> {
  const found: Record<string, string> = {};
  if (source.trim() === "") return found;
  for (const [, name, double, single, bare] of source.matchAll(attribute))
    if (!name.startsWith("xmlns")) found[local(name)] = decodeEntities(double ?? single ?? bare);
  return found;
}

const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };

function decodeEntities(source: string): string {
  if (!source.includes("&")) return source;
  return source.replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (whole, name: string) => {
    if (name[0] !== "#") return Object.hasOwn(named, name) ? named[name] : whole;
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

export const elements = (parent: XmlElement | undefined, name?: string): XmlElement[] =>
  parent === undefined
    ? []
    : (parent.children.filter(
        (child) => typeof child !== "string" && (name === undefined || child.name === name),
      ) as XmlElement[]);

/** The first element along a path of names. */
export function child(parent: XmlElement | undefined, ...path: string[]): XmlElement | undefined {
  let at = parent;
  for (const name of path) at = elements(at, name)[0];
  return at;
}

/** All elements below, in document order. */
export function* descendants(parent: XmlElement): Generator<XmlElement> {
  for (const each of elements(parent)) {
    yield each;
    yield* descendants(each);
  }
}

/** The text below an element, white space collapsed. */
export function textOf(element: XmlElement | undefined): string {
  if (element === undefined) return "";
  const gather = (at: XmlElement): string =>
    at.children.map((each) => (typeof each === "string" ? each : ` ${gather(each)} `)).join("");
  return gather(element).replace(/\s+/g, " ").trim();
}
