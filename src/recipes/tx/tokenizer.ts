/**
 * The tokenizer of the embedded therapeutics model. Byte-pair encoding (Sennrich et al. 2016) learned on SMILES only;
 * the fixed lines of the prompts and the computed words are one token each, so that prompts are short and only the
 * molecule varies.
 */
import type { TokenizerFiles } from "../../checkpoint/index.ts";
import { allWords } from "../../task/therapeutics/own/words.ts";
import { bytePairs } from "../byte-pairs.ts";
import { familyTokenizer } from "../family-tokenizer.ts";

const special = ["<pad>", "<eos>", "<bos>", "<unk>", "<end_of_turn>"];
const characters =
  "\u2581.,:;!?'\"()[]{}<>/\\|-_+*=%&#@$^~`0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** The parts of the prompts between their placeholders. */
export function fixedPieces(prompts: readonly string[]): string[] {
  const pieces = prompts.flatMap((prompt) => prompt.split(/\{[^{}]+\}/));
  return [...new Set(pieces.filter((piece) => piece !== ""))];
}

export function txTokenizer(
  prompts: readonly string[],
  smiles: readonly string[],
  merges: number,
): TokenizerFiles & { vocabSize: number } {
  const vocabulary = new Map<string, number>();
  const add = (piece: string) => {
    if (!vocabulary.has(piece)) vocabulary.set(piece, vocabulary.size);
  };
  for (const piece of special) add(piece);
  for (let byte = 0; byte < 256; byte++) add(`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`);
  for (const character of characters) add(character);
  const pairs = learnMerges(smiles, merges);
  for (const [left, right] of pairs) add(left + right);
  const whole = [...fixedPieces(prompts), ...allWords()];
  for (const piece of whole) add(piece);
  const tokenizer = familyTokenizer({
    vocabulary,
    merges: pairs,
    special,
    whole,
  });
  const tokenizerConfig = {
    add_bos_token: true,
    add_eos_token: false,
    bos_token: "<bos>",
    clean_up_tokenization_spaces: false,
    eos_token: "<eos>",
    pad_token: "<pad>",
    tokenizer_class: "PreTrainedTokenizerFast",
    unk_token: "<unk>",
  };
  return { tokenizer, tokenizerConfig, chatTemplate, vocabSize: vocabulary.size };
}

/** As for TxGemma-Predict: the prompt alone, without turns. */
const chatTemplate = `{{ bos_token }}
{%- for turn in messages -%}
  {%- if turn.content is string -%}
    {{ turn.content | trim }}
  {%- else -%}
    {%- for item in turn.content -%}
      {{ item.text | trim }}
    {%- endfor -%}
  {%- endif -%}
{%- endfor -%}
`;

/** Digits are never merged, because numbers are generated digit by digit. Pairs that occur once are not merged. */
function learnMerges(texts: readonly string[], most: number): [string, string][] {
  const counted = new Map<string, number>();
  for (const text of texts) counted.set(text, (counted.get(text) ?? 0) + 1);
  const merges: [string, string][] = [];
  for (const { left, right, count } of bytePairs(counted, (left, right) => !/^\d+$/.test(left + right))) {
    if (merges.length >= most || count < 2) break;
    merges.push([left, right]);
  }
  return merges;
}
