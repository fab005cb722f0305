/** `generation_config.json`: the publisher's sampling settings and stop tokens. */
import { PolyclinicError } from "../../base/errors.ts";
import { Fields, isObject } from "./fields.ts";

/**
 * Sampling defaults of a checkpoint, from `generation_config.json` and, for what it leaves out, `config.json` and the defaults of
 * transformers.
 */
export interface GenerationDefaults {
  /** Any of these ends the answer. */
  readonly stopTokenIds: readonly number[];
  readonly bosTokenId: number | undefined;
  readonly padTokenId: number | undefined;
  /** 0 (greedy) if the file has `do_sample: false` or no `do_sample`, as in transformers. */
  readonly temperature: number;
  /** Default 50, as in transformers; 0 keeps all. Like the next two, it has an effect only at temperatures above 0. */
  readonly topK: number;
  /** Nucleus sampling, above 0 to 1; 1 keeps all. */
  readonly topP: number;
  /** Smallest probability relative to that of the likeliest token, 0 to 1; 0 keeps all. */
  readonly minP: number;
  /** Applies to greedy answers too. */
  readonly repetitionPenalty: number;
  /** Never generated (`suppress_tokens`). */
  readonly forbiddenTokenIds: readonly number[];
}

/** Settings that change answers and are not implemented, with the value that disables each. */
const unsupported: Readonly<Record<string, number>> = {
  begin_suppress_tokens: 0,
  bad_words_ids: 0,
  diversity_penalty: 0,
  encoder_no_repeat_ngram_size: 0,
  encoder_repetition_penalty: 1,
  epsilon_cutoff: 0,
  eta_cutoff: 0,
  forced_bos_token_id: 0,
  forced_eos_token_id: 0,
  guidance_scale: 1,
  min_length: 0,
  min_new_tokens: 0,
  no_repeat_ngram_size: 0,
  num_beams: 1,
  penalty_alpha: 0,
  sequence_bias: 0,
  typical_p: 1,
};

/**
 * @param json the parsed file, or undefined if it does not exist.
 * @param config the parsed `config.json`, used for stop ids missing from the file.
 * @throws PolyclinicError `checkpoint/config` for a value out of range, `checkpoint/unsupported-field` for a setting that is not implemented.
 */
export function readGenerationConfig(
  json: unknown,
  config: unknown,
  where = "generation_config.json",
): GenerationDefaults {
  const fields = new Fields(isObject(json) ? json : {}, where);
  const sample = fields.boolean("do_sample", false);
  const optional = (key: string) => (fields.get(key) === undefined ? undefined : fields.number(key));
  const inRange = (key: string, fallback: number, least: number, most: number) => {
    const value = fields.number(key, fallback);
    if (value < least || value > most) fields.wrong(key, `${least} to ${most}`, value);
    return value;
  };
  const ids = (key: string, value: unknown): number[] => {
    const list = Array.isArray(value) ? value : [value];
    if (!list.every((id) => Number.isInteger(id) && id >= 0)) fields.wrong(key, "a token id or a list of them", value);
    return list;
  };
  refuseUnsupported(fields);
  const stop =
    fields.get("eos_token_id") ?? (isObject(config) ? config.eos_token_id : undefined) ?? textEos(config) ?? 1;
  return {
    stopTokenIds: ids("eos_token_id", stop),
    bosTokenId: optional("bos_token_id"),
    padTokenId: optional("pad_token_id"),
    temperature: sample ? inRange("temperature", 1, 0, Number.MAX_VALUE) : 0,
    topK: fields.integer("top_k", 50),
    topP: inRange("top_p", 1, Number.MIN_VALUE, 1),
    minP: inRange("min_p", 0, 0, 1),
    repetitionPenalty: inRange("repetition_penalty", 1, Number.MIN_VALUE, Number.MAX_VALUE),
    forbiddenTokenIds: ids("suppress_tokens", fields.get("suppress_tokens") ?? []),
  };
}

function refuseUnsupported(fields: Fields): void {
  for (const [key, off] of Object.entries(unsupported)) {
    const value = fields.get(key);
    if (value === undefined || value === off || value === false || (Array.isArray(value) && value.length === 0))
      continue;
    throw new PolyclinicError("checkpoint/unsupported-field", "requests a generation method that is not implemented", {
      where: `${fields.where} ${key}`,
      expected: `${off || "nothing"}`,
      found: JSON.stringify(value).slice(0, 80),
      hint: "Remove the field if it is not needed.",
    });
  }
}

function textEos(config: unknown): unknown {
  const text = isObject(config) ? config.text_config : undefined;
  return isObject(text) ? text.eos_token_id : undefined;
}
