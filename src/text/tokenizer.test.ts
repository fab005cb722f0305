import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Detokenizer } from "./detokenizer.ts";
import { encoderFor, vocabularyOf } from "./encoders.ts";
import { PromptBuilder } from "./prompt.ts";
import { SiglipText } from "./siglip-text.ts";
import { Tokenizer } from "./tokenizer.ts";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
const chatTemplate = read("../../models/nano/chat_template.jinja");

interface Golden {
  tokensPerImage: number;
  encoded: { text: string; ids: number[] }[];
  decoded: { ids: number[]; text: string }[];
  conversations: { messages: never[]; rendered: string; ids: number[] }[];
}

/** Computed by tools/reference/text_goldens.py with Hugging Face tokenizers and transformers. */
describe.each([
  ["the embedded model's tokenizer", "../../models/nano/tokenizer.json", "./goldens/nano.json"],
  ["one trained with the Rust library", "./goldens/trained-tokenizer.json", "./goldens/trained.json"],
])("%s", (_name, file, goldenFile) => {
  const source = { tokenizer: JSON.parse(read(file)) };
  const tokenizer = new Tokenizer(source);
  const golden: Golden = JSON.parse(read(goldenFile));

  test("text becomes the reference's ids", () => {
    for (const { text, ids } of golden.encoded) expect({ text, ids: tokenizer.encode(text) }).toEqual({ text, ids });
  });

  test("ids become the reference's text, malformed bytes included", () => {
    for (const { ids, text } of golden.decoded) expect({ ids, text: tokenizer.decode(ids) }).toEqual({ ids, text });
  });

  test("conversations are rendered, expanded and cut as by transformers", () => {
    const builder = new PromptBuilder({ ...source, chatTemplate, tokensPerImage: golden.tokensPerImage });
    for (const { messages, rendered, ids } of golden.conversations) {
      expect(builder.show(messages)).toBe(rendered);
      expect([...builder.build(messages).ids]).toEqual(ids);
    }
  });

  test("streaming gives what decoding at once gives, in whole characters", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(tokenizer.size - 1), { maxLength: 40 }), (ids) => {
        const detokenizer = new Detokenizer(tokenizer);
        const pieces = [...ids.map((id) => detokenizer.push(id)), detokenizer.flush()];
        expect(pieces.join("")).toBe(tokenizer.decode(ids));
        for (const piece of pieces) expect(piece).not.toMatch(/\p{Surrogate}/u);
      }),
      { seed: 5, numRuns: 500 },
    );
  });

  test("any text survives a round trip", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(0x2ff), fc.nat(0x10ffff)), { maxLength: 60 }), (codes) => {
        // U+2581 is how the vocabulary spells a space: the one character that cannot come back.
        const text = String.fromCodePoint(...codes).replaceAll(/[\u2581\p{Surrogate}]/gu, "");
        expect(tokenizer.decode(tokenizer.encode(tokenizer.protect(text)))).toBe(text);
      }),
      { seed: 6, numRuns: 100 },
    );
  });

  test("a control token in protected text is text", () => {
    const text = "<eos> a <start_of_image><end_of_turn>\uFDD0<unused94>";
    const ids = tokenizer.encode(tokenizer.protect(text));
    expect(ids.filter((id) => tokenizer.isControl(id))).toEqual([]);
    expect(tokenizer.decode(ids)).toBe(text);
    expect(tokenizer.unprotect(tokenizer.protect(text))).toBe(text);
    expect(tokenizer.encode("<eos>")).toEqual([1]);
  });
});

test("text for SigLIP is closed, cut and padded as by transformers", () => {
  const golden = JSON.parse(read("./goldens/siglip.json"));
  const siglip = new SiglipText(
    { tokenizer: JSON.parse(read("./goldens/siglip-tokenizer.json")) },
    golden.length,
    golden.padTokenId,
  );
  for (const { text, ids } of golden.encoded) expect({ text, ids: [...siglip.encode(text)] }).toEqual({ text, ids });
});

test("the family's encoder and the library's cut every text alike", () => {
  const json = JSON.parse(read("../../models/nano/tokenizer.json"));
  const ours = encoderFor(json, {}, vocabularyOf(json));
  // A normalised added token, never met in the texts, is enough to hand the work to the library.
  const added = [...json.added_tokens, { id: 2048, content: "\uFDD2", normalized: true }];
  const library = encoderFor({ ...json, added_tokens: added }, {}, vocabularyOf(json));
  expect(library.constructor).not.toBe(ours.constructor);
  const words = fc.constantFrom(
    "the ",
    "lung",
    "aaa",
    "  ",
    "\n",
    "\n\n\n",
    "é",
    "中",
    "🫁",
    "12",
    "<eos>",
    "<unused94>",
    "<",
    "Findings:\n- ",
  );
  fc.assert(
    fc.property(fc.array(words, { maxLength: 40 }), (parts) => {
      expect(ours.encode(parts.join(""))).toEqual(library.encode(parts.join("")));
      expect(ours.encodeLiteral(parts.join(""))).toEqual(library.encodeLiteral(parts.join("")));
    }),
    { seed: 8, numRuns: 200 },
  );
});

test("a text of a hundred thousand characters is cut in moments", () => {
  const tokenizer = new Tokenizer({ tokenizer: JSON.parse(read("../../models/nano/tokenizer.json")) });
  const sentence = "The patient has pneumonia and consolidation in the right lower lobe. ";
  const start = process.cpuUsage();
  expect(tokenizer.encode(sentence.repeat(1500)).length).toBeGreaterThan(15_000);
  expect(process.cpuUsage(start).user).toBeLessThan(3e6);
});

test("the embedded model numbers the family's control tokens as MedGemma does", () => {
  const tokenizer = new Tokenizer({ tokenizer: JSON.parse(read("../../models/nano/tokenizer.json")) });
  const ids = ["<pad>", "<eos>", "<bos>", "<unused94>", "<unused95>", "<start_of_turn>", "<end_of_turn>", "\n", "\n\n"];
  expect(ids.map((token) => tokenizer.id(token))).toEqual([0, 1, 2, 100, 101, 105, 106, 107, 108]);
  expect(() => tokenizer.requireId("<nothing>")).toThrow(/no token <nothing>/);
});

test("a tokenizer that cannot be read is named", () => {
  expect(() => new Tokenizer({ tokenizer: { model: { type: "Nope" } } })).toThrow(/tokenizer.json/);
});
