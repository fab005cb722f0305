/** Reads `scope.json` next to a model's weights, or the scope that this package ships for models without one. */
import { scopesFolder } from "../../base/embedded-model.ts";
import { PolyclinicError } from "../../base/errors.ts";
import { existsSync, readdir, readFile } from "../../base/host/files.ts";
import { join } from "../../base/host/path.ts";
import { Detector } from "./detector.ts";
import type { Scope } from "./scope.ts";

export interface KnownScope {
  readonly scope: Scope;
  readonly detector?: Detector;
}

/**
 * @param folder a model's folder, or an adapter's, which has its own scope. @param name what the user called the model
 *   (`google/medgemma-1.5-4b-it`); matched if the folder has no scope. @param beside another folder that may contain the detector: that of the base model.
 * @throws PolyclinicError `scope/*` naming the file and field.
 */
export async function readScope(
  folder: string | undefined,
  name: string,
  beside = folder,
): Promise<KnownScope | undefined> {
  const own = folder === undefined ? undefined : await scopeIn(folder);
  if (own === undefined) {
    const scope = await shippedScope(name);
    return scope === undefined ? undefined : { scope };
  }
  if (own.detector === undefined) return { scope: own };
  const place = [folder!, beside!].find((place) => existsSync(join(place, own.detector!))) ?? folder!;
  return { scope: own, detector: await Detector.open(join(place, own.detector)) };
}

async function scopeIn(folder: string): Promise<Scope | undefined> {
  const path = join(folder, "scope.json");
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  return text === undefined ? undefined : parseScope(text, path);
}

async function shippedScope(name: string): Promise<Scope | undefined> {
  for (const file of (await readdir(scopesFolder).catch(() => [])).sort()) {
    if (!file.endsWith(".json")) continue;
    const path = join(scopesFolder, file);
    const scope = parseScope(await readFile(path, "utf8"), path);
    if (scope.models?.some((pattern) => new RegExp(`^${pattern}$`, "i").test(name))) return scope;
  }
  return undefined;
}

/** @throws PolyclinicError `scope/damaged` naming the field. */
export function parseScope(text: string, where: string): Scope {
  const fail = (field: string, expected: string): never => {
    throw new PolyclinicError("scope/damaged", "is not a valid scope.json", {
      where: `${where} ${field}`,
      expected,
      hint: "docs/refusals.md describes scope.json.",
    });
  };
  let scope: Scope;
  try {
    scope = ofVersion2(JSON.parse(text)) as Scope;
  } catch {
    return fail("", "JSON");
  }
  if (scope?.schema !== "polyclinic.scope/2")
    fail("schema", '"polyclinic.scope/2", or "polyclinic.scope/1" of earlier versions');
  if (typeof scope.model !== "string") fail("model", "a name");
  const texts = (value: unknown, field: string) => {
    if (!Array.isArray(value) || value.some((item) => typeof item !== "string")) fail(field, "a list of strings");
  };
  if (!Array.isArray(scope.kinds)) fail("kinds", "a list");
  for (const [i, kind] of scope.kinds.entries()) {
    if (typeof kind?.id !== "string" || typeof kind.name !== "string") fail(`kinds[${i}]`, "id and name");
    texts(kind.parts, `kinds[${i}].parts`);
    texts(kind.modalities, `kinds[${i}].modalities`);
    for (const field of ["bodyParts", "views", "mentions"] as const)
      if (kind[field] !== undefined) texts(kind[field], `kinds[${i}].${field}`);
  }
  if (!Array.isArray(scope.abilities)) fail("abilities", "a list");
  const known = new Set(scope.kinds.map(({ id }) => id));
  for (const [i, ability] of scope.abilities.entries()) {
    if (typeof ability?.id !== "string" || typeof ability.description !== "string")
      fail(`abilities[${i}]`, "id and description");
    texts(ability.kinds, `abilities[${i}].kinds`);
    const unknown = ability.kinds.find((id) => !known.has(id));
    if (unknown !== undefined) fail(`abilities[${i}].kinds`, `ids of kinds (found ${unknown})`);
    if (!Array.isArray(ability.requests) || ability.requests.length === 0)
      fail(`abilities[${i}].requests`, "a list of requests");
    for (const [k, ask] of ability.requests.entries()) {
      const field = `abilities[${i}].requests[${k}]`;
      if (typeof ask?.task !== "string") fail(`${field}.task`, "the name of a task");
      if (ask.states !== undefined) {
        texts(ask.states.labels, `${field}.states.labels`);
        for (const [sentence, label] of Object.entries(ask.states.sentences ?? {}))
          if (!ask.states.labels.includes(label)) fail(`${field}.states.sentences.${sentence}`, "one of the labels");
      }
      if (ask.from === undefined) continue;
      texts(ask.from?.labels, `${field}.from.labels`);
      const { labels, groups } = ask.from;
      for (const [name, members] of Object.entries(groups ?? {})) texts(members, `${field}.from.groups.${name}`);
      const grouped = Object.values(groups ?? {}).flat();
      const names = Object.keys(groups ?? {}).sort();
      if (String([...grouped].sort()) !== String([...labels].sort()))
        fail(`${field}.from.groups`, `each of ${labels.join(", ")} in exactly one group`);
      const answers = [...((ask.options?.choices ?? ask.options?.labels ?? []) as readonly string[])].sort();
      if (String(names) !== String(answers))
        fail(`${field}.from.groups`, `one group for each of the request's answers`);
    }
    if (ability.limits !== undefined) texts(ability.limits, `abilities[${i}].limits`);
  }
  return scope;
}

/** Version 1 called `description` and `requests` of an ability `says` and `asks`; models tuned with earlier versions have such files. */
function ofVersion2(value: unknown): unknown {
  const scope = value as { schema?: unknown; abilities?: unknown } | null;
  if (scope?.schema !== "polyclinic.scope/1" || !Array.isArray(scope.abilities)) return value;
  const abilities = scope.abilities.map((ability: { says?: unknown; asks?: unknown } | null) => {
    const { says, asks, ...rest } = ability ?? {};
    return { ...rest, description: says, requests: asks };
  });
  return { ...scope, schema: "polyclinic.scope/2", abilities };
}
