/**
 * No answer of a model is longer, in characters: some 25,000 tokens. A longer text is not searched, so that what a server sends cannot keep a reader
 * busy.
 */
export const longestAnswer = 100_000;
