/**
 * How mentions of a condition in notes are labelled, on sets that the labeller was not written for.
 *
 * `polarity/held-out.txt`: notes of many kinds, every mention in its own wording, marked by hand before the labeller was changed, and never
 * looked at while it was. `polarity/blind.txt`: notes of one clinic after another, frozen before the second edition of the training clauses was written, by
 * the same author. `polarity/aci-bench.tsv`: labels of mentions in the visit notes of ACI-Bench (`FOLDER/records/dialogues/aci-bench-valid.csv`), marked
 * before the labeller saw them. `FOLDER/records/negex/Annotations-1-120.txt`: the test kit of NegEx (github.com/chapmanbe/negex, Apache-2.0; not part of the
 * repository), 2,376 sentences of hospital reports labelled affirmed or negated by their authors. Its odd lines were read while the labeller was
 * changed, its even lines were not.
 */
import { existsSync, readFileSync } from "node:fs";
import { ChartIndex, findMentions } from "../../dist/records/index.js";
import { table } from "./dialogues.mjs";
import { seeded } from "./statistics.mjs";

export const labels = { c: "confirmed", d: "denied", f: "family", l: "planned", p: "possible" };

/** Notes with their mentions: `{ text, mentions: [{ from, to, words, label }] }`. */
export function markedNotes(source) {
  return source
    .replace(/^#.*\n/gm, "")
    .split(/^---$/m)
    .map((marked) => {
      const mentions = [];
      let text = "";
      let at = 0;
      for (const match of marked.trim().matchAll(/\{([cdflp]):([^{}]+)\}/g)) {
        text += marked.trim().slice(at, match.index);
        mentions.push({
          from: text.length,
          to: text.length + match[2].length,
          words: match[2],
          label: labels[match[1]],
        });
        text += match[2];
        at = match.index + match[0].length;
      }
      return { text: text + marked.trim().slice(at), mentions };
    });
}

/** Labels each marked mention through the public search: `{ note, label, said, line }`. */
export function labelled(notes) {
  const truth = [];
  for (const [note, { text, mentions }] of notes.entries()) {
    const index = new ChartIndex([{ id: "n", title: "Note", text }]);
    for (const { from, to, words, label } of mentions) {
      const found = findMentions(index, words).find((mention) => mention.from < to && mention.to > from);
      truth.push({ note, label, said: found?.label ?? "none", words, line: found?.quote ?? words });
    }
  }
  return truth;
}

export function macro(truth, names = Object.values(labels)) {
  const each = names.map((label) => {
    const truePositives = truth.filter((one) => one.label === label && one.said === label).length;
    const gold = truth.filter((one) => one.label === label).length;
    const predicted = truth.filter((one) => one.said === label).length;
    return { label, f1: gold + predicted === 0 ? 1 : (2 * truePositives) / (gold + predicted), gold };
  });
  return { f1: each.reduce((sum, { f1 }) => sum + f1, 0) / each.length, each };
}

/** Macro F1 with a percentile interval of 1,000 resamples of whole notes. */
export function row(id, truth, note) {
  const { f1, each } = macro(truth);
  const random = seeded(99);
  const groups = [...new Set(truth.map(({ note }) => note))].map((note) => truth.filter((one) => one.note === note));
  const samples = Array.from(
    { length: 1000 },
    () => macro(groups.flatMap(() => groups[Math.floor(random() * groups.length)])).f1,
  ).sort((a, b) => a - b);
  const correct = truth.filter(({ label, said }) => label === said).length;
  return {
    id,
    ours: f1.toFixed(3),
    unit: "macro F1",
    n: truth.length,
    interval: [samples[25], samples[974]],
    floor: 0.9,
    aim: 0.95,
    note: `${correct} of ${truth.length} labels right, 95 % interval of F1 ${samples[25].toFixed(3)} to ${samples[974].toFixed(3)} (bootstrap over notes); ${each.map((one) => `${one.label} ${one.f1.toFixed(2)} (${one.gold})`).join(", ")}${note ? `; ${note}` : ""}`,
  };
}

export function rows({ data, log, faults = false }) {
  const truth = labelled(markedNotes(readFileSync(new URL("polarity/held-out.txt", import.meta.url), "utf8")));
  /** @type {object[]} */
  const found = [row("polarity-held-out", truth, "wordings to which nothing was adjusted")];
  if (faults)
    for (const one of truth)
      if (one.said !== one.label) log(`${one.label} said ${one.said}: [${one.words}] ${one.line}`);
  found.push(
    row("polarity-blind", labelled(markedNotes(readFileSync(new URL("polarity/blind.txt", import.meta.url), "utf8")))),
  );
  const visits = `${data}/records/dialogues/aci-bench-valid.csv`;
  if (data !== undefined && existsSync(visits)) {
    const notes = table(readFileSync(visits, "utf8")).map(({ note }) => ({ text: note, mentions: [] }));
    for (const line of readFileSync(new URL("polarity/aci-bench.tsv", import.meta.url), "utf8").split("\n")) {
      const [at, from, length, label] = line.split("\t");
      if (label === undefined) continue;
      const { text, mentions } = notes[Number(at)];
      const to = Number(from) + Number(length);
      mentions.push({ from: Number(from), to, words: text.slice(Number(from), to), label: labels[label] });
    }
    found.push(row("polarity-aci-bench", labelled(notes), "real visit notes"));
  }
  const kit = `${data}/records/negex/Annotations-1-120.txt`;
  if (data !== undefined && existsSync(kit)) found.push(...negex(readFileSync(kit, "utf8")));
  return found;
}

/** Sentences of the NegEx kit: `{ label, said, words, line, at }`; `label` is affirmed or negated. */
export function negexTruth(text, assertion) {
  const truth = [];
  for (const line of text.split("\n")) {
    const [at, words, quoted, gold] = line.split("\t");
    if (!/^(?:Affirmed|Negated)/.test(gold ?? "")) continue;
    const sentence = quoted.replace(/^"|"$/g, "").replaceAll('""', '"');
    // The concept is written in capitals; its spaces are as in the sentence.
    const upper = words.trim().toUpperCase();
    let from = sentence.indexOf(upper);
    if (from < 0) from = sentence.toUpperCase().indexOf(upper);
    if (from < 0) continue;
    const line1 = sentence.replace(/\s+/g, (space) => " ".repeat(space.length));
    const text1 = line1.slice(0, from) + words.toLowerCase() + line1.slice(from + upper.length);
    const said = assertion(text1, from, from + upper.length);
    truth.push({
      at: Number(at),
      label: gold.trim() === "Negated" ? "denied" : "other",
      said: said === "denied" ? "denied" : "other",
      words,
      line: text1,
    });
  }
  return truth;
}

function negex(text) {
  const truth = negexTruth(text, (sentence, from, to) => {
    const index = new ChartIndex([{ id: "n", title: "Note", text: sentence }]);
    return findMentions(index, sentence.slice(from, to)).find((one) => one.from < to && one.to > from)?.label ?? "none";
  });
  return [
    ["negex-seen", 1],
    ["negex-unseen", 0],
  ].map(([id, odd]) => {
    const some = truth.filter(({ at }) => at % 2 === odd);
    const { each } = macro(some, ["denied"]);
    const predicted = some.filter((one) => one.said === "denied");
    const correct = predicted.filter((one) => one.label === "denied").length;
    return {
      id,
      ours: each[0].f1.toFixed(3),
      unit: "F1 of denied",
      n: some.length,
      note: `precision ${(correct / predicted.length).toFixed(3)}, recall ${(correct / each[0].gold).toFixed(3)}, ${each[0].gold} of ${some.length} negated; ${odd ? "lines read" : "lines not read"} while the labeller was changed`,
    };
  });
}

if (process.argv[1] === new URL(import.meta.url).pathname)
  for (const { id, ours, unit, note } of rows({
    data: process.argv[2],
    log: console.log,
    faults: process.argv[3] === "--faults",
  }))
    console.log(`${id}: ${ours} ${unit} (${note})`);
