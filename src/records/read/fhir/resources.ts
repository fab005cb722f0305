/**
 * Converts one FHIR R4 resource to facts, field by field after the R4 definitions (hl7.org/fhir/R4). Missing fields
 * stay missing.
 *
 * Over 300 lines because every resource type has one short method here, in the order of the R4 resource list, and all
 * share the reader's context.
 */
import type { Fact, FactKind } from "../../fact.ts";
import { withoutValue } from "../../finish.ts";
import { sameUnit, ucumOf } from "../../printed-units.ts";
import type { RecordText } from "../../record.ts";
import { convert, fitsUcum } from "../../units.ts";
import { codeOf, concept, first, type Interner, type Json, object, objects, text, wordsOf } from "./json.ts";
import { caution, type Links } from "./links.ts";
import { attachmentText, narrativeText } from "./text.ts";

export interface Read {
  facts: Fact[];
  texts: RecordText[];
  /** Why the resource, or a part of it, yields no fact. */
  dropped?: string;
  /** What the resource stated before it was withdrawn. */
  withdrawn?: Fact[];
}

/** Resource types without information about the patient's health. */
export const administrative: Readonly<Record<string, string>> = {
  Claim: "billing, not clinical",
  ClaimResponse: "billing, not clinical",
  ExplanationOfBenefit: "billing, not clinical",
  Coverage: "insurance, not clinical",
  Account: "billing, not clinical",
  Provenance: "states the origin of resources, nothing about the patient",
  AuditEvent: "an access log",
  SupplyDelivery: "a delivery of supplies, not clinical",
  Consent: "a consent, not clinical",
};

/** Reason for leaving out a resource with this status. */
export const enteredInError = "its status is entered-in-error";

/** Resource types that only provide names for references. */
export const directory = new Set([
  "Practitioner",
  "PractitionerRole",
  "Organization",
  "Location",
  "Medication",
  "CareTeam",
  "RelatedPerson",
  "Device",
  "HealthcareService",
  "Endpoint",
  "Group",
]);

export class ResourceReader {
  constructor(
    readonly links: Links,
    readonly interner: Interner,
  ) {}

  read(resource: Json): Read {
    const type = String(resource.resourceType);
    const withdrawn = (reason: string): Read => ({
      ...dropped(reason),
      withdrawn: this.#kind(type, resource).facts.map(withoutValue),
    });
    if (
      [resource.status, resource.verificationStatus].some((status) => /^entered.in.error$/i.test(codeOf(status) ?? ""))
    )
      return withdrawn(enteredInError);
    if ((type === "Observation" || type === "ImagingStudy") && resource.status === "cancelled")
      return withdrawn("its status is cancelled");
    return this.#kind(type, resource);
  }

