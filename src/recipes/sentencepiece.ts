/**
 * A `tokenizer.json` of `family-tokenizer.ts` as SentencePiece's `tokenizer.model` (sentencepiece_model.proto), which llama.cpp's converter reads and
 * stops without. SentencePiece joins any two neighbours whose joined piece it knows, the best score first; here a piece has one merge, and its
 * score is that merge's place in the list.
 */
import protobuf from "protobufjs/minimal.js";
import { PolyclinicError } from "../base/errors.ts";

export interface BytePairTokenizer {
  readonly added_tokens: readonly { readonly content: string }[];
  readonly model: {
    readonly vocab: Readonly<Record<string, number>>;
    readonly merges: readonly (readonly [string, string] | string)[];
  };
}

/** `SentencePiece.Type`. */
const type = { normal: 1, unknown: 2, control: 3, userDefined: 4, byte: 6 };
/** As in Gemma's file: no text spells these, and every other special token is one piece wherever a template writes it. */
const controls = new Set(["<pad>", "<eos>", "<bos>"]);
const wire = { varint: 0, text: 2, float: 5 };
const key = (field: number, kind: number) => (field << 3) | kind;

/** @throws PolyclinicError `learn/tokenizer` for a piece with two merges, of which SentencePiece could keep one only. */
export function sentencePieceModel({ added_tokens, model: { vocab, merges } }: BytePairTokenizer): Uint8Array {
  const added = new Set(added_tokens.map(({ content }) => content));
  const ranks = new Map<string, number>();
  for (const [rank, merge] of merges.entries()) {
    const piece = typeof merge === "string" ? merge.replace(" ", "") : merge.join("");
    if (ranks.has(piece))
      throw new PolyclinicError("learn/tokenizer", "a piece has two merges", { where: "tokenizer.json", found: piece });
    ranks.set(piece, rank);
  }
  const typeOf = (piece: string) => {
    if (piece === "<unk>") return type.unknown;
    if (added.has(piece)) return controls.has(piece) ? type.control : type.userDefined;
    return /^<0x[0-9A-F]{2}>$/.test(piece) ? type.byte : type.normal;
  };
  const pieces = Object.entries(vocab).sort((a, b) => a[1] - b[1]);
  const out = protobuf.Writer.create();
  for (const [piece] of pieces) {
    const kind = typeOf(piece);
    const score = kind === type.normal ? -(ranks.get(piece) ?? merges.length) : 0;
    out.uint32(key(1, wire.text)).fork();
    out.uint32(key(1, wire.text)).string(piece).uint32(key(2, wire.float)).float(score);
    out.uint32(key(3, wire.varint)).uint32(kind).ldelim();
  }
  const id = (piece: string) => vocab[piece] ?? -1;
  // TrainerSpec: byte-pair encoding with byte fallback, and the ids of the special pieces (a negative one takes ten bytes).
  out.uint32(key(2, wire.text)).fork();
  out.uint32(key(3, wire.varint)).uint32(2).uint32(key(4, wire.varint)).uint32(pieces.length);
  out.uint32(key(35, wire.varint)).bool(true);
  for (const [field, piece] of [
    [40, "<unk>"],
    [41, "<bos>"],
    [42, "<eos>"],
    [43, "<pad>"],
  ] as const) {
    out.uint32(key(field, wire.varint)).int32(id(piece));
    out.uint32(key(field + 5, wire.text)).string(piece);
  }
  out.ldelim();
  // NormalizerSpec: nothing but spaces as U+2581, and none in front.
  out.uint32(key(3, wire.text)).fork();
  out.uint32(key(1, wire.text)).string("identity");
  out.uint32(key(3, wire.varint)).bool(false).uint32(key(4, wire.varint)).bool(false);
  return out.uint32(key(5, wire.varint)).bool(true).ldelim().finish();
}
