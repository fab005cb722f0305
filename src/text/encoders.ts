/**
 * Two implementations of text to ids. Gemma's tokenizers (byte-fallback BPE over whole texts) are implemented here,
 * because prompts are long and their vocabularies large; all others, including SigLIP's Unigram, use
 * @huggingface/tokenizers. Both are tested against the same goldens.
 */
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { PolyclinicError } from "../base/errors.ts";
import { BytePair, type BytePairModel } from "./byte-pair.ts";
import { TokenTrie } from "./token-trie.ts";

export interface AddedTokenJson {
  readonly id: number;
  readonly content: string;
  readonly special?: boolean;
  readonly normalized?: boolean;
  readonly lstrip?: boolean;
  readonly rstrip?: boolean;
  readonly single_word?: boolean;
}

/** The fields of `tokenizer.json` that are used. */
export interface TokenizerJson {
  readonly added_tokens?: readonly AddedTokenJson[];
  readonly normalizer?: unknown;
  readonly pre_tokenizer?: unknown;
  readonly decoder?: unknown;
  readonly model: { readonly type?: string; readonly vocab: unknown; readonly byte_fallback?: boolean };
}

export interface Encoder {
  /** Encodes text in which added tokens map to their own ids. */
  encode(text: string): number[];
  /** Encodes text in which added tokens are treated as ordinary text. */
  encodeLiteral(text: string): number[];
}

/** The vocabulary in both directions, added tokens included. */
export interface Pieces {
  readonly ids: ReadonlyMap<string, number>;
  readonly pieces: readonly (string | undefined)[];
}

export function vocabularyOf({ model, added_tokens: added = [] }: TokenizerJson): Pieces {
  const ids = new Map<string, number>();
  if (Array.isArray(model.vocab)) for (const [id, [piece]] of model.vocab.entries()) ids.set(piece, id);
  else {
    const vocabulary = model.vocab as Record<string, number>;
    for (const piece of Object.keys(vocabulary)) ids.set(piece, vocabulary[piece]);
  }
  for (const { content, id } of added) ids.set(content, id);
  const pieces: string[] = [];
  for (const [piece, id] of ids) pieces[id] = piece;
  return { ids, pieces };
}

export function encoderFor(json: TokenizerJson, config: object, vocabulary: Pieces): Encoder {
  return isFamily(json) ? new FamilyEncoder(json, vocabulary) : new LibraryEncoder(json, config);
}

/**
 * Whether the tokenizer is of Gemma's kind: byte-fallback BPE after replacing spaces by U+2581, without splitting into
 * words.
 */
function isFamily({ added_tokens: added = [], normalizer, pre_tokenizer: split, model }: TokenizerJson): boolean {
  const replaces = same(normalizer, { type: "Replace", pattern: { String: " " }, content: "\u2581" });
  const onSpaces = { type: "Split", pattern: { String: " " }, behavior: "MergedWithPrevious", invert: false };
  const plain = added.every(
    (token) => token.normalized === false && !token.lstrip && !token.rstrip && !token.single_word,
  );
  const {
    dropout,
    continuing_subword_prefix: prefix,
    end_of_word_suffix: suffix,
    ignore_merges: ignore,
  } = model as Record<string, unknown>;
  const bare = dropout == null && !prefix && !suffix && !ignore;
  return (
    model.type === "BPE" &&
    model.byte_fallback === true &&
    bare &&
    replaces &&
    (split == null || same(split, onSpaces)) &&
    plain
  );
}

function same(a: unknown, b: Record<string, unknown>): boolean {
  const object = (a ?? {}) as Record<string, unknown>;
  return Object.entries(b).every(([key, value]) => JSON.stringify(object[key]) === JSON.stringify(value));
}

class FamilyEncoder implements Encoder {
  private readonly bytePair: BytePair;
  private readonly added: TokenTrie;

  constructor(json: TokenizerJson, { ids, pieces }: Pieces) {
    this.bytePair = new BytePair(json.model as unknown as BytePairModel, ids, pieces);
    this.added = new TokenTrie((json.added_tokens ?? []).map(({ content, id }) => [content, id]));
  }

  encode(text: string): number[] {
    const ids: number[] = [];
    for (const { before, id } of this.added.split(text)) {
      for (const piece of this.encodeLiteral(before)) ids.push(piece);
      if (id !== undefined) ids.push(id);
    }
    return ids;
  }

  encodeLiteral(text: string): number[] {
    return this.bytePair.encode(text.replaceAll(" ", "\u2581"));
  }
}

/** Converts the library's errors to `PolyclinicError`. Some settings are parsed, and can fail, only on use. */
function named<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new PolyclinicError("text/tokenizer", "cannot be used", {
      where: "tokenizer.json",
      found: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}

class LibraryEncoder implements Encoder {
  private readonly inner: HuggingFaceTokenizer;

  constructor(json: TokenizerJson, config: object) {
    this.inner = new HuggingFaceTokenizer(json, config);
  }

  encode(text: string): number[] {
    return text === "" ? [] : named(() => this.inner.encode(text, { add_special_tokens: false }).ids);
  }

  /** Bypasses the splitting of added tokens. */
  encodeLiteral(text: string): number[] {
    return named(() => this.literal(text));
  }

  private literal(text: string): number[] {
    const { normalizer, pre_tokenizer: preTokenizer, model } = this.inner;
    const normal = normalizer === null ? text : normalizer.normalize(text);
    const words = preTokenizer === null ? [normal] : preTokenizer.pre_tokenize(normal);
    const pieces: string[] = model!.encode(words);
    return pieces.map((piece) => this.inner.token_to_id(piece)!);
  }
}