  #kind(type: string, resource: Json): Read {
    switch (type) {
      case "Condition":
        return this.#condition(resource);
      case "Observation":
        return this.#observation(resource);
      case "MedicationRequest":
      case "MedicationStatement":
      case "MedicationAdministration":
      case "MedicationDispense":
        return this.#medication(resource);
      case "Procedure":
        return this.#procedure(resource);
      case "ServiceRequest":
        return this.#serviceRequest(resource);
      case "Immunization":
        return this.#immunization(resource);
      case "AllergyIntolerance":
        return this.#allergy(resource);
      case "Encounter":
        return this.#encounter(resource);
      case "DiagnosticReport":
        return this.#report(resource);
      case "DocumentReference":
      case "Composition":
        return this.#document(resource);
      case "CarePlan":
        return this.#carePlan(resource);
      case "Goal":
        return this.#goal(resource);
      case "FamilyMemberHistory":
        return this.#family(resource);
      case "ImagingStudy":
        return this.#imaging(resource);
      default:
        return dropped(administrative[type] ?? `Polyclinic reads no facts from a ${type}`);
    }
  }

  #start(resource: Json, kind: FactKind, named: unknown): Fact {
    const id = `${resource.resourceType}/${resource.id}`;
    const fact: Fact = { id, kind, source: { resource: id } };
    const read = concept(named, this.interner);
    if (read !== undefined) {
      fact.code = read.code;
      if (read.translations !== undefined) fact.translations = read.translations;
    }
    const category = objects(resource.category)
      .map(codeOf)
      .filter((each) => each !== undefined);
    if (category.length > 0) fact.category = category.map((each) => this.interner.string(each));
    if (typeof resource.category === "string") fact.category = [resource.category];
    const status = codeOf(resource.status);
    if (status !== undefined) fact.status = this.interner.string(status);
    if (resource.encounter !== undefined) this.links.link(fact, "encounter", resource.encounter);
    else if (object(resource.context)) this.links.link(fact, "encounter", resource.context);
    const reasons = objects(resource.reasonCode)
      .map(wordsOf)
      .filter((each) => each !== undefined);
    if (reasons.length > 0) fact.reason = reasons;
    for (const reference of objects(resource.reasonReference))
      this.links.link(fact, "reason", reference, resource.contained);
    const notes = objects(resource.note)
      .map(({ text: words }) => text(words))
      .filter((each) => each !== undefined);
    if (notes.length > 0) fact.text = notes.join("\n");
    return fact;
  }

  #when(fact: Fact, resource: Json, ...names: string[]): void {
    for (const name of names) {
      const moment = text(resource[`${name}DateTime`]) ?? text(resource[`${name}Instant`]) ?? text(resource[name]);
      const period = object(resource[`${name}Period`]) ?? object(resource[name]);
      if (moment !== undefined) fact.start = moment;
      else if (period !== undefined) {
        if (text(period.start)) fact.start = text(period.start);
        if (text(period.end)) fact.end = text(period.end);
      } else if (text(resource[`${name}String`]))
        fact.detail = [...(fact.detail ?? []), `when: ${text(resource[`${name}String`])}`];
      else if (object(resource[`${name}Age`])) {
        const age = object(resource[`${name}Age`])!;
        fact.detail = [...(fact.detail ?? []), `at age ${age.value} ${age.unit ?? age.code ?? ""}`.trim()];
      } else continue;
      return;
    }
  }

  #by(fact: Fact, ...references: unknown[]): void {
    const reference = references.flatMap((each) => objects(each))[0];
    if (reference !== undefined)
      this.links.link(fact, "by", object(reference.actor) ?? object(reference.individual) ?? reference);
  }

  #condition(resource: Json): Read {
    const fact = this.#start(resource, "condition", resource.code);
    this.#when(fact, resource, "onset");
    const abated: Fact = { ...fact, start: undefined, end: undefined, detail: undefined };
    this.#when(abated, resource, "abatement");
    if (abated.start !== undefined) fact.end = abated.end ?? abated.start;
    for (const words of abated.detail ?? []) fact.detail = [...(fact.detail ?? []), `ended ${words}`];
    if (text(resource.recordedDate)) fact.recorded = text(resource.recordedDate);
    fact.status = codeOf(resource.clinicalStatus);
    if (fact.status === undefined) delete fact.status;
    const verification = codeOf(resource.verificationStatus);
    if (verification !== undefined) fact.verification = this.interner.string(verification);
    if (verification === "refuted") fact.assertion = "denied";
    if (["provisional", "differential", "unconfirmed"].includes(verification ?? "")) fact.assertion = "possible";
    const details = [
      ...objects(resource.bodySite).map(wordsOf),
      prefixed("severity", wordsOf(resource.severity)),
      ...objects(resource.stage).map(({ summary }) => prefixed("stage", wordsOf(summary))),
    ].filter((each) => each !== undefined);
    if (details.length > 0) fact.detail = [...(fact.detail ?? []), ...details];
    this.#by(fact, resource.asserter ?? resource.recorder);
    return done(fact, "code");
  }

  #observation(resource: Json): Read {
    const fact = this.#start(resource, "observation", resource.code);
    this.#when(fact, resource, "effective");
    if (text(resource.issued) && fact.start === undefined) fact.recorded = text(resource.issued);
    if (resource.status === "registered" || resource.status === "preliminary")
      caution(fact, `the result is ${resource.status}, not final`);
    this.#by(fact, resource.performer);
    this.#value(fact, resource);
    const parts = objects(resource.component);
    const facts: Fact[] = [];
    // A panel that only contains components (blood pressure) is not a statement of its own.
    if (fact.value !== undefined || fact.absent !== undefined || parts.length === 0) facts.push(fact);
    for (const [index, part] of parts.entries()) {
      const read = concept(part.code, this.interner);
      const component: Fact = {
        ...copyContext(fact),
        id: `${fact.id}#component[${index}]`,
        source: { resource: fact.id, path: `component[${index}]` },
      };
      if (read !== undefined) {
        component.code = read.code;
        if (read.translations !== undefined) component.translations = read.translations;
      }
      if (fact.code !== undefined) component.partOf = fact.code;
      if (resource.encounter !== undefined) this.links.link(component, "encounter", resource.encounter);
      this.#by(component, resource.performer);
      this.#value(component, part);
      facts.push(component);
    }
    if (fact.code === undefined && facts.every(({ code }) => code === undefined))
      return dropped("has neither a code nor a component");
    return { facts, texts: [] };
  }

  /** value[x], data absent reason, interpretation and reference range of an observation or component. */
  #value(fact: Fact, source: Json): void {
    const quantity = object(source.valueQuantity);
    if (quantity !== undefined) {
      const comparator = text(quantity.comparator);
      if (typeof quantity.value === "number" && (comparator === undefined || /^[<>]=?$/.test(comparator))) {
        fact.value = quantity.value;
        fact.printedValue = String(quantity.value);
        if (comparator !== undefined) fact.comparator = comparator as Fact["comparator"];
      } else if (quantity.value !== undefined)
        fact.absent = `its value is not a valid FHIR R4 number: ${JSON.stringify(`${comparator ?? ""}${quantity.value}`)}`;
      this.#unit(fact, quantity);
    }
    const coded = concept(source.valueCodeableConcept, this.interner);
    if (coded !== undefined) {
      fact.value = coded.code.display;
      fact.valueCode = coded.code;
    }
    for (const name of ["valueString", "valueDateTime", "valueTime"])
      if (text(source[name])) fact.value = text(source[name]);
    if (typeof source.valueBoolean === "boolean") fact.value = source.valueBoolean;
    if (typeof source.valueInteger === "number") {
      fact.value = source.valueInteger;
      fact.printedValue = String(source.valueInteger);
    }
    const range = object(source.valueRange);
    if (range !== undefined)
      fact.value = `${quantityWords(range.low) ?? ""} to ${quantityWords(range.high) ?? ""}`.trim();
    const ratio = object(source.valueRatio);
    if (ratio !== undefined) fact.value = `${quantityWords(ratio.numerator)} / ${quantityWords(ratio.denominator)}`;
    if (object(source.valueSampledData)) {
      fact.absent = "a sampled waveform, which is not supported";
    }
    const given = Object.keys(source).filter((name) => /^value[A-Z]/.test(name) && source[name] !== undefined);
    if (given.length > 1) {
      // Choosing between several values would be a guess.
      fact.absent = `it states more than one value: ${given.map((name) => `${name} ${valueText(source[name])}`).join(", ")}`;
      for (const field of ["value", "valueCode", "comparator", "printedValue"] as const) delete fact[field];
    }
    const absent = wordsOf(source.dataAbsentReason);
    if (absent !== undefined) fact.absent = absent;
    const flag = codeOf(first(source.interpretation));
    if (flag !== undefined) fact.flag = this.interner.string(flag);
    const ranges = objects(source.referenceRange);
    const normal = ranges.filter(
      ({ type, appliesTo, age }) =>
        (type === undefined || codeOf(type) === "normal") && appliesTo === undefined && age === undefined,
    );
    if (normal.length === 1) {
      const [low, high] = [inUnitOf(fact, normal[0].low), inUnitOf(fact, normal[0].high)];
      if (low === "other unit" || high === "other unit") fact.printedRange = rangeWords(normal[0]);
      else if (low !== undefined && high !== undefined && low > high) {
        fact.printedRange = rangeWords(normal[0]);
        caution(
          fact,
          `the lower limit of its reference range is not below the upper limit (${fact.printedRange}); the range is ignored`,
        );
      } else {
        if (low !== undefined) fact.low = low;
        if (high !== undefined) fact.high = high;
      }
      if (text(normal[0].text) && fact.low === undefined && fact.high === undefined)
        fact.printedRange = text(normal[0].text);
    } else if (ranges.length > 0) {
      // Choosing between several ranges would be a guess.
      fact.printedRange = ranges.map(rangeWords).join("; ");
    }
    if (typeof fact.value === "number" && fact.unit !== undefined) {
      const misfit = fitsUcum(fact.code, fact.unit);
      if (misfit !== undefined) caution(fact, misfit);
    }
  }

  #unit(fact: Fact, quantity: Json): void {
    const code = text(quantity.code);
    const unit = text(quantity.unit);
    if (code !== undefined && (quantity.system === undefined || quantity.system === "http://unitsofmeasure.org"))
      fact.unit = this.interner.string(code);
    const printed = unit ?? code;
    if (printed !== undefined) fact.printedUnit = this.interner.string(printed);
    const ucum = unit === undefined ? undefined : ucumOf(unit);
    // Coded in another system, or not at all: the printed unit is used if it is unambiguous.
    if (fact.unit === undefined && ucum !== undefined) fact.unit = this.interner.string(ucum);
    const factor = ucum === undefined || fact.unit === undefined ? undefined : convert(1, ucum, fact.unit);
    if (factor !== undefined && Math.abs(factor - 1) > 1e-9)
      caution(fact, `its unit is printed as ${unit} and coded as ${fact.unit}`);
  }

  #medication(resource: Json): Read {
    const fact = this.#start(resource, "medication", resource.medicationCodeableConcept);
    fact.category = [String(resource.resourceType), ...(fact.category ?? [])].map((each) => this.interner.string(each));
    if (resource.medicationReference !== undefined)
      this.links.link(fact, "code", resource.medicationReference, resource.contained);
    this.#when(fact, resource, "authoredOn", "effective", "whenHandedOver", "whenPrepared");
    if (text(resource.dateAsserted)) fact.recorded = text(resource.dateAsserted);
    this.#by(fact, resource.requester, resource.informationSource, resource.performer);
    const dosage = objects(resource.dosageInstruction ?? resource.dosage)
      .map(dosageWords)
      .filter((each) => each !== "");
    if (dosage.length > 0) fact.dosage = dosage.join("; ");
    const intent = text(resource.intent);
    if (intent === "proposal" || intent === "plan" || fact.status === "draft") fact.assertion = "planned";
    if (resource.doNotPerform === true || fact.status === "not-taken" || fact.status === "not-done")
      fact.assertion = "denied";
    if (fact.status === "cancelled") fact.assertion = "denied";
    return fact.code === undefined && resource.medicationReference === undefined
      ? dropped("names no medication")
      : done(fact);
  }

  #procedure(resource: Json): Read {
    const fact = this.#start(resource, "procedure", resource.code);
    this.#when(fact, resource, "performed");
    this.#by(fact, resource.performer, resource.asserter);
    if (fact.status === "not-done") fact.assertion = "denied";
    if (fact.status === "preparation") fact.assertion = "planned";
    const details = [
      ...objects(resource.bodySite).map(wordsOf),
      prefixed("outcome", wordsOf(resource.outcome)),
      prefixed("not done because", wordsOf(resource.statusReason)),
    ].filter((each) => each !== undefined);
    if (details.length > 0) fact.detail = [...(fact.detail ?? []), ...details];
    return done(fact, "code");
  }

  #serviceRequest(resource: Json): Read {
    const fact = this.#start(resource, "procedure", resource.code);
    this.#when(fact, resource, "occurrence", "authoredOn");
    this.#by(fact, resource.requester);
    fact.assertion = resource.doNotPerform === true || fact.status === "revoked" ? "denied" : "planned";
    return done(fact, "code");
  }

  #immunization(resource: Json): Read {
    const fact = this.#start(resource, "immunization", resource.vaccineCode);
    this.#when(fact, resource, "occurrence");
    if (text(resource.recorded)) fact.recorded = text(resource.recorded);
    this.#by(fact, resource.performer);
    if (fact.status === "not-done") {
      fact.assertion = "denied";
      const why = wordsOf(resource.statusReason);
      if (why !== undefined) fact.reason = [why];
    }
    if (text(resource.lotNumber)) fact.detail = [`lot ${resource.lotNumber}`];
    return done(fact, "code");
  }

  #allergy(resource: Json): Read {
    const fact = this.#start(resource, "allergy", resource.code);
    this.#when(fact, resource, "onset");
    if (text(resource.recordedDate)) fact.recorded = text(resource.recordedDate);
    fact.status = codeOf(resource.clinicalStatus);
    if (fact.status === undefined) delete fact.status;
    const verification = codeOf(resource.verificationStatus);
    if (verification !== undefined) fact.verification = verification;
    if (verification === "refuted") fact.assertion = "denied";
    if (verification === "unconfirmed") fact.assertion = "possible";
    if (Array.isArray(resource.category)) fact.category = resource.category.filter((each) => typeof each === "string");
    const details = [
      prefixed("criticality", text(resource.criticality)),
      ...objects(resource.reaction).flatMap((reaction) =>
        objects(reaction.manifestation).map((each) =>
          [wordsOf(each), text(reaction.severity) && `(${reaction.severity})`].filter(Boolean).join(" "),
        ),
      ),
    ].filter((each): each is string => each !== undefined && each !== "");
    if (details.length > 0) fact.detail = details;
    return done(fact, "code");
  }

  #encounter(resource: Json): Read {
    const fact = this.#start(resource, "encounter", first(resource.type) ?? resource.serviceType);
    const period = object(resource.period);
    if (text(period?.start)) fact.start = text(period?.start);
    if (text(period?.end)) fact.end = text(period?.end);
    const kind = object(resource.class);
    if (kind !== undefined) fact.category = [text(kind.display) ?? text(kind.code) ?? ""].filter(Boolean);
    if (fact.code === undefined)
      fact.code = this.interner.coding({ display: `Encounter${fact.category?.[0] ? ` (${fact.category[0]})` : ""}` });
    this.#by(fact, resource.participant);
    if (fact.by === undefined && objects(resource.participant).length === 0) this.#by(fact, resource.serviceProvider);
    if (fact.status === "planned") fact.assertion = "planned";
    if (fact.status === "cancelled") fact.assertion = "denied";
    return done(fact);
  }

  #report(resource: Json): Read {
    const fact = this.#start(resource, "report", resource.code);
    this.#when(fact, resource, "effective");
    if (text(resource.issued)) fact.recorded = text(resource.issued);
    this.#by(fact, resource.performer);
    if (text(resource.conclusion)) fact.text = text(resource.conclusion);
    const codes = objects(resource.conclusionCode)
      .map(wordsOf)
      .filter((each) => each !== undefined);
    if (codes.length > 0) fact.detail = codes.map((each) => `conclusion: ${each}`);
    return this.#withTexts(fact, resource, objects(resource.presentedForm));
  }

  #document(resource: Json): Read {
    const fact = this.#start(resource, "note", resource.type);
    this.#when(fact, resource, "date");
    this.#by(fact, resource.author);
    const context = object(resource.context);
    const encounter = first(context?.encounter);
    if (encounter !== undefined) this.links.link(fact, "encounter", encounter);
    fact.code ??= { display: text(resource.title) ?? text(resource.description) ?? "Note" };
    const attachments = objects(resource.content)
      .map(({ attachment }) => object(attachment))
      .filter((each) => each !== undefined);
    const sections = sectionTexts(resource);
    return this.#withTexts(fact, resource, attachments, sections);
  }

  #withTexts(fact: Fact, resource: Json, attachments: readonly Json[], sections: readonly string[] = []): Read {
    const texts: RecordText[] = [];
    const unread: string[] = [];
    const bodies = [...sections];
    for (const attachment of attachments) {
      const read = attachmentText(attachment);
      if ("text" in read) bodies.push(read.text);
      else unread.push(read.reason);
    }
    for (const [index, body] of bodies.entries()) {
      const id = bodies.length === 1 ? fact.id : `${fact.id}/${index + 1}`;
      const note: RecordText = { id, title: fact.code?.display ?? String(resource.resourceType), text: body };
      if (fact.start !== undefined) note.date = fact.start;
      texts.push(note);
    }
    if (texts.length > 0 && fact.kind === "note")
      fact.source = { note: texts[0].id, from: 0, to: texts[0].text.length };
    for (const reason of unread) caution(fact, reason);
    return { facts: [fact], texts };
  }

  #carePlan(resource: Json): Read {
    const named = objects(resource.category).find((each) => codeOf(each) !== "assess-plan") ?? first(resource.category);
    const fact = this.#start(resource, "carePlan", named);
    fact.code ??= { display: text(resource.title) ?? "Care plan" };
    const period = object(resource.period);
    if (text(period?.start)) fact.start = text(period?.start);
    if (text(period?.end)) fact.end = text(period?.end);
    const activities = objects(resource.activity)
      .map(({ detail }) => wordsOf(object(detail)?.code))
      .filter((each) => each !== undefined);
    if (activities.length > 0) fact.detail = [...new Set(activities)].map((each) => `activity: ${each}`);
    for (const reference of objects(resource.addresses)) this.links.link(fact, "reason", reference, resource.contained);
    if (resource.intent === "proposal" || resource.intent === "option") fact.assertion = "planned";
    return done(fact);
  }

  #goal(resource: Json): Read {
    const fact = this.#start(resource, "goal", resource.description);
    fact.status = codeOf(resource.lifecycleStatus);
    if (text(resource.startDate)) fact.start = text(resource.startDate);
    fact.assertion = "planned";
    for (const target of objects(resource.target)) {
      if (text(target.dueDate)) fact.detail = [...(fact.detail ?? []), `due ${target.dueDate}`];
    }
    return done(fact, "code");
  }

  #family(resource: Json): Read {
    const relation = wordsOf(resource.relationship) ?? "relative";
    const facts = objects(resource.condition).map((condition, index) => {
      const fact = this.#start(resource, "familyHistory", condition.code);
      fact.id = `${fact.id}#condition[${index}]`;
      fact.source = { resource: `${resource.resourceType}/${resource.id}`, path: `condition[${index}]` };
      fact.assertion = "family";
      if (text(resource.date)) fact.recorded = text(resource.date);
      fact.detail = [relation];
      const age = object(condition.onsetAge);
      if (age !== undefined) fact.detail.push(`at age ${age.value}`);
      return fact;
    });
    return facts.length > 0 ? { facts, texts: [] } : dropped("a family member without conditions");
  }

  #imaging(resource: Json): Read {
    const fact = this.#start(resource, "imaging", first(resource.procedureCode));
    if (text(resource.started)) fact.start = text(resource.started);
    const series = objects(resource.series);
    fact.code ??= { display: text(resource.description) ?? "Imaging study" };
    const details = series
      .map((each) =>
        [
          codeOf(each.modality) ?? text(object(each.modality)?.code),
          wordsOf(each.bodySite) ?? text(object(each.bodySite)?.display),
        ]
          .filter(Boolean)
          .join(" "),
      )
      .filter((each) => each !== "");
    if (details.length > 0) fact.detail = [...new Set(details)];
    return done(fact);
  }
}

