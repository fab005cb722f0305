/** `generation_config.json`: how the makers say to sample, and where to stop. */
import { Fields, isObject } from "./fields.ts";

export interface GenerationDefaults {
  /** Any of these ends the answer. */
  readonly stopTokenIds: readonly number[];
  readonly bosTokenId: number | undefined;
  readonly padTokenId: number | undefined;
  /** 0 where the file says `do_sample: false` or nothing: greedy, as transformers reads it. */
  readonly temperature: number;
  readonly topK: number | undefined;
  readonly topP: number | undefined;
}

/**
 * @param json the parsed file, or undefined where there is none.
 * @param config the parsed `config.json`, asked for the stop ids that the file may lack.
 */
export function readGenerationConfig(
  json: unknown,
  config: unknown,
  where = "generation_config.json",
): GenerationDefaults {
  const fields = new Fields(isObject(json) ? json : {}, where);
  const sample = fields.boolean("do_sample", false);
  const optional = (key: string) => (fields.get(key) === undefined ? undefined : fields.number(key));
  const stop =
    fields.get("eos_token_id") ?? (isObject(config) ? config.eos_token_id : undefined) ?? textEos(config) ?? 1;
  const stopTokenIds = Array.isArray(stop) ? stop : [stop];
  if (!stopTokenIds.every((id) => Number.isInteger(id) && id >= 0)) {
    fields.wrong("eos_token_id", "a token id or a list of them", stop);
  }
  return {
    stopTokenIds,
    bosTokenId: optional("bos_token_id"),
    padTokenId: optional("pad_token_id"),
    temperature: sample ? fields.number("temperature", 1) : 0,
    topK: sample ? optional("top_k") : undefined,
    topP: sample ? optional("top_p") : undefined,
  };
}

function textEos(config: unknown): unknown {
  const text = isObject(config) ? config.text_config : undefined;
  return isObject(text) ? text.eos_token_id : undefined;
}
