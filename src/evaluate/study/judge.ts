/**
 * A model as a judge, kept separate from human raters: its rater is `model:NAME`, its group `model`. Two texts are
 * judged in both orders, and differing verdicts count as a tie; a single text is judged several times, and the most
 * frequent verdict counts.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { throwIfAborted } from "../../base/errors.ts";
import { writeWhole } from "../../base/files.ts";
import type { Work } from "../../base/progress.ts";
import type { Generator, Message } from "../../model/contract.ts";
import { parseClosed } from "../parse/closed.ts";
import { Recorder } from "../run/recorder.ts";
import { type Consistency, consistencyOf } from "../score/agreement.ts";
import { addRatings, type Rating } from "./ratings.ts";
import { type Axis, optionsOfAxis } from "./rubric.ts";
import type { Study, Unit } from "./study.ts";

export interface JudgedStudy {
  readonly rater: string;
  readonly ratings: number;
  /** Number of unparsed verdicts, which give no rating. */
  readonly unread: number;
  /** Pairs whose verdict changed with the order. */
  readonly swayed: number;
  /** Pairs that were judged in both orders, over axes. */
  readonly pairs?: number;
  /** Present with several samples per text. */
  readonly consistency?: Consistency;
}

/** Every call is recorded in the study's `calls.jsonl`; run again, it resumes. */
export async function judgeStudy(
  study: Study,
  model: Generator,
  { samples = 5, seed = 0, signal, onProgress }: { samples?: number; seed?: number } & Work = {},
): Promise<JudgedStudy> {
  const { rubric } = study.study;
  const rater = `model:${model.identity.name}`;
  const recorder = await Recorder.open(join(study.folder, "calls.jsonl"), model, { seed, ...(signal && { signal }) });
  const ratings: Rating[] = [];
  let [unread, positionDependent, done] = [0, 0, 0];
  const shares: number[] = [];
  const about: string[] = [];
  const add = (unit: Unit, axis: Axis, value: string) =>
    ratings.push({
      rater,
      group: "model",
      unit: unit.id,
      axis: axis.id,
      value,
      first: 0,
      at: new Date().toISOString(),
    });
  try {
    for (const unit of study.units) {
      const { call, trace } = recorder.for(unit.id);
      for (const axis of rubric.axes) {
        throwIfAborted(signal);
        const options = optionsOfAxis(rubric, axis);
        const choices = options.map((option) => ({ key: option, text: option }));
        const read = (text: string) => {
          const verdict = parseClosed(text, choices);
          return "choice" in verdict ? verdict.choice : undefined;
        };
        if (rubric.shape === "pairwise") {
          const verdicts: (string | undefined)[] = [];
          for (const first of [0, 1]) {
            const [reply] = await call("judge", prompt(unit, axis, options, first), {
              temperature: 0,
              maxTokens: 1024,
            });
            const verdict = read(reply.text);
            // Converted to the order with the first text as A.
            verdicts.push(
              verdict === undefined || verdict === "equal" || first === 0 ? verdict : verdict === "A" ? "B" : "A",
            );
          }
          if (verdicts.includes(undefined)) unread++;
          else {
            if (verdicts[0] !== verdicts[1]) positionDependent++;
            add(unit, axis, verdicts[0] === verdicts[1] ? verdicts[0]! : "equal");
          }
        } else {
          const replies = await call("judge", prompt(unit, axis, options, 0), {
            n: samples,
            temperature: samples > 1 ? 0.7 : 0,
            maxTokens: 1024,
          });
          const counts = new Map<string, number>();
          for (const { text } of replies) {
            const verdict = read(text);
            if (verdict !== undefined) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
          }
          const best = [...counts].sort((a, b) => b[1] - a[1])[0];
          if (best === undefined) unread++;
          else {
            shares.push(best[1] / replies.length);
            about.push(unit.id);
            add(unit, axis, best[0]);
          }
        }
      }
      recorder.release(trace);
      onProgress?.({ stage: "judging", done: ++done, total: study.units.length, unit: "units" });
    }
  } finally {
    await recorder.close();
  }
  await addRatings(study, ratings);
  const consistency = samples > 1 ? consistencyOf(shares, about) : undefined;
  const judged: JudgedStudy = {
    rater,
    ratings: ratings.length,
    unread,
    swayed: positionDependent,
    ...(consistency !== undefined && { consistency }),
    ...(rubric.shape === "pairwise" && { pairs: study.units.length * rubric.axes.length - unread }),
  };
  const file = `judge-${model.identity.name.replace(/[^\w.-]+/g, "-")}.json`;
  await writeWhole(join(study.folder, file), `${JSON.stringify(judged, undefined, 2)}\n`, { overwrite: true });
  return judged;
}

/** The recorded results of a study's judges. */
export async function judgesOfStudy({ folder }: Study): Promise<JudgedStudy[]> {
  const names = (await readdir(folder)).filter((name) => /^judge-.*\.json$/.test(name)).sort();
  return Promise.all(names.map(async (name) => JSON.parse(await readFile(join(folder, name), "utf8")) as JudgedStudy));
}

function prompt({ question, texts }: Unit, { ask }: Axis, options: readonly string[], first: number): Message[] {
  const shown = texts.length === 2 && first === 1 ? [texts[1], texts[0]] : texts;
  const parts = shown.map(
    ({ text, question: own }, i) =>
      `${own === undefined ? "" : `Question: ${own}\n`}Answer${shown.length === 1 ? "" : ` ${"AB"[i]}`}:\n${text}`,
  );
  const text = `You are asked to judge medical answers. Judge only what is asked, not style or length.\n\n${question === "" ? "" : `Question: ${question}\n\n`}${parts.join("\n\n")}\n\n${ask}\nArgue briefly, then end with "Final Answer: X", where X is one of: ${options.join(" | ")}.`;
  return [{ role: "user", content: [{ type: "text", text }] }];
}
