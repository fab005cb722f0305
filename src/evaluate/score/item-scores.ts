/**
 * Scores an item's answer: correct or not if there is a single correct answer, and the values that the benchmark's
 * metrics average.
 */
import { boxIou, exactMatch, rougeL, sentenceBleu, temporalIou, tokenF1, tokenOverlap } from "../../measure/index.ts";
import type { Gold } from "../benchmark/item.ts";
import type { AnswerValue } from "../parse/parse.ts";
import { scoreRows } from "./lab-rows.ts";

export interface ItemScore {
  /** Absent if answers are not simply correct or incorrect. */
  readonly correct?: boolean;
  readonly values?: Readonly<Record<string, number>>;
}

/** Values of an answer, by the metric that averages them. */
export function judge(answer: AnswerValue, gold: Gold): ItemScore {
  switch (gold.kind) {
    case "choice":
      return { correct: answer.kind === "choice" && answer.choice === gold.choice };
    case "number":
      return answer.kind === "number" ? { values: { number: answer.value } } : {};
    case "text":
      if (answer.kind === "list") return { values: { place: placeOf(answer.list, gold.references) } };
      return textValues(
        answer.kind === "text" ? answer.text : answer.kind === "choice" ? answer.choice : "",
        gold.references,
      );
    case "boxes":
      return { values: { iou: answer.kind === "boxes" ? meanBestIou(answer.boxes, gold.boxes) : 0 } };
    case "span": {
      const named = answer.kind === "span" && answer.from !== undefined && answer.to !== undefined;
      return { values: { iou: named ? temporalIou([answer.from, answer.to], [gold.from, gold.to]) : 0 } };
    }
    case "rows":
      return answer.kind === "rows" ? { values: scoreRows(answer.rows, gold.rows) } : {};
    case "judged":
      return {};
  }
}

/**
 * 1-based rank of the first entry that equals a reference in SQuAD's normal form; 0 when there is none. Synonyms are
 * not matched: that needs a judge.
 */
function placeOf(list: readonly string[], references: readonly string[]): number {
  return 1 + list.findIndex((entry) => exactMatch(entry, references, "squad"));
}

/** Exact match is not meaningful for long texts, nor are n-grams for short ones. */
const longWords = 12;

function textValues(text: string, references: readonly string[]): ItemScore {
  const short = references.every((reference) => reference.split(/\s+/).length <= longWords);
  const correct = exactMatch(text, references, "squad");
  const recall = Math.max(...references.map((reference) => tokenOverlap(text, reference).recall));
  const values: Record<string, number> = {
    "em@squad": Number(correct),
    "token-f1@squad": tokenF1(text, references),
    "token-recall@squad": recall,
  };
  if (short) return { correct, values };
  values["rouge-l@google"] = Math.max(...references.map((reference) => rougeL(text, reference).f));
  values["sentence-bleu-4@sacrebleu"] = sentenceBleu({ candidate: text, references });
  return { values };
}

/**
 * Mean over the reference boxes of the best IoU with a predicted box, each prediction used once; superfluous
 * predictions count as 0.
 */
function meanBestIou(
  named: readonly Parameters<typeof boxIou>[0][],
  gold: readonly Parameters<typeof boxIou>[0][],
): number {
  if (gold.length === 0) return named.length === 0 ? 1 : 0;
  const pairs = gold
    .flatMap((truth, i) => named.map((box, j) => ({ i, j, iou: boxIou(truth, box) })))
    .sort((a, b) => b.iou - a.iou);
  const usedGold = new Set<number>();
  const usedNamed = new Set<number>();
  let sum = 0;
  for (const { i, j, iou } of pairs) {
    if (usedGold.has(i) || usedNamed.has(j)) continue;
    usedGold.add(i);
    usedNamed.add(j);
    sum += iou;
  }
  return sum / Math.max(gold.length, named.length);
}
