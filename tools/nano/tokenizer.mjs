#!/usr/bin/env node
/**
 * Makes the embedded model's tokenizer: byte-pair encoding (Sennrich et al. 2016) in the family's style: spaces as U+2581, digits one by
 * one, byte fallback, no dummy prefix, the family's special tokens by name. Writes tokenizer.json, tokenizer.model,
 * tokenizer_config.json and chat_template.jinja to models/nano (or the folder given). Deterministic: the same corpus gives the same files.
 *
 *     npm run build && node tools/nano/tokenizer.mjs [folder]
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bytePairs } from "../../dist/recipes/byte-pairs.js";
import { familyTokenizer } from "../../dist/recipes/family-tokenizer.js";
import { sentencePieceModel } from "../../dist/recipes/sentencepiece.js";
import { corpus } from "./corpus.mjs";

const vocabularySize = 2048;
const folder = process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), "..", "..", "models", "nano");

/**
 * Ids 0 to 106 are Gemma's own, so that <unused94>, <unused95> and the turn markers have the same ids as in MedGemma.
 */
const special = [
  "<pad>",
  "<eos>",
  "<bos>",
  "<unk>",
  "<mask>",
  "[multimodal]",
  ...Array.from({ length: 99 }, (_, n) => `<unused${n}>`),
  "<start_of_turn>",
  "<end_of_turn>",
];
/** In Gemma these follow the text pieces; here they are the last three. */
const imageTokens = ["<start_of_image>", "<end_of_image>", "<image_soft_token>"];
/** 107 and 108 in Gemma too. */
const newlineRuns = ["\n", "\n\n", "\n\n\n", "\n\n\n\n"];
/** @type {[left: string, right: string][]} */
const newlineMerges = [
  ["\n", "\n"],
  ["\n\n", "\n"],
  ["\n\n", "\n\n"],
];

/** Words with their leading space; single digits; single runs of punctuation. */
const wordPattern = /\u2581?\p{L}+|\u2581?\p{N}|\u2581?[^\p{L}\p{N}\s\u2581]+|\u2581/gu;

function train() {
  const counts = new Map();
  const characters = new Set(
    "\u2581.,:;!?'\"()[]{}<>/\\|-_+*=%&#@$^~`0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ°µ²³±×≤≥–—•’“”éöüä",
  );
  for (const [weight, text] of corpus) {
    // Each text also counts at the start of a line and after a space, as in a prompt.
    for (const word of text.replaceAll(" ", "\u2581").match(wordPattern))
      counts.set(word, (counts.get(word) ?? 0) + weight);
  }
  for (const word of ["\u2581\u2581", "\u2581\u2581\u2581\u2581", "user", "model", "```", "json"]) {
    counts.set(word, (counts.get(word) ?? 0) + 100);
  }
  for (const word of counts.keys()) for (const character of word) characters.add(character);

  const vocabulary = new Map();
  const add = (piece) => vocabulary.has(piece) || vocabulary.set(piece, vocabulary.size);
  special.forEach(add);
  newlineRuns.forEach(add);
  for (let byte = 0; byte < 256; byte++) add(`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`);
  [...characters].sort().forEach(add);

  const merges = [...newlineMerges];
  const mergeCount = vocabularySize - imageTokens.length;
  for (const { left, right } of bytePairs(counts)) {
    if (vocabulary.size >= mergeCount) break;
    merges.push([left, right]);
    add(left + right);
  }
  if (vocabulary.size < mergeCount) throw new Error(`the corpus yields no more merges at ${vocabulary.size} tokens`);
  imageTokens.forEach(add);
  return { vocabulary, merges };
}

const tokenizerConfig = {
  add_bos_token: true,
  add_eos_token: false,
  boi_token: "<start_of_image>",
  bos_token: "<bos>",
  clean_up_tokenization_spaces: false,
  eoi_token: "<end_of_image>",
  eos_token: "<eos>",
  image_token: "<image_soft_token>",
  pad_token: "<pad>",
  tokenizer_class: "PreTrainedTokenizerFast",
  unk_token: "<unk>",
};

/**
 * Gemma's conversation layout: system text before the first user turn, alternating roles, trimmed text, a marker per
 * image.
 */
const chatTemplate = `{{ bos_token }}
{%- set opening = '' -%}
{%- set turns = messages -%}
{%- if messages and messages[0].role == 'system' -%}
  {%- set system = messages[0].content -%}
  {%- set opening = (system if system is string else system[0].text) + '\\n\\n' -%}
  {%- set turns = messages[1:] -%}
{%- endif -%}
{%- for turn in turns -%}
  {%- set expected = 'user' if loop.index0 % 2 == 0 else 'assistant' -%}
  {%- if turn.role != expected -%}
    {{ raise_exception('Roles must alternate user, assistant, user, ... after an optional system message') }}
  {%- endif -%}
  {{ '<start_of_turn>' + ('model' if turn.role == 'assistant' else turn.role) + '\\n' + (opening if loop.first else '') }}
  {%- if turn.content is string -%}
    {{ turn.content | trim }}
  {%- else -%}
    {%- for item in turn.content -%}
      {%- if item.type == 'image' -%}
        {{ '<start_of_image>' }}
      {%- elif item.type == 'text' -%}
        {{ item.text | trim }}
      {%- endif -%}
    {%- endfor -%}
  {%- endif -%}
  {{ '<end_of_turn>\\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}
  {{ '<start_of_turn>model\\n' }}
{%- endif -%}
`;

const trained = train();
mkdirSync(folder, { recursive: true });
const tokenizer = familyTokenizer({ ...trained, special: [...special, ...imageTokens] });
writeFileSync(join(folder, "tokenizer.json"), `${JSON.stringify(tokenizer)}\n`);
writeFileSync(join(folder, "tokenizer.model"), sentencePieceModel(tokenizer));
writeFileSync(join(folder, "tokenizer_config.json"), `${JSON.stringify(tokenizerConfig, null, 2)}\n`);
writeFileSync(join(folder, "chat_template.jinja"), chatTemplate);
const characters = corpus.reduce((sum, [, text]) => sum + text.length, 0);
console.log(
  `${trained.vocabulary.size} tokens, ${trained.merges.length} merges, from ${corpus.length} texts of ${characters} characters -> ${folder}`,
);
