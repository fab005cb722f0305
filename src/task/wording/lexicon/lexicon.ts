/**
 * The words of one language that a question about an image is made of. A question is understood only when every word of it is known: a word that
 * nobody foresaw (`how old`, `treat`, `mother`) makes it another question, and is no noise to be ignored.
 */
export interface Lexicon {
  readonly language: string;
  /** Words that change nothing: articles, auxiliaries, politeness, the person in the image. */
  readonly fillers: readonly string[];
  /** Concept -> phrases, without case and accents; longer phrases are read before shorter ones. */
  readonly concepts: Readonly<Partial<Record<Concept, readonly string[]>>>;
  /** Phrases of known words that together ask something else: `por que` is not `por` and `que`. */
  readonly elsewhere?: readonly string[];
  /** Words that may join two questions into one. */
  readonly joints: readonly string[];
}

/** What the words of a question mean. Medical terms (`pneumonia`) come from the model's scope. */
export type Concept =
  | "presence"
  | "negation"
  | "what"
  | "identity"
  | "kind"
  | "image"
  | "xray"
  | "ct"
  | "histology"
  | "chest"
  | "lung"
  | "right"
  | "left"
  | "both"
  | "where"
  | "outline"
  | "describe"
  | "normal"
  | "or"
  | "change"
  | "prior"
  | "disease";

export const phrases = (text: string): string[] => text.split("|");
