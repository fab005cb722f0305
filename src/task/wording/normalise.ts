/** Words as they are compared: no case, no accents, no punctuation; and a text cut into the questions it holds. */

/** Lower case without accents; everything that is neither letter nor digit separates. `Röntgenbild?` -> `rontgenbild`. */
export function normalise(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/ß/g, "ss")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

export const wordsOf = (text: string): string[] => normalise(text).split(" ").filter(Boolean);

/** Sentences and questions of a text, as they stand: `Is there pneumonia? How old is the child?` -> two. */
export function sentencesOf(text: string): string[] {
  return text
    .split(/(?<=[?!;。？])\s*|(?<=\.)\s+|\n+|¿|¡/u)
    .map((sentence) => sentence.trim())
    .filter((sentence) => normalise(sentence) !== "");
}

/** The instruction that closes an answer belongs to the prompt and not to the question. */
export function withoutInstruction(text: string): string {
  return text.replace(/\n(?:You MUST end your|Choose one of:|You may argue first)[\s\S]*$/, "").trim();
}