function done(fact: Fact, needs?: "code"): Read {
  if (needs === "code" && fact.code === undefined) return dropped("cannot be identified: its code is missing");
  return { facts: [fact], texts: [] };
}

const dropped = (reason: string): Read => ({ facts: [], texts: [], dropped: reason });
const prefixed = (name: string, words: string | undefined) => (words === undefined ? undefined : `${name}: ${words}`);

/** Fields that a component inherits from its observation. */
function copyContext({ kind, start, end, status, category, cautions }: Fact): Omit<Fact, "id" | "source"> {
  const context: Omit<Fact, "id" | "source"> = { kind };
  if (start !== undefined) context.start = start;
  if (end !== undefined) context.end = end;
  if (status !== undefined) context.status = status;
  if (category !== undefined) context.category = category;
  if (cautions !== undefined) context.cautions = cautions;
  return context;
}

function quantityWords(value: unknown): string | undefined {
  const quantity = object(value);
  if (quantity?.value === undefined) return undefined;
  return `${text(quantity.comparator) ?? ""}${quantity.value}${(quantity.unit ?? quantity.code) ? ` ${quantity.unit ?? quantity.code}` : ""}`;
}

/** Any value[x] in a few words. */
const valueText = (value: unknown): string =>
  (object(value) === undefined ? undefined : (quantityWords(value) ?? wordsOf(value))) ??
  JSON.stringify(value).slice(0, 60);

