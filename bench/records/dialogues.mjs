/**
 * After-visit summaries of transcripts (ACI-Bench): reading level, numbers against the cited turns, and the drugs with doses of the visit notes
 * that people wrote about the same visits. The train file was read while the rules were written, the valid file was not.
 */
import { existsSync, readFileSync } from "node:fs";
import { summariseDialogue } from "../../dist/records/index.js";
import { share } from "./statistics.mjs";

export async function rows({ data, log }) {
  const result = [];
  for (const [name, words] of [
    ["train", "transcripts read while the rules were written"],
    ["valid", "transcripts not read before"],
  ]) {
    const path = `${data}/records/dialogues/aci-bench-${name}.csv`;
    if (!existsSync(path)) continue;
    const visits = table(readFileSync(path, "utf8"));
    const grades = [];
    const numbers = [0, 0];
    const drugs = [0, 0];
    const filled = [];
    for (const { encounter_id: id, dialogue, note } of visits) {
      const { fields, readability, text } = summariseDialogue(dialogue, { name: id });
      grades.push(readability.grade);
      filled.push(Object.values(fields).filter((lines) => lines.length > 0).length);
      // The turns, split here again: a number must be among the words of the turn that its line cites.
      const turns = dialogue.split(/\n(?=\[\w+\])/).map((turn) => numbersOf(turn.replace(/^\[\w+\]/, "")));
      for (const { text: line, turn } of Object.values(fields).flat())
        for (const number of numbersOf(line)) {
          numbers[1]++;
          if (turns[turn - 1].includes(number)) numbers[0]++;
          else log(`${id}, turn ${turn}: ${number} is not in it: ${line}`);
        }
      const [said, written] = [dialogue.toLowerCase(), text.toLowerCase()];
      for (const drug of new Set(
        [...note.matchAll(/\b([A-Za-z]{5,})\s+\d+(?:\.\d+)?\s*(?:mg|milligrams?|mcg|micrograms?)\b/g)].map(([, word]) =>
          word.toLowerCase(),
        ),
      )) {
        if (!new RegExp(`\\b${drug}\\b`).test(said)) continue;
        drugs[1]++;
        if (new RegExp(`\\b${drug}\\b`).test(written)) drugs[0]++;
        else log(`${id}: ${drug} is not in the summary`);
      }
    }
    grades.sort((a, b) => a - b);
    const middle = grades[Math.floor(grades.length / 2)].toFixed(1);
    const mean = (filled.reduce((a, b) => a + b, 0) / filled.length).toFixed(1);
    result.push(
      share(
        `dialogue-grade-${name}`,
        grades.filter((grade) => grade <= 6).length,
        grades.length,
        `summaries at grade 6 or below (median ${middle}, highest ${grades.at(-1).toFixed(1)}; ${mean} of 12 fields filled on average); ${words}`,
      ),
      share(`dialogue-sourced-${name}`, ...numbers, "numbers of the summary that stand in the cited turn"),
      share(
        `dialogue-drugs-${name}`,
        ...drugs,
        "drugs with a dose in the visit note, and in the transcript, that are in the summary",
      ),
    );
  }
  return result;
}

const word =
  "zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand";
const numbersOf = (text) => text.toLowerCase().match(new RegExp(`\\d+(?:[.,]\\d+)*|\\b(?:${word})\\b`, "g")) ?? [];

/** A comma-separated table with quoted fields that may hold line ends, as objects. */
export function table(text) {
  const all = [[""]];
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const row = all.at(-1);
    const sign = text[i];
    if (quoted && sign === '"' && text[i + 1] === '"') {
      row[row.length - 1] += '"';
      i++;
    } else if (sign === '"') quoted = !quoted;
    else if (!quoted && sign === ",") row.push("");
    else if (!quoted && sign === "\n") all.push([""]);
    else if (sign !== "\r" || quoted) row[row.length - 1] += sign === "\r" ? "" : sign;
  }
  const [head, ...body] = all;
  return body
    .filter((row) => row.length === head.length)
    .map((row) => Object.fromEntries(head.map((name, i) => [name, row[i]])));
}
