/**
 * Converts clinical statements of a C-CDA section to facts: by template if it is named (C-CDA R1.1 to R2.1 share the
 * roots), otherwise by the element and the kind of section, because vendors omit templates or add others.
 *
 * Over 300 lines because every statement type is one short function here, called from one dispatch by template.
 */

import { child, descendants, elements, textOf, type XmlElement } from "../../../bytes/xml.ts";
import type { Fact, FactKind, FactSource } from "../../fact.ts";
import type { Dropped } from "../../record.ts";
import { fitsUcum } from "../../units.ts";
import type { Narrative } from "./narrative.ts";
import type { SectionKind } from "./sections.ts";
import {
  number,
  readCode,
  readName,
  readRanges,
  readTime,
  readValue,
  referenced,
  setUnit,
  wrongTimes,
} from "./values.ts";

const root = "2.16.840.1.113883.10.20.22.4.";
/** Elements of an entry that state something about the patient. */
export const statementNames = new Set([
  "observation",
  "act",
  "organizer",
  "substanceAdministration",
  "procedure",
  "encounter",
  "supply",
]);
/** Observations that qualify their parent and are read with it: status, severity, reaction, age, units, priority. */
const qualifiers = new Set(["6", "8", "9", "31", "33", "143", "145", "5", "28"].map((id) => root + id));

export interface SectionContext {
  kind: SectionKind;
  /** Id of the section's text in the record. */
  note: string;
  narrative: Narrative;
  /** The document's effective time, for statements that have none. */
  facts: Fact[];
  dropped: Dropped[];
  /** Makes a fact's id, because ids of the document are sometimes missing or not unique. */
  nextId: (kind: FactKind, element: XmlElement) => string;
  /** The encounter to which an encounter's diagnoses belong. */
  encounter?: string;
}

const templates = (element: XmlElement) =>
  new Set(
    elements(element, "templateId")
      .map(({ attributes }) => attributes.root)
      .filter((each) => each !== undefined),
  );

/** Reads a statement and everything nested in it. */
export function readStatement(
  element: XmlElement,
  context: SectionContext,
  path: string,
  panel?: Fact["partOf"],
): void {
  const ids = templates(element);
  const is = (...numbers: string[]) => numbers.some((each) => ids.has(root + each));
  const { kind } = context;
  const before = context.facts.length;
  let inside: Fact["partOf"];
  let encounter = context.encounter;

  if (
    element.attributes.nullFlavor !== undefined &&
    element.name === "organizer" &&
    elements(element, "component").length === 0
  ) {
    context.dropped.push({
      what: path,
      reason: `states that there is none: nullFlavor ${element.attributes.nullFlavor}`,
    });
    return;
  }
  // Whatever a statement entered in error holds was entered in error with it.
  if (child(element, "statusCode")?.attributes.code === "nullified") {
    context.dropped.push({ what: path, reason: "entered in error: its status is nullified", caution: true });
    return;
  }
  switch (element.name) {
    case "organizer": {
      if (is("45") || kind === "family") {
        readFamily(element, context, path);
        return;
      }
      inside = readCode(child(element, "code"), context.narrative)?.code;
      break;
    }
    case "observation":
      if ([...qualifiers].some((each) => ids.has(each)) && !is("4", "7", "2", "27")) return;
      if (child(element, "code")?.attributes.code === "246514001") return;
      if (is("7")) readAllergy(element, context, path);
      else if (is("4")) readProblem(element, context, path);
      else if (is("13") && kind !== "results") readProcedure(element, context, path);
      else if (is("121") || kind === "goals") readNamed(element, context, path, "goal");
      else if (is("44") || kind === "plan") readNamed(element, context, path, "procedure");
      else if (is("2", "27", "38", "78", "85") || panel !== undefined || kind === "results" || kind === "vitals")
        readObservation(element, context, path, panel);
      else if (kind === "problems" && child(element, "value") !== undefined) readProblem(element, context, path);
      else if (kind === "allergies") readAllergy(element, context, path);
      else readObservation(element, context, path, panel);
      break;
    case "substanceAdministration":
      readMedication(
        element,
        context,
        path,
        is("52", "120") || (kind === "immunizations" && !is("16", "42")) ? "immunization" : "medication",
      );
      break;
    case "procedure":
      readProcedure(element, context, path);
      break;
    case "encounter":
      encounter = readEncounter(element, context, path);
      break;
    case "act":
      if (is("12", "39") && !is("3", "30")) readProcedure(element, context, path);
      break;
  }
  const inner: SectionContext = encounter === context.encounter ? context : { ...context, encounter };
  let count = 0;
  for (const holder of elements(element)) {
    if (holder.name !== "component" && holder.name !== "entryRelationship") continue;
    for (const statement of elements(holder)) {
      if (!statementNames.has(statement.name)) continue;
      // The reason of a drug or procedure is stored as its reason, not as another diagnosis.
      if (holder.attributes.typeCode === "RSON" && context.facts.length > before && element.name !== "act") {
        addReason(context.facts[before], statement, context.narrative);
        continue;
      }
      readStatement(
        statement,
        inner,
        `${path}/${statement.name}[${++count}]`,
        inside ?? (element.name === "observation" ? undefined : panel),
      );
    }
  }
}

