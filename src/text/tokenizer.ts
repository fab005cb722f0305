/**
 * A checkpoint's own tokenizer (`tokenizer.json`), extended for Gemma: control tokens that a user's text cannot forge,
 * and the bytes of every piece for streaming and grammars.
 */
import { PolyclinicError } from "../base/errors.ts";
import { type Encoder, encoderFor, type TokenizerJson, vocabularyOf } from "./encoders.ts";
import { TokenTrie } from "./token-trie.ts";

/** The parsed JSON files; see `TokenizerFiles` of a checkpoint. */
export interface TokenizerSource {
  readonly tokenizer: object;
  readonly tokenizerConfig?: object;
}

/**
 * Encloses a string that spells a control token but must be read as plain text. A noncharacter, which no vocabulary
 * contains.
 */
const literalMark = "\uFDD0";

/** Turn and image markers are control tokens even if a tokenizer file does not mark them as special. */
const controlPattern =
  /^(?:<(?:pad|eos|bos|unk|mask|start_of_turn|end_of_turn|start_of_image|end_of_image|image_soft_token|unused\d+)>|\[(?:multimodal|toxicity)\])$/;

/** A Hugging Face tokenizer (`tokenizer.json`). */
export class Tokenizer {
  private readonly encoder: Encoder;
  private readonly ids: ReadonlyMap<string, number>;
  private readonly control = new Map<string, number>();
  private readonly controlIds = new Set<number>();
  private readonly controlFinder: TokenTrie;
  private readonly pieceTable: readonly (string | undefined)[];
  /** True for byte-fallback BPE with U+2581 for spaces, as in Gemma; other tokenizers can encode but not decode. */
  private readonly decodable: boolean;

  constructor(source: TokenizerSource) {
    const json = source.tokenizer as TokenizerJson;
    try {
      const vocabulary = vocabularyOf(json);
      this.ids = vocabulary.ids;
      this.pieceTable = vocabulary.pieces;
      this.encoder = encoderFor(json, source.tokenizerConfig ?? {}, vocabulary);
    } catch (cause) {
      throw new PolyclinicError("text/tokenizer", "cannot be read", { where: "tokenizer.json", cause });
    }
    for (const { id, content, special } of json.added_tokens ?? []) {
      if (!special && !controlPattern.test(content)) continue;
      this.control.set(content, id);
      this.controlIds.add(id);
    }
    this.controlFinder = new TokenTrie([[literalMark, -1], ...this.control]);
    this.decodable = isByteFallback(json.decoder);
  }

  /** One more than the largest id. */
  get size(): number {
    return this.pieceTable.length;
  }

  /** The id of a token by its exact spelling, e.g. `<end_of_turn>`. */
  id(token: string): number | undefined {
    return this.ids.get(token);
  }

  /** The same for a required token; throws `text/missing-token`. */
  requireId(token: string): number {
    const id = this.id(token);
    if (id === undefined) {
      throw new PolyclinicError("text/missing-token", `has no token ${token}`, { where: "tokenizer.json" });
    }
    return id;
  }

  /** Whether an id is a control token: never part of an answer's text. */
  isControl(id: number): boolean {
    return this.controlIds.has(id);
  }

  /** The piece as spelled in the vocabulary: U+2581 for spaces, `<0x0A>` for bytes. */
  piece(id: number): string | undefined {
    return this.pieceTable[id];
  }

  /** Marks every control token spelled in user text as plain text, for `encode`; other text is returned unchanged. */
  protect(text: string): string {
    let safe = "";
    for (const { before, spelling } of this.controlFinder.split(text)) {
      const codes = [...spelling].map((char) => char.codePointAt(0)!.toString(16)).join(",");
      safe += before + (spelling === "" ? "" : literalMark + codes + literalMark);
    }
    return safe;
  }

  /**
   * Token ids of a text in which control tokens are recognised, except where `protect` marked them. No `<bos>` is
   * added.
   */
  encode(text: string): number[] {
    if (!text.includes(literalMark)) return this.encoder.encode(text);
    return text.split(literalMark).flatMap((part, i) => {
      if (i % 2 === 0) return this.encoder.encode(part);
      return this.encoder.encodeLiteral(spelledOut(part));
    });
  }

  /** Undoes `protect`, for showing a rendered prompt. */
  unprotect(text: string): string {
    return text
      .split(literalMark)
      .map((part, i) => (i % 2 === 0 ? part : spelledOut(part)))
      .join("");
  }

  /**
   * The text of ids; control tokens give no text unless requested. Each malformed byte becomes one U+FFFD, as in the
   * reference.
   */
  decode(ids: Iterable<number>, { control = false }: { control?: boolean } = {}): string {
    let text = "";
    let run: number[] = [];
    for (const id of ids) {
      if (this.isControl(id)) {
        if (control) text += decodeRun(run.splice(0)) + (this.piece(id) ?? "");
        continue;
      }
      const piece = this.decodablePiece(id);
      if (typeof piece === "number") run.push(piece);
      else {
        text += decodeRun(run) + piece;
        run = [];
      }
    }
    return text + decodeRun(run);
  }

  /** The contribution of an ordinary token to the text: a string, or one byte of a run of bytes. */
  decodablePiece(id: number): string | number {
    if (!this.decodable) {
      throw new PolyclinicError("text/tokenizer", "has a decoder that is not implemented", {
        where: "tokenizer.json decoder",
        expected: "byte fallback with U+2581 for spaces",
      });
    }
    const piece = this.pieceTable[id];
    if (piece === undefined) return "";
    if (piece.length === 6 && piece.startsWith("<0x") && piece.endsWith(">")) {
      const byte = Number.parseInt(piece.slice(3, 5), 16);
      if (!Number.isNaN(byte)) return byte;
    }
    return piece.replaceAll("\u2581", " ");
  }
}

/** The text between two literal marks. */
function spelledOut(codes: string): string {
  return String.fromCodePoint(...codes.split(",").map((code) => Number.parseInt(code, 16)));
}

/** A run of bytes as text: UTF-8, or one U+FFFD per byte if the run is invalid (as in the Rust tokenizers). */
export function decodeRun(run: readonly number[]): string {
  if (run.length === 0) return "";
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(run));
  } catch {
    return "\uFFFD".repeat(run.length);
  }
}

function isByteFallback(decoder: unknown): boolean {
  const { type, decoders } = (decoder ?? {}) as { type?: string; decoders?: { type: string; content?: string }[] };
  if (type !== "Sequence" || decoders === undefined) return false;
  const known = decoders.every(
    (step) => step.type === "ByteFallback" || step.type === "Fuse" || (step.type === "Replace" && step.content === " "),
  );
  return known && decoders.some((step) => step.type === "ByteFallback");
}
