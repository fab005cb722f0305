/** Writes a data set as a Part-10 file: explicit VR little endian, encapsulated pixel data unchanged (PS3.5 section 7, PS3.10 section 7). */
import { PolyclinicError } from "../../../base/errors.ts";
import type { DataSet, Element } from "../parse/data-set.ts";
import { tagName, tagOf } from "../parse/dictionary.ts";
import { explicitLittleEndian } from "../parse/transfer-syntax.ts";

/** An element to be written; values are little endian. */
export interface NewElement {
  readonly tag: number;
  readonly vr: string;
  readonly value: Uint8Array | readonly (readonly NewElement[])[] | { readonly fragments: readonly Uint8Array[] };
}

const longVrs = new Set(["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"]);
/** Word size for byte swapping of big-endian values; other VRs need none. */
const wordSizes: Readonly<Record<string, number>> = {
  AT: 2,
  OW: 2,
  SS: 2,
  US: 2,
  FL: 4,
  OF: 4,
  OL: 4,
  SL: 4,
  UL: 4,
  FD: 8,
  OD: 8,
  OV: 8,
  SV: 8,
  UV: 8,
};

/** A text element; values are joined by backslashes and padded to an even length (with zero for UIDs). ASCII only. */
export function textElement(attribute: string, vr: string, ...values: string[]): NewElement {
  const text = values.join("\\");
  const bytes = new Uint8Array(text.length + (text.length % 2)).fill(vr === "UI" ? 0 : 32);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i) & 0x7f;
  return { tag: tagOf(attribute), vr, value: bytes };
}

/** Converts a parsed element for writing: little endian, with all nested content. */
export function copyElement(dataset: DataSet, element: Element): NewElement {
  const { tag, vr, items, fragments } = element;
  if (items !== undefined)
    return {
      tag,
      vr: "SQ",
      value: items.map((item) => [...item.elements.values()].map((inner) => copyElement(item, inner))),
    };
  if (fragments !== undefined)
    return {
      tag,
      vr: "OB",
      value: { fragments: fragments.map(({ offset, length }) => bytesOf(dataset, tag, offset, length)) },
    };
  const value = bytesOf(dataset, tag, element.offset, element.length);
  const size = dataset.bigEndian ? wordSizes[vr] : undefined;
  return { tag, vr, value: size === undefined ? value : swapped(value, size) };
}

function bytesOf(dataset: DataSet, tag: number, offset: number, length: number): Uint8Array {
  if (offset + length > dataset.bytes.length)
    throw new PolyclinicError("dicom/truncated", "the input file ends inside this value, so no output is written", {
      where: tagName(tag),
      expected: `${length} bytes`,
      found: `${Math.max(0, dataset.bytes.length - offset)}`,
    });
  return dataset.bytes.subarray(offset, offset + length);
}

function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const out = bytes.slice();
  for (let i = 0; i + size <= out.length; i += size) out.subarray(i, i + size).reverse();
  return out;
}

/** A growing output buffer. */
class Output {
  private bytes = new Uint8Array(1 << 16);
  private view = new DataView(this.bytes.buffer);
  length = 0;

  private room(n: number): number {
    const at = this.length;
    this.length += n;
    if (this.length > this.bytes.length) {
      const grown = new Uint8Array(Math.max(this.length, this.bytes.length * 2));
      grown.set(this.bytes);
      this.bytes = grown;
      this.view = new DataView(grown.buffer);
    }
    return at;
  }

  u16(value: number): void {
    const at = this.room(2);
    this.view.setUint16(at, value, true);
  }

  u32(value: number): void {
    const at = this.room(4);
    this.view.setUint32(at, value, true);
  }

  tag(tag: number): void {
    this.u16(tag >>> 16);
    this.u16(tag & 0xffff);
  }

  text(text: string): void {
    const at = this.room(text.length);
    for (let i = 0; i < text.length; i++) this.bytes[at + i] = text.charCodeAt(i);
  }

  put(bytes: Uint8Array): void {
    const at = this.room(bytes.length);
    this.bytes.set(bytes, at);
  }

  done(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }
}

function writeElement(out: Output, { tag, vr, value }: NewElement): void {
  out.tag(tag);
  if (value instanceof Uint8Array) {
    const length = value.length + (value.length % 2);
    // A value too long for a 16-bit length, as implicit files can hold, is written as UN (PS3.5 6.2.2).
    const written = !longVrs.has(vr) && length > 0xfffe ? "UN" : vr;
    out.text(written);
    if (longVrs.has(written)) {
      out.u16(0);
      out.u32(length);
    } else out.u16(length);
    out.put(value);
    if (value.length % 2) out.put(Uint8Array.of(/^(UI|O[BDFLVW]|UN)$/.test(vr) ? 0 : 32));
    return;
  }
  out.text("fragments" in value ? "OB" : "SQ");
  out.u16(0);
  out.u32(0xffffffff);
  if ("fragments" in value)
    for (const fragment of value.fragments) {
      out.tag(0xfffee000);
      out.u32(fragment.length + (fragment.length % 2));
      out.put(fragment);
      if (fragment.length % 2) out.put(Uint8Array.of(0));
    }
  else
    for (const item of value) {
      out.tag(0xfffee000);
      out.u32(0xffffffff);
      writeElements(out, item);
      out.tag(0xfffee00d);
      out.u32(0);
    }
  out.tag(0xfffee0dd);
  out.u32(0);
}

function writeElements(out: Output, elements: readonly NewElement[]): void {
  for (const element of [...elements].sort((a, b) => a.tag - b.tag)) writeElement(out, element);
}

/** Identifies the writer in the file meta information: a UUID-derived root, as PS3.5 B.2 allows. */
const implementationClassUID = "2.25.217408263471095630185210957340162896143";

/**
 * The bytes of a whole file.
 *
 * @param transferSyntaxUID of encapsulated pixel data among the elements; explicit VR little endian when there is none.
 */
export function writeDicom(elements: readonly NewElement[], transferSyntaxUID = explicitLittleEndian): Uint8Array {
  const textOf = (keyword: string) => {
    const value = elements.find(({ tag }) => tag === tagOf(keyword))?.value;
    return value instanceof Uint8Array ? new TextDecoder().decode(value).replace(/[\0 ]+$/, "") : "";
  };
  const meta = new Output();
  writeElements(meta, [
    { tag: tagOf("FileMetaInformationVersion"), vr: "OB", value: Uint8Array.of(0, 1) },
    textElement("MediaStorageSOPClassUID", "UI", textOf("SOPClassUID")),
    textElement("MediaStorageSOPInstanceUID", "UI", textOf("SOPInstanceUID")),
    textElement("TransferSyntaxUID", "UI", transferSyntaxUID),
    textElement("ImplementationClassUID", "UI", implementationClassUID),
    textElement("ImplementationVersionName", "SH", "POLYCLINIC"),
  ]);
  const out = new Output();
  out.put(new Uint8Array(128));
  out.text("DICM");
  const groupLength = new Uint8Array(4);
  new DataView(groupLength.buffer).setUint32(0, meta.length, true);
  writeElement(out, { tag: 0x00020000, vr: "UL", value: groupLength });
  out.put(meta.done());
  writeElements(out, elements);
  return out.done();
}
