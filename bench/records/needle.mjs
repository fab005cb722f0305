/**
 * Needles in long charts: 129 notes of 700,000 words, made of shuffled sentences of real visit notes (ACI-Bench, CC BY 4.0), with one mention
 * of each of 30 conditions: by name, abbreviation, slip of the pen, box, or only by a drug given for it; stated, denied, of the family,
 * planned, or possible. The wording of the needles is the bench's own.
 */
import { existsSync, readFileSync } from "node:fs";
import { ChartIndex, findMentions, searchNotes } from "../../dist/records/index.js";
import { conditions, fifth, fourth, frames, second, third } from "./polarity/wordings.mjs";
import { seeded, share } from "./statistics.mjs";

export function rows({ data, log, charts = 6 }) {
  const file = `${data}/records/dialogues/aci-bench-train.csv`;
  if (!existsSync(file)) return [];
  const sentences = background(readFileSync(file, "utf8"));
  const recall = {};
  const truth = [];
  let seconds = 0;
  let processor = 0;
  let words = 0;
  const fresh = [
    labelNotes("needle-polarity-second", second, "further wordings, to which the rules were adjusted once", log),
    labelNotes("needle-polarity-third", third, "wordings whose faults were mended by their kind", log),
    labelNotes("needle-polarity-fifth", fifth, "wordings looked at while the network was trained", log),
    labelNotes("needle-polarity-fourth", fourth, "wordings whose faults were mended after their first run", log),
  ];
  for (let chart = 0; chart < charts; chart++) {
    const random = seeded(500 + chart);
    const pick = (list) => list[Math.floor(random() * list.length)];
    const texts = Array.from({ length: 129 }, (_, note) => ({
      id: `note-${note}`,
      title: `Note ${note}`,
      date: `20${String(10 + (note % 14)).padStart(2, "0")}-0${1 + (note % 9)}-11`,
      lines: [],
      length: 0,
    }));
    for (const note of texts)
      while (note.length < 5427) {
        const sentence = pick(sentences);
        note.lines.push(sentence);
        note.length += sentence.split(/\s+/).length;
      }
    const needles = conditions.map(([full, abbreviation, drug]) => {
      const ways = [
        "name",
        "spelling",
        ...(abbreviation ? ["abbreviation", "abbreviation"] : []),
        ...(drug ? ["implied"] : []),
      ];
      const how = pick(ways);
      const label = how === "implied" ? "confirmed" : pick(Object.keys(frames));
      const what =
        how === "abbreviation"
          ? abbreviation
          : how === "spelling"
            ? slip(full, random)
            : how === "implied"
              ? drug
              : random() < 0.3
                ? full[0].toUpperCase() + full.slice(1)
                : full;
      const sentence =
        how === "implied"
          ? pick([
              `Home medications include # as before.`,
              `She continues to take #, refilled today.`,
              `He was started on # by another provider.`,
            ]).replaceAll("#", what)
          : pick(frames[label]).replaceAll("#", what);
      const note = pick(texts);
      const at = Math.floor(random() * note.lines.length);
      note.lines.splice(at, 0, sentence);
      return { full, how, label, sentence, note };
    });
    const notes = texts.map(({ id, title, date, lines }) => ({ id, title, date, text: lines.join("\n") }));
    const start = performance.now();
    const used = process.cpuUsage();
    const index = new ChartIndex(notes);
    words += index.words;
    for (const { full, how, label, sentence, note } of needles) {
      const hits = searchNotes(index, full, 20);
      recall[how] ??= { found: 0, n: 0 };
      recall[how].n++;
      if (hits.some((hit) => hit.note === note.id && sentence.includes(hit.quote.replace(/\.$/, ""))))
        recall[how].found++;
      else log(`not found (${how}): ${full} | ${sentence}`);
      const mentions = findMentions(index, full);
      const own = mentions.find(
        (mention) => mention.note === note.id && sentence.includes(mention.quote.replace(/\.$/, "")),
      );
      if (how === "implied") continue;
      truth.push({ label, predicted: own?.label ?? "none" });
      if (own?.label !== label) log(`label: ${sentence} | gold ${label} | ${own?.label ?? "no mention"}`);
    }
    seconds += (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(used);
    processor += (user + system) / 1e6;
  }
  const hard = ["abbreviation", "spelling", "implied"];
  const total = (field) => hard.reduce((sum, how) => sum + recall[how][field], 0);
  return [
    share(
      "needle-recall",
      total("found"),
      total("n"),
      `at 20 passages; ${Object.entries(recall)
        .map(([how, { found, n }]) => `${how} ${found}/${n}`)
        .join(", ")}`,
    ),
    macroF1("needle-polarity", truth, "wordings seen while the rules were written"),
    ...fresh,
    {
      id: "needle-seconds",
      ours: seconds / charts,
      unit: "s",
      note: `index ${Math.round(words / charts)} words and answer 30 searches twice, mean of ${charts} charts; ${(processor / charts).toFixed(2)} s of processor time`,
    },
  ];
}

/** Each unseen wording with each of five conditions, in a note of its own. */
function labelNotes(id, wordingsOf, note, log) {
  const truth = [];
  for (const [label, wordings] of Object.entries(wordingsOf))
    for (const wording of wordings)
      for (const [full, abbreviation] of conditions.slice(0, 5)) {
        for (const name of [full, abbreviation]) {
          const text = `Seen today.\n${wording.replaceAll("#", name)}\nVitals stable.`;
          const [mention] = findMentions(new ChartIndex([{ id: "n", title: "Note", text }]), full);
          truth.push({ label, predicted: mention?.label ?? "none" });
          if (mention?.label !== label && name === full)
            log(`${id}: ${wording} | gold ${label} | ${mention?.label ?? "no mention"}`);
        }
      }
  return macroF1(id, truth, `${note}, times 5 conditions by name and abbreviation`);
}

function macroF1(id, truth, note) {
  const each = Object.keys(frames).map((label) => {
    const truePositives = truth.filter((one) => one.label === label && one.said === label).length;
    const gold = truth.filter((one) => one.label === label).length;
    const predicted = truth.filter((one) => one.said === label).length;
    return { label, f1: gold + predicted === 0 ? 0 : (2 * truePositives) / (gold + predicted), gold };
  });
  return {
    id,
    ours: (each.reduce((sum, { f1 }) => sum + f1, 0) / each.length).toFixed(3),
    unit: "macro F1",
    n: truth.length,
    note: `n = ${truth.length}; ${each.map(({ label, f1, gold }) => `${label} ${f1.toFixed(2)} (${gold})`).join(", ")}; ${note}`,
  };
}

/** Sentences of the visit notes that name none of the needles. */
function background(csv) {
  const taboo = conditions
    .flatMap(([full, abbreviation, drug]) => [full.split(" ").pop(), full.split(" ")[0], abbreviation, drug])
    .filter(Boolean)
    .map((each) => each.toLowerCase());
  return csv
    .split(/\n/)
    .filter((line) => !/^\s*\[(?:doctor|patient)/.test(line))
    .flatMap((line) => line.split(/(?<=[.!?])\s+/))
    .map((line) => line.replace(/["\r]/g, "").trim())
    .filter(
      (line) =>
        line.split(" ").length > 3 && line.length < 300 && !taboo.some((each) => line.toLowerCase().includes(each)),
    );
}

/** One slip: two letters swapped, one left out, one doubled; not the first. */
function slip(text, random) {
  const words = text.split(" ");
  const longest = words.indexOf(words.reduce((a, b) => (b.length > a.length ? b : a)));
  const word = words[longest];
  if (word.length < 6) return text;
  const at = 2 + Math.floor(random() * (word.length - 4));
  const way = Math.floor(random() * 3);
  words[longest] =
    way === 0 && word[at] !== word[at + 1]
      ? word.slice(0, at) + word[at + 1] + word[at] + word.slice(at + 2)
      : way === 1
        ? word.slice(0, at) + word.slice(at + 1)
        : word.slice(0, at) + word[at] + word.slice(at);
  return words.join(" ");
}
