/** Normalisation for comparison (no case, accents or punctuation), and splitting of a text into questions. */

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

/** The sentences and questions of a text, unchanged: `Is there pneumonia? How old is the child?` -> two. */
export function sentencesOf(text: string): string[] {
  return text
    .split(/(?<=[?!;。？])\s*|(?<=\.)\s+|\n+|¿|¡/u)
    .map((sentence) => sentence.trim())
    .filter((sentence) => normalise(sentence) !== "");
}

/** Removes a closing instruction about the form of the answer, which belongs to the prompt. */
export function withoutInstruction(text: string): string {
  return text.replace(/\n(?:You MUST end your|Choose one of:|You may argue first)[\s\S]*$/, "").trim();
}
