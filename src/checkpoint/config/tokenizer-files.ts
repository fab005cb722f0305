/** The tokenizer files of a checkpoint folder, checked against its configuration. */
import { PolyclinicError } from "../../base/errors.ts";
import { readFile } from "../../base/host/files.ts";
import { join } from "../../base/host/path.ts";
import type { ArchitectureConfig } from "../../nn/config.ts";
import { isObject, type JsonObject } from "./fields.ts";
import { readJson, requireJson } from "./json-file.ts";

/** The tokenizer files of a checkpoint folder, parsed. */
export interface TokenizerFiles {
  /** `tokenizer.json`, parsed. */
  readonly tokenizer: JsonObject;
  /** `tokenizer_config.json`, parsed; empty if it does not exist. */
  readonly tokenizerConfig: JsonObject;
  /** Jinja source: `chat_template.jinja`, else the key of that name in `chat_template.json` or `tokenizer_config.json`. */
  readonly chatTemplate: string | undefined;
}

/** Throws `checkpoint/tokenizer` if token ids or vocabulary size do not match the configuration. */
export async function readTokenizerFiles(
  folder: string,
  present: ReadonlySet<string>,
  config: ArchitectureConfig,
): Promise<TokenizerFiles> {
  const tokenizer = await requireJson(folder, "tokenizer.json", present);
  const tokenizerConfig = (await readJson(folder, "tokenizer_config.json", present)) ?? {};
  const stored = (await readJson(folder, "chat_template.json", present)) ?? {};
  if (!isObject(tokenizer) || !isObject(tokenizerConfig) || !isObject(stored)) {
    throw disagreement(
      folder,
      "is not an object",
      "JSON objects in tokenizer.json and tokenizer_config.json",
      "a value that is not an object",
    );
  }
  const inside = stored.chat_template ?? tokenizerConfig.chat_template;
  const chatTemplate = present.has("chat_template.jinja")
    ? await readFile(join(folder, "chat_template.jinja"), "utf8")
    : typeof inside === "string"
      ? inside
      : undefined;
  checkAgreement(join(folder, "tokenizer.json"), tokenIds(tokenizer), config);
  return { tokenizer, tokenizerConfig, chatTemplate };
}

/** Every token string and its id, added tokens included. */
function tokenIds(tokenizer: JsonObject): Map<string, number> {
  const ids = new Map<string, number>();
  const vocab = isObject(tokenizer.model) ? tokenizer.model.vocab : undefined;
  if (isObject(vocab)) for (const [token, id] of Object.entries(vocab)) ids.set(token, id as number);
  else if (Array.isArray(vocab))
    for (const [id, piece] of vocab.entries()) ids.set(String((piece as unknown[] | null)?.[0]), id);
  for (const added of Array.isArray(tokenizer.added_tokens) ? tokenizer.added_tokens : []) {
    if (!isObject(added) || typeof added.content !== "string" || !Number.isSafeInteger(added.id))
      throw new PolyclinicError("checkpoint/tokenizer", "has an invalid added token", {
        where: "tokenizer.json added_tokens",
        expected: "content and id",
        found: JSON.stringify(added)?.slice(0, 80),
      });
    ids.set(added.content, added.id as number);
  }
  return ids;
}

function checkAgreement(where: string, ids: ReadonlyMap<string, number>, config: ArchitectureConfig): void {
  if (ids.size === 0) throw disagreement(where, "has no vocabulary", "model.vocab", "nothing");
  if (config.kind === "siglip-vision") return;
  let [largest, last] = [-1, ""];
  for (const [token, id] of ids) if (id > largest) [largest, last] = [id, token];
  if (largest >= config.text.vocabSize) {
    throw disagreement(
      where,
      "has more tokens than the embedding table has rows",
      `ids below vocab_size ${config.text.vocabSize}`,
      `${last} = ${largest}`,
    );
  }
  if (config.kind !== "multimodal") return;
  const markers = {
    "<start_of_image>": config.boiTokenId,
    "<end_of_image>": config.eoiTokenId,
    "<image_soft_token>": config.imageTokenId,
  };
  for (const [token, id] of Object.entries(markers)) {
    if (ids.get(token) !== id) {
      throw disagreement(
        where,
        "does not match config.json",
        `${token} = ${id}`,
        `${token} = ${ids.get(token) ?? "absent"}`,
      );
    }
  }
}

function disagreement(where: string, summary: string, expected: string, found: string): PolyclinicError {
  return new PolyclinicError("checkpoint/tokenizer", summary, {
    where,
    expected,
    found,
    hint: "Use the tokenizer that was published with these weights.",
  });
}