function start(element: XmlElement, kind: FactKind, context: SectionContext, path: string): Fact {
  const fact: Fact = { id: context.nextId(kind, element), kind, source: sourceOf(element, context, path) };
  const times = elements(element, "effectiveTime");
  Object.assign(fact, readTime(times));
  for (const text of wrongTimes(times)) caution(fact, `its time is not a date: ${text}`);
  const status = child(element, "statusCode")?.attributes.code;
  if (status !== undefined) fact.status = status;
  if (element.attributes.negationInd === "true") fact.assertion = "denied";
  const by = author(element);
  if (by !== undefined) fact.by = by;
  if (context.encounter !== undefined) fact.encounter = context.encounter;
  return fact;
}

function sourceOf(element: XmlElement, { narrative, note }: SectionContext, path: string): FactSource {
  const span =
    referenced(child(element, "text"), narrative) ??
    referenced(child(element, "code", "originalText"), narrative) ??
    referenced(child(element, "value", "originalText"), narrative);
  if (span !== undefined && span.to > span.from) return { note, from: span.from, to: span.to };
  return { resource: note, path };
}

function author(element: XmlElement): string | undefined {
  for (const [role, entity, person, organisation] of [
    ["performer", "assignedEntity", "assignedPerson", "representedOrganization"],
    ["author", "assignedAuthor", "assignedPerson", "representedOrganization"],
  ]) {
    const who = child(element, role, entity);
    const name = readName(child(who, person, "name")) ?? readName(child(who, organisation, "name"));
    if (name !== undefined) return name;
  }
  return undefined;
}

function caution(fact: Fact, words: string): void {
  fact.cautions = [...(fact.cautions ?? []), words];
}

function keep(fact: Fact, context: SectionContext, path: string): Fact | undefined {
  if (fact.code === undefined) {
    context.dropped.push({ what: path, reason: "cannot be identified: its code is missing or null" });
    return undefined;
  }
  context.facts.push(fact);
  return fact;
}

function name(fact: Fact, element: XmlElement | undefined, narrative: Narrative): void {
  const read = readCode(element, narrative);
  if (read === undefined) return;
  fact.code = read.code;
  if (read.translations !== undefined) fact.translations = read.translations;
}

