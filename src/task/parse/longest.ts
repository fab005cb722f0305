/**
 * Maximum length of an answer in characters, about 25,000 tokens. Longer texts are not parsed, so that a server's reply cannot keep the parser
 * busy.
 */
export const maxAnswerLength = 100_000;
