/** C-CDA documents and their parts: header, sections with narrative, entries. */
import { PolyclinicError } from "../../../base/errors.ts";
import { child, descendants, elements, parseXml, textOf, type XmlElement } from "../../../bytes/xml.ts";
import { clockToday, fromHl7Date } from "../../dates.ts";
import type { Fact } from "../../fact.ts";
import { finishRecord } from "../../finish.ts";
import type { Dropped, ReadOptions, RecordPatient, RecordSet, RecordText } from "../../record.ts";
import { cautionContradictions } from "./contradictions.ts";
import { readStatement, type SectionContext, statementNames } from "./entries.ts";
import { readNarrative } from "./narrative.ts";
import { sectionKind } from "./sections.ts";
import { readCode, readName, readTime } from "./values.ts";

/**
 * Reads a C-CDA document, or a section or entry of one. @throws PolyclinicError `records/xml` for invalid XML,
 * `records/not-cda` if it contains no document, section or entry.
 */
export function readCda(source: string, options: ReadOptions = {}): RecordSet {
  const root = parseXml(source.replace(/^\ufeff/, ""), options.name);
  const document =
    elements(root).find(({ name }) => name === "ClinicalDocument") ??
    [...descendants(root)].find(({ name }) => name === "ClinicalDocument");
  const holder = document ?? root;
  const sections = outermost(holder, "section");
  const entries = sections.length === 0 ? looseStatements(holder) : [];
  if (document === undefined && sections.length === 0 && entries.length === 0)
    throw new PolyclinicError("records/not-cda", "the XML is not a clinical document", {
      where: options.name,
      expected: "a ClinicalDocument, section or entry of HL7 CDA",
      found: `<${elements(root)[0].name}>`,
    });

  const facts: Fact[] = [];
  const texts: RecordText[] = [];
  const dropped: Dropped[] = [];
  const used = new Map<string, number>();
  const nextId: SectionContext["nextId"] = (kind, element) => {
    const id = child(element, "id")?.attributes;
    const own = [id?.root, id?.extension].filter(Boolean).join("/");
    const stem = own === "" ? kind : `${kind}/${own}`;
    const count = (used.get(stem) ?? 0) + 1;
    used.set(stem, count);
    return count === 1 && own !== "" ? stem : `${stem}#${count}`;
  };
  const date = fromHl7Date(child(document, "effectiveTime")?.attributes.value);
  const header: SectionContext = {
    kind: "encounters",
    note: "header",
    narrative: { text: "", spans: new Map() },
    facts,
    dropped,
    nextId,
  };
  const visit = child(document, "componentOf", "encompassingEncounter");
  if (visit !== undefined) {
    const code = readCode(child(visit, "code"), header.narrative)?.code ?? { display: "Encounter" };
    const who = child(visit, "responsibleParty", "assignedEntity", "assignedPerson", "name");
    const by = readName(who);
    facts.push({
      id: nextId("encounter", visit),
      kind: "encounter",
      code,
      ...readTime(elements(visit, "effectiveTime")),
      ...(by === undefined ? {} : { by }),
      source: { resource: "header", path: "encompassingEncounter" },
    });
  }
  let number = 0;
  const readSection = (section: XmlElement) => {
    const title =
      textOf(child(section, "title")) || child(section, "code")?.attributes.displayName || `Section ${number + 1}`;
    const note = `section/${++number}`;
    const narrative = readNarrative(child(section, "text"));
    if (narrative.text !== "")
      texts.push({ id: note, title, text: narrative.text, ...(date === undefined ? {} : { date }) });
    const kind = sectionKind(child(section, "code")?.attributes.code, title);
    const context: SectionContext = { kind, note, narrative, facts, dropped, nextId };
    const own = elements(section, "entry");
    if (section.attributes.nullFlavor !== undefined && own.length === 0)
      dropped.push({
        what: `${note} (${title})`,
        reason: `states that there is no information: nullFlavor ${section.attributes.nullFlavor}`,
      });
    let count = 0;
    const before = facts.length;
    for (const entry of own)
      for (const statement of elements(entry)) {
        if (kind === "payers") dropped.push({ what: `${note}/entry[${++count}]`, reason: "insurance, not clinical" });
        else if (statementNames.has(statement.name))
          readStatement(statement, context, `${note}/${statement.name}[${++count}]`);
      }
    cautionContradictions(facts.slice(before), note, narrative);
    for (const inner of outermost(
      {
        ...section,
        children: section.children.filter((each) => typeof each !== "string" && each.name === "component"),
      },
      "section",
    ))
      readSection(inner);
  };
  for (const section of sections) readSection(section);
  if (entries.length > 0) {
    const context: SectionContext = { ...header, kind: "other", note: "entry" };
    for (const [index, entry] of entries.entries()) readStatement(entry, context, `${entry.name}[${index + 1}]`);
  }
  const unstructured = child(document, "component", "nonXMLBody", "text");
  if (unstructured !== undefined) {
    if (/^text\//.test(unstructured.attributes.mediaType ?? "") && unstructured.attributes.representation !== "B64")
      texts.push({
        id: "body",
        title: textOf(child(document, "title")) || "Document",
        text: textOf(unstructured),
        ...(date === undefined ? {} : { date }),
      });
    else
      dropped.push({
        what: "nonXMLBody",
        reason: `a document body of type ${unstructured.attributes.mediaType ?? "unknown"} is not supported`,
      });
  }
  const targets = elements(document, "recordTarget").map((target) => child(target, "patientRole"));
  const patients = targets.filter((each) => each !== undefined).map(readPatient);
  const distinct = [...new Map(patients.map((patient) => [patient.id, patient])).values()];
  if (distinct.length > 1)
    throw new PolyclinicError("records/several-patients", "the document is about more than one patient", {
      where: options.name,
      expected: "one recordTarget",
      found: distinct.map(({ id, name }) => [id, name].filter(Boolean).join(" ")).join("; "),
      hint: "Its entries do not state their patient: use one document per patient.",
    });
  const cautions = [
    ...(document === undefined ? ["this is only a part of a document and names no patient"] : []),
    ...(document !== undefined && distinct.length === 0 ? ["the document does not state its patient"] : []),
    ...(root.cutIn === undefined
      ? []
      : [`the file ends inside <${root.cutIn}>: it is truncated or not well-formed, and what followed is missing`]),
  ];
  return {
    format: "cda",
    records: [
      finishRecord(
        "cda",
        distinct[0] ?? { id: "" },
        { facts, texts, dropped },
        [],
        options.today ?? clockToday(),
        cautions,
      ),
    ],
  };
}

/** Sections that are not nested in another section. */
function outermost(holder: XmlElement, name: string): XmlElement[] {
  return elements(holder).flatMap((each) => (each.name === name ? [each] : outermost(each, name)));
}

/** Statements of a fragment that has no section. */
function looseStatements(holder: XmlElement): XmlElement[] {
  return elements(holder).flatMap((each) => (statementNames.has(each.name) ? [each] : looseStatements(each)));
}

function readPatient(role: XmlElement): RecordPatient {
  const ids = elements(role, "id").map(({ attributes }) => attributes.extension ?? attributes.root);
  const [id = "", ...others] = ids.filter((each) => each !== undefined && each !== "");
  const patient: RecordPatient = { id, ...(others.length > 0 && { identifiers: others }) };
  const person = child(role, "patient");
  const names = elements(person, "name");
  const name = readName(names.find(({ attributes }) => attributes.use === "L") ?? names[0]);
  if (name !== undefined) patient.name = name;
  const birthDate = fromHl7Date(child(person, "birthTime")?.attributes.value);
  if (birthDate !== undefined) patient.birthDate = birthDate;
  const sex = child(person, "administrativeGenderCode")?.attributes;
  const words = sex?.displayName ?? { M: "male", F: "female", UN: "undifferentiated" }[sex?.code ?? ""];
  if (words !== undefined) patient.sex = words.toLowerCase();
  return patient;
}