function readObservation(element: XmlElement, context: SectionContext, path: string, panel: Fact["partOf"]): void {
  const { narrative, kind } = context;
  const fact = start(element, "observation", context, path);
  name(fact, child(element, "code"), narrative);
  if (fact.code === undefined) {
    // Without a code, the narrative's text is its name.
    const words = referenced(child(element, "text"), narrative)?.text ?? textOf(child(element, "text"));
    if (words) fact.code = { display: words };
  }
  fact.category = [{ results: "laboratory", vitals: "vital-signs", social: "social-history" }[kind as string] ?? kind];
  if (panel !== undefined) fact.partOf = panel;
  // Release 1.1 encoded the smoking status as an assertion; 2.1 has this code.
  if (fact.code?.code === "ASSERTION" && templates(element).has(`${root}78`))
    fact.code = { system: "http://loinc.org", code: "72166-2", display: "Tobacco smoking status" };
  for (const value of elements(element, "value")) if (fact.value === undefined) readValue(fact, value, narrative);
  for (const units of descendants(element)) {
    if (units.name !== "observation" || child(units, "code")?.attributes.code !== "246514001") continue;
    const value = child(units, "value");
    const words = textOf(child(value, "originalText")) || value?.attributes.code || textOf(value);
    if (fact.printedUnit === undefined) setUnit(fact, words);
    else if (words) fact.printedUnit = words;
  }
  const flag = child(element, "interpretationCode");
  if (flag?.attributes.code !== undefined) fact.flag = flag.attributes.code;
  readRanges(fact, elements(element, "referenceRange"), narrative);
  // A negated observation value: "not observed", which C-CDA expresses with negationInd.
  if (fact.value === undefined && fact.absent === undefined)
    fact.absent = fact.status === "active" ? "pending" : "the source gives no value";
  if (typeof fact.value === "number" && fact.unit !== undefined) {
    const misfit = fitsUcum(fact.code, fact.unit);
    if (misfit !== undefined) caution(fact, misfit);
  }
  if (fact.status === "cancelled" || fact.status === "aborted") {
    context.dropped.push({ what: path, reason: `not completed: its status is ${fact.status}`, caution: true });
    return;
  }
  keep(fact, context, path);
}

function readProblem(element: XmlElement, context: SectionContext, path: string): void {
  const fact = start(element, "condition", context, path);
  const value = child(element, "value");
  name(fact, value, context.narrative);
  if (fact.code === undefined) {
    const words = referenced(child(element, "text"), context.narrative)?.text ?? textOf(child(element, "text"));
    if (words) fact.code = { display: words };
  }
  // "No known problems" is a negated ASSERTION of "Problem".
  if (fact.assertion === "denied" && /^(problem|disease|finding)$/i.test(fact.code?.display ?? ""))
    fact.code = { display: "Any problem" };
  delete fact.status;
  const status = qualifier(element, "6");
  const said = child(status, "value")?.attributes;
  if (said?.displayName ?? said?.code) fact.status = (said?.displayName ?? said?.code)!.toLowerCase();
  keep(fact, context, path);
}

/** A nested qualifying observation, by template. */
function qualifier(element: XmlElement, template: string): XmlElement | undefined {
  for (const relation of elements(element, "entryRelationship"))
    for (const inner of elements(relation, "observation")) if (templates(inner).has(root + template)) return inner;
  return undefined;
}

function readAllergy(element: XmlElement, context: SectionContext, path: string): void {
  const { narrative } = context;
  const fact = start(element, "allergy", context, path);
  const entity = child(element, "participant", "participantRole", "playingEntity");
  name(fact, child(entity, "code"), narrative);
  if (fact.code === undefined && textOf(child(entity, "name"))) fact.code = { display: textOf(child(entity, "name")) };
  const type = readCode(child(element, "value"), narrative);
  if (fact.code === undefined && type !== undefined)
    fact.code = fact.assertion === "denied" ? { ...type.code, display: `Any (${type.code.display})` } : type.code;
  if (type !== undefined && type.code !== fact.code) fact.category = [type.code.display];
  delete fact.status;
  const details: string[] = [];
  for (const inner of descendants(element)) {
    if (inner.name !== "observation") continue;
    const ids = templates(inner);
    const value = readCode(child(inner, "value"), narrative)?.code.display;
    if (value === undefined) continue;
    if (ids.has(`${root}9`)) details.push(value);
    else if (ids.has(`${root}8`)) details.push(`severity: ${value}`);
    else if (ids.has(`${root}28`)) fact.status = value.toLowerCase();
    else if (ids.has(`${root}145`)) details.push(`criticality: ${value}`);
  }
  if (details.length > 0) fact.detail = details;
  keep(fact, context, path);
}

