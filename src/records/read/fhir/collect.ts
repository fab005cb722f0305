/** Collects resources, one at a time and in any order, into one record a patient. */
import { clockToday } from "../../dates.ts";
import type { Fact } from "../../fact.ts";
import { type Belongings, finishRecord } from "../../finish.ts";
import type { Dropped, HealthRecord, ReadOptions, RecordFormat, RecordPatient, RecordSet } from "../../record.ts";
import { humanName, Interner, isObject, type Json, object, text } from "./json.ts";
import { caution, Links, targetOf } from "./links.ts";
import { otherRelease } from "./release.ts";
import { administrative, directory, ResourceReader } from "./resources.ts";

export class Collector {
  readonly #links = new Links();
  readonly #interner = new Interner();
  readonly #reader = new ResourceReader(this.#links, this.#interner);
  readonly #patients = new Map<string, RecordPatient>();
  /** Full URLs of patients, to their ids. */
  readonly #urls = new Map<string, string>();
  readonly #byReference = new Map<string, Belongings>();
  readonly #unowned: Belongings = { facts: [], texts: [], dropped: [] };
  readonly #seen = new Set<string>();
  #unnamed = 0;

  /** Notes a resource that was recognised from its first bytes as one that gives no facts, without parsing it. */
  skip(type: string, id: string, patient: string | undefined): void {
    const belongings = patient === undefined ? this.#unowned : this.#of(ownerOf(patient));
    belongings.dropped.push({ what: `${type}/${id}`, reason: administrative[type] });
  }

