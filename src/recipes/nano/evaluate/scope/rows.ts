/**
 * The scoreboard of refusals: the proportion of in-scope images that is accepted, and the proportion of out-of-scope
 * images that is accepted wrongly.
 */
import { throwIfAborted } from "../../../../base/errors.ts";
import { resizeToSquare } from "../../../../imaging/resize/index.ts";
import { wilsonInterval } from "../../../../measure/index.ts";
import type { Row } from "../row.ts";
import type { NanoTrial } from "../trial.ts";
import { scopeGroups } from "./pictures.ts";

interface Count {
  readonly name: string;
  readonly kind?: string;
  readonly n: number;
  /** Number of images accepted as each kind. */
  readonly taken: Readonly<Record<string, number>>;
}

/** The kinds for which findings, reports and boxes are answered. */
const answered = ["child-chest", "adult-chest"] as const;

/** @param trials one for each precision: an image is made once, and every model is asked about it. */
export async function scopeRows(trials: readonly NanoTrial[], photographs: string | undefined): Promise<Row[]> {
  const able = trials.filter(({ model }) => model.recognise !== undefined);
  if (able.length === 0) return [];
  const [{ data, files, signal, onProgress }] = able;
  const counts = able.map((): Count[] => []);
  const times = able.map((): number[] => []);
  for (const group of scopeGroups(data, files, photographs)) {
    let n = 0;
    const taken = able.map((): Record<string, number> => ({}));
    for await (const picture of group.pictures()) {
      throwIfAborted(signal);
      for (const [t, { model }] of able.entries()) {
        const square = resizeToSquare(picture, model.limits.imageSize!);
        const { within } = await model.recognise!(square, { signal });
        // The tower's result is cached: the second call measures the detector alone.
        const began = performance.now();
        await model.recognise!(square);
        times[t].push(performance.now() - began);
        for (const kind of within) taken[t][kind] = (taken[t][kind] ?? 0) + 1;
      }
      n++;
      onProgress?.({ stage: `pictures: ${group.name}`, done: n, unit: "pictures" });
    }
    if (n > 0)
      for (const t of able.keys())
        counts[t].push({ name: group.name, ...(group.kind && { kind: group.kind }), n, taken: taken[t] });
  }
  return able.flatMap((trial, t) => rowsOf(trial, counts[t], times[t]));
}

function rowsOf(trial: NanoTrial, counts: readonly Count[], times: number[]): Row[] {
  const row = (id: string, what: string, correct: number, n: number): Row => {
    const { low, high } = wilsonInterval(correct, n);
    return {
      id: trial.precision === "f32" ? id : `${id}@${trial.precision}`,
      what,
      value: correct / n,
      ci: [low, high],
      n,
      baseline: Number.NaN,
      reference: "none",
      precision: trial.precision,
    };
  };
  const rows: Row[] = [];
  for (const [i, { name, kind, n, taken }] of counts.entries()) {
    if (kind !== undefined) rows.push(row(`scope-kept-${i}`, `in scope, accepted: ${name}`, taken[kind] ?? 0, n));
    for (const accepted of answered)
      if (accepted !== kind && !name.includes("mirrored"))
        rows.push(row(`scope-${accepted}-${i}`, `accepted as ${accepted}: ${name}`, taken[accepted] ?? 0, n));
  }
  const outside = counts.filter(({ kind }) => kind !== "child-chest" && kind !== "adult-chest");
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  for (const accepted of answered)
    rows.push(
      row(
        `scope-leak-${accepted}`,
        `all images that are not unaltered chest X-rays, accepted as ${accepted}`,
        sum(outside.map(({ taken }) => taken[accepted] ?? 0)),
        sum(outside.map(({ n }) => n)),
      ),
    );
  times.sort((a, b) => a - b);
  rows.push({
    ...row(
      "scope-milliseconds",
      "detector time per image without the vision tower, ms, median (interval: 5th and 95th percentile)",
      0,
      times.length,
    ),
    value: times[times.length >> 1],
    ci: [times[Math.floor(times.length * 0.05)], times[Math.floor(times.length * 0.95)]],
  });
  return rows;
}
