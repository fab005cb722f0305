/** References between resources, collected while reading and resolved when everything has been read. */
import type { Coding, Fact } from "../../fact.ts";
import { concept, humanName, Interner, isObject, type Json, text, wordsOf } from "./json.ts";

type LinkField = "by" | "encounter" | "reason" | "code" | "partOf";

interface Link {
  fact: Fact;
  field: LinkField;
  reference: string;
}

/** What a reference resolves to: a person's name, a drug's coding, a condition's display. */
export interface Target {
  type: string;
  name?: string;
  code?: Coding;
  translations?: Coding[];
  /** The id of its fact, if it became one. */
  fact?: string;
  /** It was entered in error, so resources that belong to it may be too. */
  inError?: true;
}

export class Links {
  readonly #links: Link[] = [];
  readonly #targets = new Map<string, Target>();
  readonly #identifiers = new Map<string, string>();

  /** Registers a resource under `Type/id`, its full URL and its identifiers. */
  add(resource: Json, fullUrl: string | undefined, target: Target): void {
    const key = `${resource.resourceType}/${resource.id}`;
    this.#targets.set(key, target);
    if (fullUrl !== undefined && fullUrl !== key) this.#targets.set(fullUrl, target);
    if (target.type !== "Practitioner" && target.type !== "Organization" && target.type !== "Location") return;
    for (const identifier of Array.isArray(resource.identifier) ? resource.identifier : []) {
      if (!isObject(identifier)) continue;
      this.#identifiers.set(`${target.type}?identifier=${identifier.system ?? ""}|${identifier.value}`, key);
    }
  }

  link(fact: Fact, field: LinkField, reference: unknown, contained?: unknown): void {
    const source = isObject(reference) ? reference : undefined;
    const to = text(source?.reference);
    const display = text(source?.display);
    if (to?.startsWith("#")) {
      const inside = (Array.isArray(contained) ? contained : []).find(
        (each) => isObject(each) && each.id === to.slice(1),
      ) as Json | undefined;
      if (inside !== undefined) {
        settle(fact, field, targetOf(inside));
        return;
      }
    }
    if (display !== undefined && field !== "encounter" && field !== "partOf")
      settle(fact, field, { type: "", name: display });
    else if (to !== undefined) this.#links.push({ fact, field, reference: to });
  }

  /** Resolves references. Broken ones become a caution of their fact. */
  resolve(): number {
    let broken = 0;
    for (const { fact, field, reference } of this.#links) {
      const target = this.#find(reference);
      if (target === undefined) {
        broken++;
        caution(fact, `${fieldWords[field]} is a reference to ${reference}, which is not in the source`);
        if (field === "code" && fact.code === undefined) fact.code = { display: `unknown (${reference})` };
      } else settle(fact, field, target);
    }
    this.#links.length = 0;
    return broken;
  }

  #find(reference: string): Target | undefined {
    const known = this.#targets.get(reference);
    if (known !== undefined) return known;
    const conditional = this.#identifiers.get(reference);
    if (conditional !== undefined) return this.#targets.get(conditional);
    // Absolute URLs and versions: https://server/fhir/Practitioner/12/_history/3
    const path = /([A-Z][A-Za-z]+\/[A-Za-z0-9\-.]+)(?:\/_history\/[^/]+)?$/.exec(reference)?.[1];
    return path === undefined ? undefined : this.#targets.get(path);
  }
}

const fieldWords: Record<LinkField, string> = {
  by: "who did it",
  encounter: "its encounter",
  reason: "its reason",
  code: "what it is",
  partOf: "its panel",
};

function settle(fact: Fact, field: LinkField, target: Target): void {
  const name = target.code?.display ?? target.name;
  if (field === "encounter") {
    if (target.fact !== undefined) fact.encounter = target.fact;
    else if (target.inError) caution(fact, "its encounter was entered in error");
  } else if (field === "partOf") {
    if (target.code !== undefined) fact.partOf = target.code;
  } else if (field === "code") {
    if (target.code !== undefined) {
      fact.code = target.code;
      if (target.translations !== undefined) fact.translations = target.translations;
    } else if (name !== undefined) fact.code = { display: name };
  } else if (name === undefined) return;
  else if (field === "by") fact.by = name;
  else fact.reason = [...new Set([...(fact.reason ?? []), name])];
}

export function caution(fact: Fact, words: string): void {
  fact.cautions = [...(fact.cautions ?? []), words];
}

const interner = new Interner();

/** The name of a resource for those that refer to it. */
export function targetOf(resource: Json): Target {
  const type = String(resource.resourceType);
  switch (type) {
    case "Practitioner":
    case "Patient":
    case "RelatedPerson":
      return { type, name: humanName(resource.name) };
    case "Organization":
    case "Location":
    case "CareTeam":
      return { type, name: text(resource.name) };
    case "PractitionerRole":
      return { type, name: text((resource.practitioner as Json | undefined)?.display) };
    case "Device":
      return { type, name: wordsOf(resource.type) };
    default: {
      const named = concept(resource.code ?? resource.vaccineCode ?? resource.medicationCodeableConcept, interner);
      return { type, ...named };
    }
  }
}