  add(given: unknown, fullUrl?: string): void {
    if (!isObject(given) || text(given.resourceType) === undefined) {
      this.#unowned.dropped.push({
        what: fullUrl ?? `item ${++this.#unnamed}`,
        reason: "is no FHIR resource: it has no resourceType",
      });
      return;
    }
    const resource: Json =
      text(given.id) === undefined ? { ...given, id: idFrom(fullUrl) ?? `unnamed-${++this.#unnamed}` } : given;
    const type = String(resource.resourceType);
    const what = `${type}/${resource.id}`;
    if (type === "Bundle") {
      for (const entry of Array.isArray(resource.entry) ? resource.entry : [])
        if (isObject(entry)) this.add(entry.resource, text(entry.fullUrl));
      return;
    }
    if (this.#seen.has(what)) {
      this.#unowned.dropped.push({ what, reason: "stands a second time in the source; the first was read" });
      return;
    }
    this.#seen.add(what);
    if (type === "Patient") {
      this.#addPatient(resource, fullUrl);
      return;
    }
    if (type === "OperationOutcome") {
      this.#unowned.dropped.push({ what, reason: "a message of the server, not about the patient" });
      return;
    }
    if (directory.has(type)) {
      this.#links.add(resource, fullUrl, targetOf(resource));
      return;
    }

    const owner = this.#ownerOf(resource);
    const belongings = owner === undefined ? this.#unowned : this.#of(owner);
    const release = otherRelease(resource);
    const read = release === undefined ? this.#reader.read(resource) : { facts: [], texts: [], dropped: release };
    if (!Object.hasOwn(administrative, type)) {
      const target = targetOf(resource);
      if (type === "Encounter") target.fact = read.facts[0]?.id;
      this.#links.add(resource, fullUrl, target);
    }
    if (read.dropped !== undefined) belongings.dropped.push({ what, reason: read.dropped });
    belongings.facts.push(...read.facts);
    belongings.texts.push(...read.texts);
    if (type === "DiagnosticReport") {
      // Its results name the panel they belong to once everything is known.
      for (const reference of Array.isArray(resource.result) ? resource.result : []) {
        const to = text(object(reference)?.reference);
        if (to !== undefined && read.facts[0] !== undefined) this.#panels.push([read.facts[0], to]);
      }
    }
  }

  readonly #panels: [report: Fact, result: string][] = [];

  #addPatient(resource: Json, fullUrl: string | undefined): void {
    const id = String(resource.id);
    const patient: RecordPatient = { id };
    const name = humanName(resource.name);
    if (name !== undefined) patient.name = name;
    if (text(resource.birthDate)) patient.birthDate = text(resource.birthDate);
    if (text(resource.gender)) patient.sex = text(resource.gender);
    const deceased = text(resource.deceasedDateTime) ?? resource.deceasedBoolean;
    if (typeof deceased === "string" || typeof deceased === "boolean") patient.deceased = deceased;
    this.#patients.set(`Patient/${id}`, patient);
    if (fullUrl !== undefined) this.#urls.set(fullUrl, `Patient/${id}`);
    this.#links.add(resource, fullUrl, { type: "Patient", name });
  }

  #ownerOf(resource: Json): string | undefined {
    const subject = object(resource.subject) ?? object(resource.patient) ?? object(resource.beneficiary);
    const reference = text(subject?.reference);
    return reference === undefined ? undefined : ownerOf(reference);
  }

  #of(owner: string): Belongings {
    const known = this.#byReference.get(owner);
    if (known !== undefined) return known;
    const made: Belongings = { facts: [], texts: [], dropped: [] };
    this.#byReference.set(this.#interner.string(owner), made);
    return made;
  }

  /** Everything read so far, by patient. Call once, at the end. */
  finish(format: RecordFormat, options: ReadOptions): RecordSet {
    const broken = this.#links.resolve();
    const merged = new Map<string, Belongings>(
      [...this.#patients.keys()].map((key) => [key, { facts: [], texts: [], dropped: [] }]),
    );
    for (const [owner, belongings] of this.#byReference) {
      const key = this.#urls.get(owner) ?? owner;
      const into = merged.get(key);
      if (into === undefined) merged.set(key, belongings);
      else {
        // Not push(...): a long chart has more facts than a call has arguments.
        for (const fact of belongings.facts) into.facts.push(fact);
        for (const note of belongings.texts) into.texts.push(note);
        for (const each of belongings.dropped) into.dropped.push(each);
      }
    }
    const shared = this.#settleUnowned(merged);
    const today = options.today ?? clockToday();
    const byId = new Map<string, Fact>();
    for (const { facts } of merged.values()) for (const fact of facts) byId.set(fact.id, fact);
    let brokenResults = 0;
    for (const [report, reference] of this.#panels) {
      const result =
        byId.get(reference) ??
        byId.get(`Observation/${reference.replace(/^urn:uuid:/, "")}`) ??
        byId.get(/(Observation\/[^/]+)/.exec(reference)?.[1] ?? "");
      if (result !== undefined && report.code !== undefined) result.partOf ??= report.code;
      else if (
        result === undefined &&
        !this.#seen.has(reference) &&
        !this.#seen.has(`Observation/${reference.replace(/^urn:uuid:/, "")}`)
      ) {
        brokenResults++;
        caution(report, `a result is a reference to ${reference}, which is not in the source`);
      }
    }
    const records = [...merged].map(([key, belongings]): HealthRecord => {
      const patient = this.#patients.get(key) ?? { id: key.replace(/^Patient\//, "") };
      return finishRecord(format, patient, belongings, shared, today, [
        ...(this.#patients.has(key) || key === ""
          ? []
          : [`the source holds no Patient resource for ${key}: name and birth date are unknown`]),
        ...(broken + brokenResults > 0
          ? [`${broken + brokenResults} references lead to resources that are not in the source`]
          : []),
      ]);
    });
    return {
      format,
      records: records.filter(
        ({ facts, patient }) =>
          facts.length > 0 || patient.name !== undefined || patient.birthDate !== undefined || records.length === 1,
      ),
    };
  }

  /** Resources that do not say whose they are: the patient's when there is no patient to confuse them with, else left out. */
  #settleUnowned(merged: Map<string, Belongings>): Dropped[] {
    const { facts, texts, dropped } = this.#unowned;
    if (facts.length === 0) return dropped;
    if (merged.size === 0) {
      merged.set("", { facts, texts, dropped: [] });
      return dropped;
    }
    return [
      ...dropped,
      ...facts.map(({ id }) => ({ what: id, reason: "does not say whose it is: it has no subject" })),
    ];
  }
}

function idFrom(fullUrl: string | undefined): string | undefined {
  return fullUrl === undefined ? undefined : /([A-Za-z0-9\-.]+)$/.exec(fullUrl)?.[1];
}

/** `Patient/12` of any reference to a patient; a URN stays what it is until its full URL is known. */
function ownerOf(reference: string): string {
  if (reference.startsWith("urn:")) return reference;
  return /(Patient\/[A-Za-z0-9\-.]+)/.exec(reference)?.[1] ?? reference;
}