/** A bound of a reference range in the unit of the result; a range whose unit cannot be converted is not used. */
function inUnitOf({ unit, printedUnit }: Fact, bound: unknown): number | "other unit" | undefined {
  const quantity = object(bound);
  if (typeof quantity?.value !== "number") return undefined;
  const [code, printed] = [text(quantity.code), text(quantity.unit)];
  if (code === undefined && printed === undefined) return quantity.value;
  if ((code ?? printed) === unit || printed === printedUnit || sameUnit(printed ?? code, printedUnit ?? unit))
    return quantity.value;
  const from = code ?? ucumOf(printed!);
  const to = unit ?? (printedUnit === undefined ? undefined : ucumOf(printedUnit));
  if (from === undefined || to === undefined) return "other unit";
  const converted = convert(quantity.value, from, to);
  return converted === undefined ? "other unit" : Number(converted.toPrecision(12));
}

function rangeWords(range: Json): string {
  const who = [wordsOf(range.type), ...objects(range.appliesTo).map(wordsOf)].filter(Boolean).join(", ");
  const words =
    text(range.text) ?? [quantityWords(range.low), quantityWords(range.high)].map((each) => each ?? "").join(" to ");
  return who ? `${who}: ${words}` : words;
}

function dosageWords(dosage: Json): string {
  if (text(dosage.text)) return text(dosage.text)!;
  const rate = first(dosage.doseAndRate);
  const repeat = object(object(dosage.timing)?.repeat);
  return [
    quantityWords(rate?.doseQuantity ?? dosage.doseQuantity ?? dosage.dose),
    wordsOf(dosage.route),
    repeat?.frequency !== undefined
      ? `${repeat.frequency} times in ${repeat.period ?? 1} ${repeat.periodUnit ?? ""}`.trim()
      : wordsOf(object(dosage.timing)?.code),
    dosage.asNeededBoolean === true ? "as needed" : undefined,
  ]
    .filter(Boolean)
    .join(", ");
}

function sectionTexts(resource: Json): string[] {
  const found: string[] = [];
  const visit = (section: Json) => {
    const body = narrativeText(section.text);
    if (body !== undefined) found.push([text(section.title), body].filter(Boolean).join("\n"));
    for (const inner of objects(section.section)) visit(inner);
  };
  for (const section of objects(resource.section)) visit(section);
  return found;
}
