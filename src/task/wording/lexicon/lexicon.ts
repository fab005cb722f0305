/**
 * The words of one language that occur in questions about an image. A question is understood only if every word is
 * known: an unexpected word (`how old`, `treat`, `mother`) makes it a different question and must not be ignored.
 */
export interface Lexicon {
  readonly language: string;
  /** Words that change nothing: articles, auxiliaries, politeness, the person in the image. */
  readonly fillers: readonly string[];
  /** Concept -> phrases, without case and accents; longer phrases are read before shorter ones. */
  readonly concepts: Readonly<Partial<Record<Concept, readonly string[]>>>;
  /** Phrases of known words that together mean something else: `por que` is not `por` and `que`. */
  readonly elsewhere?: readonly string[];
  /** Words that can join two questions. */
  readonly joints: readonly string[];
}

/** The concepts that words of a question refer to. Medical terms (`pneumonia`) come from the model's scope. */
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
