/**
 * Collects resources, one at a time and in any order, into one record per patient.
 *
 * Over 300 lines because versions, deletions, owners and references all modify the same facts, which nothing else
 * accesses before the end.
 */
import { clockToday } from "../../dates.ts";
import type { Fact } from "../../fact.ts";
import { type Belongings, finishRecord } from "../../finish.ts";
import {
  type Dropped,
  type HealthRecord,
  noPatient,
  type ReadOptions,
  type RecordFormat,
  type RecordPatient,
  type RecordSet,
} from "../../record.ts";
import { humanName, Interner, isObject, type Json, object, objects, text } from "./json.ts";
import { caution, Links, targetOf } from "./links.ts";
import { otherRelease } from "./release.ts";
import { administrative, directory, enteredInError, ResourceReader } from "./resources.ts";

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

  /** Records a resource that was recognised from its first bytes as one without facts, without parsing it. */
  skip(type: string, id: string, patient: string | undefined): void {
    const belongings = patient === undefined ? this.#unowned : this.#of(ownerOf(patient));
    belongings.dropped.push({ what: `${type}/${id}`, reason: administrative[type] });
  }

  add(given: unknown, fullUrl?: string, depth = 0): void {
    if (!isObject(given) || text(given.resourceType) === undefined) {
      this.#unowned.dropped.push({
        what: fullUrl ?? `item ${++this.#unnamed}`,
        reason: "is not a FHIR resource: it has no resourceType",
      });
      return;
    }
    const resource: Json =
      text(given.id) === undefined ? { ...given, id: idFrom(fullUrl) ?? `unnamed-${++this.#unnamed}` } : given;
    const type = String(resource.resourceType);
    const what = `${type}/${resource.id}`;
    if (type === "Bundle") {
      this.#addBundle(resource, what, depth);
      return;
    }
    if (this.#deleted.has(what)) {
      this.#unowned.dropped.push({ what, reason: "is marked as deleted in the source", caution: true });
      return;
    }
    if (this.#seen.has(what)) {
      if (!this.#isLater(resource, what)) return;
      this.#remove(what);
    }
    this.#seen.add(what);
    const version = versionOf(resource);
    if (version !== undefined) this.#versions.set(what, version);
    if (type === "Patient") {
      this.#addPatient(resource, fullUrl);
      return;
    }
    if (type === "OperationOutcome") {
      const messages = objects(resource.issue)
        .map((issue) => text(issue.diagnostics) ?? text(object(issue.details)?.text) ?? text(issue.code))
        .filter(Boolean);
      this.#unowned.dropped.push({
        what,
        reason: `a message from the server, not about the patient${messages.length > 0 ? `: ${messages.join("; ")}` : ""}`,
        // Servers return what they could not search or may not show as a warning or an error among the results.
        ...(objects(resource.issue).some(({ severity }) => severity !== "information" && severity !== "success") && {
          caution: true,
        }),
      });
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
      if (read.dropped === enteredInError) target.inError = true;
      this.#links.add(resource, fullUrl, target);
    }
    if (read.dropped !== undefined)
      belongings.dropped.push({
        what,
        reason: read.dropped,
        ...((release !== undefined || read.dropped === enteredInError) && { caution: true }),
        ...(read.withdrawn !== undefined && read.withdrawn.length > 0 && { withdrawn: read.withdrawn }),
      });
    if (type === "DiagnosticReport" && read.dropped === enteredInError)
      for (const { reference } of objects(resource.result))
        if (text(reference)) this.#inError.push([what, text(reference)!]);
    belongings.facts.push(...read.facts);
    belongings.texts.push(...read.texts);
    if (type === "DiagnosticReport") {
      // Its results refer to their panel once everything is known.
      for (const reference of Array.isArray(resource.result) ? resource.result : []) {
        const to = text(object(reference)?.reference);
        if (to !== undefined && read.facts[0] !== undefined) this.#panels.push([read.facts[0], to]);
      }
    }
  }

  readonly #panels: [report: Fact, result: string][] = [];
  /** Results that a report entered in error names. */
  readonly #inError: [report: string, result: string][] = [];
  /** Remarks in bundles about themselves, for every record. */
  readonly #notes = new Set<string>();
  readonly #deleted = new Set<string>();
  readonly #versions = new Map<string, string>();

  #addBundle(bundle: Json, what: string, depth: number): void {
    if (depth > maxNesting) {
      this.#unowned.dropped.push({ what, reason: `bundles nested more than ${maxNesting} deep`, caution: true });
      return;
    }
    if (bundle.entry !== undefined && !Array.isArray(bundle.entry))
      this.#unowned.dropped.push({ what, reason: "its field entry is not a list", caution: true });
    if (objects(bundle.link).some(({ relation }) => relation === "next"))
      this.#notes.add("the source is one page of several: it links to a next page, which was not read");
    for (const entry of Array.isArray(bundle.entry) ? bundle.entry : []) {
      if (!isObject(entry)) {
        this.#unowned.dropped.push({ what: `item ${++this.#unnamed}`, reason: "is not a bundle entry" });
        continue;
      }
      const request = object(entry.request);
      const gone = request?.method === "DELETE" ? resourcePath(text(request.url)) : undefined;
      if (gone !== undefined) {
        this.#remove(gone);
        this.#deleted.add(gone);
        this.#unowned.dropped.push({ what: gone, reason: "is marked as deleted in the source", caution: true });
      } else this.add(entry.resource, text(entry.fullUrl), depth + 1);
    }
  }

  /** Whether a repeated resource is a later version; superseded ones are listed. */
  #isLater(resource: Json, what: string): boolean {
    const [own, known] = [versionOf(resource), this.#versions.get(what)];
    if (own !== undefined && known !== undefined && own !== known) {
      const later = isAfter(own, known);
      this.#unowned.dropped.push({ what, reason: `an earlier version of it (${later ? known : own})` });
      return later;
    }
    this.#unowned.dropped.push(
      this.#isSame(resource, what)
        ? { what, reason: "appears twice in the source; the first was read" }
        : {
            what,
            reason: "appears twice in the source with different content; the first was read",
            caution: true,
          },
    );
    return false;
  }

  #isSame(resource: Json, what: string): boolean {
    if (resource.resourceType === "Patient") {
      const { name, birthDate } = this.#patients.get(what) ?? {};
      return humanName(resource.name) === name && text(resource.birthDate) === birthDate;
    }
    if (directory.has(String(resource.resourceType))) return true;
    const again = new ResourceReader(new Links(), this.#interner).read(resource).facts;
    const before = [this.#unowned, ...this.#byReference.values()].flatMap(({ facts }) =>
      facts.filter((fact) => isOf(fact, what)),
    );
    return JSON.stringify(again) === JSON.stringify(before);
  }

  /** Removes the facts of a resource. */
  #remove(what: string): void {
    for (const belongings of [this.#unowned, ...this.#byReference.values()]) {
      belongings.facts = belongings.facts.filter((fact) => !isOf(fact, what));
      belongings.texts = belongings.texts.filter(({ id }) => id !== what && !id.startsWith(`${what}/`));
    }
    this.#seen.delete(what);
  }

  #addPatient(resource: Json, fullUrl: string | undefined): void {
    const id = String(resource.id);
    const patient: RecordPatient = { id };
    const identifiers = objects(resource.identifier).flatMap(({ system, value }) =>
      text(value) === undefined ? [] : [text(system) === undefined ? text(value)! : `${system}|${value}`],
    );
    if (identifiers.length > 0) patient.identifiers = identifiers;
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
        // Not push(...): a long chart has more facts than the maximum number of arguments.
        for (const fact of belongings.facts) into.facts.push(fact);
        for (const note of belongings.texts) into.texts.push(note);
        for (const each of belongings.dropped) into.dropped.push(each);
      }
    }
    const shared = [...this.#settleUnowned(merged), ...this.#withoutPatient(merged), ...this.#withoutFacts(merged)];
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
    for (const [report, reference] of this.#inError) {
      const result = byId.get(reference) ?? byId.get(resourcePath(reference) ?? "");
      if (result !== undefined) caution(result, `${report}, which lists it, was entered in error`);
    }
    const records = [...merged].map(([key, belongings]): HealthRecord => {
      const patient = this.#patients.get(key) ?? { id: key.replace(/^Patient\//, "") };
      return finishRecord(format, patient, belongings, shared, today, [
        ...(this.#patients.has(key) || key === "" ? [] : [`${noPatient} for ${key}: name and birth date are unknown`]),
        ...this.#notes,
        ...(broken + brokenResults > 0
          ? [`${broken + brokenResults} references point to resources that are not in the source`]
          : []),
      ]);
    });
    return {
      format,
      ...(records.length === 0 && { dropped: shared }),
      records: records.filter(
        ({ facts, patient }) =>
          facts.length > 0 || patient.name !== undefined || patient.birthDate !== undefined || records.length === 1,
      ),
    };
  }

  /** Resources without a subject are assigned to the patient if there is only one; otherwise they are left out. */
  #settleUnowned(merged: Map<string, Belongings>): Dropped[] {
    const { facts, texts, dropped } = this.#unowned;
    if (facts.length === 0) return dropped;
    if (merged.size === 0) {
      merged.set("", { facts, texts, dropped: [] });
      return dropped;
    }
    return [
      ...dropped,
      ...facts.map(({ id }): Dropped => ({ what: id, reason: "names no patient: it has no subject", caution: true })),
    ];
  }

  /** A reference to a patient that is not in the source makes no record when everything under it was left out; what was is listed with the others. */
  #withoutFacts(merged: Map<string, Belongings>): Dropped[] {
    if (this.#patients.size === 0) return [];
    return [...merged].flatMap(([owner, { facts, texts, dropped }]) => {
      if (this.#patients.has(owner) || facts.length > 0 || texts.length > 0) return [];
      merged.delete(owner);
      return dropped.map(
        (one): Dropped => ({ ...one, reason: `${one.reason}; it is about ${owner}, who is not in the source` }),
      );
    });
  }

  /** Statements about a group, a device or a location belong to no patient. */
  #withoutPatient(merged: Map<string, Belongings>): Dropped[] {
    if (this.#patients.size === 0) return [];
    return [...merged].flatMap(([owner, { facts }]) => {
      const kind = /^(?!Patient\/)[A-Z][A-Za-z]+(?=\/)/.exec(owner)?.[0];
      if (kind === undefined) return [];
      merged.delete(owner);
      return facts.map(({ id }): Dropped => ({ what: id, reason: `is about ${owner}, not a patient`, caution: true }));
    });
  }
}

