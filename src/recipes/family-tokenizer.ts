/**
 * Builds a `tokenizer.json` in Gemma's form: byte-pair encoding, spaces as U+2581, byte fallback for unknown
 * characters, `<bos>` first and no space prepended to the text.
 */

export interface FamilyVocabulary {
  /** Ids of all pieces, `special` and `whole` among them. */
  readonly vocabulary: ReadonlyMap<string, number>;
  /** Merges in order. */
  readonly merges: readonly (readonly [left: string, right: string])[];
  /** Tokens that no text can spell, including `<bos>` and `<unk>`. */
  readonly special: readonly string[];
  /** Texts that are one token each wherever they occur. */
  readonly whole?: readonly string[];
}

/** @returns the content of `tokenizer.json`. */
export function familyTokenizer({ vocabulary, merges, special, whole = [] }: FamilyVocabulary) {
  const added = (content: string, isSpecial: boolean) => ({
    id: vocabulary.get(content)!,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: isSpecial,
  });
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [...special.map((piece) => added(piece, true)), ...whole.map((piece) => added(piece, false))],
    normalizer: { type: "Replace", pattern: { String: " " }, content: "\u2581" },
    pre_tokenizer: { type: "Split", pattern: { String: " " }, behavior: "MergedWithPrevious", invert: false },
    post_processor: {
      type: "TemplateProcessing",
      single: [{ SpecialToken: { id: "<bos>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
      pair: [
        { SpecialToken: { id: "<bos>", type_id: 0 } },
        { Sequence: { id: "A", type_id: 0 } },
        { SpecialToken: { id: "<bos>", type_id: 1 } },
        { Sequence: { id: "B", type_id: 1 } },
      ],
      special_tokens: { "<bos>": { id: "<bos>", ids: [vocabulary.get("<bos>")!], tokens: ["<bos>"] } },
    },
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: "\u2581" }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
      ],
    },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: "<unk>",
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: true,
      byte_fallback: true,
      ignore_merges: false,
      vocab: Object.fromEntries(vocabulary),
      merges,
    },
  };
}