function readMedication(
  element: XmlElement,
  context: SectionContext,
  path: string,
  kind: "medication" | "immunization",
): void {
  const { narrative } = context;
  const fact = start(element, kind, context, path);
  const product = child(element, "consumable", "manufacturedProduct");
  const material = child(product, "manufacturedMaterial") ?? child(product, "manufacturedLabeledDrug");
  name(fact, child(material, "code"), narrative);
  if (fact.code === undefined) {
    const words =
      textOf(child(material, "name")) ||
      referenced(child(element, "text"), narrative)?.text ||
      textOf(child(element, "text"));
    if (words) fact.code = { display: words };
  }
  const dose = child(element, "doseQuantity");
  const parts = [
    number(dose?.attributes.value) !== undefined
      ? [dose?.attributes.value, dose?.attributes.unit].filter((each) => each && each !== "1").join(" ")
      : undefined,
    readCode(child(element, "routeCode"), narrative)?.code.display,
    frequency(element),
    child(element, "precondition") !== undefined ? "as needed" : undefined,
  ].filter(Boolean);
  const sig = kind === "medication" ? textOf(child(element, "text")) || undefined : undefined;
  if (sig ?? parts.length > 0) fact.dosage = sig && sig !== "" ? sig : parts.join(", ");
  if (fact.dosage === "" || fact.dosage === undefined) delete fact.dosage;
  if (
    context.kind === "plan" ||
    (["INT", "RQO", "PRMS", "PRP"].includes(element.attributes.moodCode ?? "") && kind === "immunization")
  )
    fact.assertion ??= "planned";
  const reason = child(element, "entryRelationship");
  if (fact.assertion === "denied" && reason !== undefined) {
    const why =
      readCode(child(reason, "observation", "value"), narrative) ??
      readCode(child(reason, "observation", "code"), narrative);
    if (why !== undefined) fact.reason = [why.code.display];
  }
  keep(fact, context, path);
}

function frequency(element: XmlElement): string | undefined {
  for (const time of elements(element, "effectiveTime")) {
    const period = child(time, "period");
    if (period?.attributes.value) return `every ${period.attributes.value} ${period.attributes.unit ?? ""}`.trim();
    const low = child(period, "low");
    if (low?.attributes.value)
      return `every ${low.attributes.value} to ${child(period, "high")?.attributes.value} ${low.attributes.unit ?? ""}`.trim();
    const event = child(time, "event")?.attributes.code;
    if (event !== undefined) return `at ${event}`;
  }
  return undefined;
}

function readProcedure(element: XmlElement, context: SectionContext, path: string): void {
  readNamed(element, context, path, "procedure");
}

/** A statement that is what its code says: a procedure, a planned order, a goal. */
function readNamed(element: XmlElement, context: SectionContext, path: string, kind: FactKind): void {
  const fact = start(element, kind, context, path);
  name(fact, child(element, "code"), context.narrative);
  if (fact.code === undefined || fact.code.code === "ASSERTION") {
    const words = referenced(child(element, "text"), context.narrative)?.text ?? textOf(child(element, "text"));
    if (words) fact.code = { display: words };
  }
  const mood = element.attributes.moodCode ?? "EVN";
  if (mood !== "EVN" || context.kind === "plan" || kind === "goal") fact.assertion ??= "planned";
  const value = child(element, "value");
  if (value !== undefined && kind !== "goal" && mood === "EVN") readValue(fact, value, context.narrative);
  keep(fact, context, path);
}

function readEncounter(element: XmlElement, context: SectionContext, path: string): string | undefined {
  const fact = start(element, "encounter", context, path);
  name(fact, child(element, "code"), context.narrative);
  fact.code ??= { display: "Encounter" };
  if (element.attributes.moodCode !== undefined && element.attributes.moodCode !== "EVN") fact.assertion ??= "planned";
  return keep(fact, context, path)?.id;
}

function readFamily(element: XmlElement, context: SectionContext, path: string): void {
  const subject = child(element, "subject", "relatedSubject");
  const relation = readCode(child(subject, "code"), context.narrative)?.code.display ?? "relative";
  let count = 0;
  for (const component of elements(element, "component"))
    for (const observation of elements(component, "observation")) {
      const at = `${path}/observation[${++count}]`;
      const fact = start(observation, "familyHistory", context, at);
      name(fact, child(observation, "value"), context.narrative);
      fact.assertion = fact.assertion === "denied" ? "denied" : "family";
      fact.detail = [relation];
      const age = qualifier(observation, "31");
      if (age !== undefined) fact.detail.push(`at age ${child(age, "value")?.attributes.value}`);
      keep(fact, context, at);
    }
}

function addReason(fact: Fact, statement: XmlElement, narrative: Narrative): void {
  const value = readCode(child(statement, "value"), narrative) ?? readCode(child(statement, "code"), narrative);
  if (value !== undefined) fact.reason = [...new Set([...(fact.reason ?? []), value.code.display])];
}