/** Maximum nesting of bundles, far above what servers produce. */
const maxNesting = 100;

const isOf = ({ source, id }: Fact, what: string) =>
  ("resource" in source && source.resource === what) || id === what || id.startsWith(`${what}#`);

/** `Observation/12` of a relative or absolute reference, without a version. */
const resourcePath = (reference = "") =>
  /([A-Z][A-Za-z]+\/[A-Za-z0-9\-.]+)(?:\/_history\/[^/]+)?$/.exec(reference)?.[1];

/** Identifies the version of a resource: its time of change, otherwise its version number. */
function versionOf({ meta }: Json): string | undefined {
  return text(object(meta)?.lastUpdated) ?? text(object(meta)?.versionId);
}

function isAfter(one: string, other: string): boolean {
  const [a, b] = [one, other].map((version) => (/^\d+$/.test(version) ? Number(version) : Date.parse(version)));
  return a > b;
}

function idFrom(fullUrl: string | undefined): string | undefined {
  return fullUrl === undefined ? undefined : /([A-Za-z0-9\-.]+)$/.exec(fullUrl)?.[1];
}

/** `Patient/12` for any reference to a patient; a URN is kept until its full URL is known. */
function ownerOf(reference: string): string {
  if (reference.startsWith("urn:")) return reference;
  return /(Patient\/[A-Za-z0-9\-.]+)/.exec(reference)?.[1] ?? reference;
}
