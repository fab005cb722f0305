/** A run's manifest: its inputs and settings. A resumed run must match them. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PolyclinicError } from "../../base/errors.ts";
import { writeWhole } from "../../base/files.ts";

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** `manifest.json` of a run: what must be equal for it to be resumed. */
export interface Manifest {
  /** Everything that determines the run: model, data, learner, schedule, seed. */
  readonly config: { readonly [key: string]: Json };
  /** SHA-256 (hex) by file or list. */
  readonly data: Readonly<Record<string, string>>;
  /** Version of the code. */
  readonly code: string;
  /** SHA-256 (hex) of each tensor before the first step, to verify at the end which tensors changed. */
  readonly start: Readonly<Record<string, string>>;
}

/** Reads the manifest of a run folder; undefined when there is none. */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  const text = await readFile(join(folder, "manifest.json"), "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Manifest);
}

export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  await writeWhole(join(folder, "manifest.json"), `${JSON.stringify(manifest, undefined, 1)}\n`);
}

/** Throws when the config or the data differ from the manifest, naming each difference. The code version may differ. */
export function refuseChange(folder: string, before: Manifest, now: Pick<Manifest, "config" | "data">): void {
  const changed = [...differences(before.config, now.config, "config"), ...differences(before.data, now.data, "data")];
  if (changed.length > 0)
    throw new PolyclinicError("learn/resume-changed", "was started with different settings", {
      where: folder,
      found: changed.join("; "),
      hint: "Resume with the settings in its manifest.json, or start a new run in another folder.",
    });
}

/** One line per differing leaf: `schedule.steps: 100 -> 200`. */
export function differences(before: unknown, now: unknown, path: string): string[] {
  if (isRecord(before) && isRecord(now)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(now)]);
    return [...keys].flatMap((key) => differences(before[key], now[key], `${path}.${key}`));
  }
  const [old, current] = [JSON.stringify(before), JSON.stringify(now)];
  return old === current ? [] : [`${path}: ${old ?? "absent"} -> ${current ?? "absent"}`];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** SHA-256 of a file (hex), computed from a stream. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}
