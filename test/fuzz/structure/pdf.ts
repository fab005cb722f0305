/** PDF by its tokens: other numbers, references and names; objects less or nested. */
import type { Breaker } from "./index.ts";
import { absurdNumber, pick } from "./values.ts";

const names = [
  "/FlateDecode",
  "/DCTDecode",
  "/JPXDecode",
  "/LZWDecode",
  "/RunLengthDecode",
  "/Image",
  "/Form",
  "/Page",
  "/Pages",
  "/DeviceCMYK",
  "/Indexed",
  "/Separation",
  "/Pattern",
  "/Widget",
  "/Type0",
  "/Type3",
];

export const breakPdf: Breaker = (bytes, random) => {
  const text = Buffer.from(bytes).toString("latin1");
  const replace = (pattern: RegExp, by: (found: string) => string, how: string) => {
    const found = [...text.matchAll(pattern)];
    if (found.length === 0) return undefined;
    const one = pick(random, found);
    const out = text.slice(0, one.index) + by(one[0]) + text.slice(one.index + one[0].length);
    return { bytes: new Uint8Array(Buffer.from(out, "latin1")), how };
  };
  switch (random.below(7)) {
    case 0:
      return replace(
        /(?<=[\s[])\d+(?=[\s\]>/])/g,
        () => String(pick(random, [absurdNumber(random), -1, 7600, 1e9])),
        "a number",
      );
    case 1:
      return replace(/\d+ 0 R/g, () => `${random.below(60)} 0 R`, "a reference");
    case 2:
      return replace(/\/[A-Z]\w+/g, () => pick(random, names), "a name");
    case 3:
      return replace(/\d+ 0 obj[\s\S]*?endobj/g, () => "", "object removed");
    case 4:
      return replace(/\[|<</g, (found) => found.repeat(1 + random.below(5000)), "nesting");
    case 5:
      return replace(
        /MediaBox\s*\[[^\]]*\]/g,
        () => `MediaBox [0 0 ${absurdNumber(random)} ${absurdNumber(random)}]`,
        "the size of a page",
      );
    default:
      return replace(/\/Length\s+\d+/g, () => `/Length ${absurdNumber(random)}`, "a length");
  }
};
