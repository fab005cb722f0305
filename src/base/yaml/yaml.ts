/**
 * YAML of configurations, bounded. The library composes by recursion and formats every error with its source lines: 60,000 brackets ended the
 * process, and 20,000 faulty escapes took ten seconds. Depth and size are therefore checked on its token stream before anything is composed.
 */
import { CST, Lexer, Parser, parseDocument } from "yaml";

const maxCharacters = 1 << 18;
/** Open collections at one place. A benchmark definition has four. */
const maxDepth = 100;

/**
 * The value of a YAML document of at most 256 KiB of characters and 100 levels.
 *
 * @throws Error whose message says what is wrong and where (line and column, from 1), in one line; callers name the file.
 */
export function parseYaml(text: string): unknown {
  if (text.length > maxCharacters) throw new Error(`longer than ${maxCharacters} characters`);
  const place = (at: number) => {
    const lines = text.slice(0, at).split("\n");
    return `line ${lines.length}, column ${lines[lines.length - 1].length + 1}`;
  };
  requireShallow(text, place);
  const document = parseDocument(text, { prettyErrors: false, logLevel: "error" });
  const [error] = document.errors;
  if (error !== undefined) throw new Error(`${error.message.split("\n")[0]} at ${place(error.pos[0])}`);
  return document.toJS();
}

function requireShallow(text: string, place: (at: number) => string): void {
  const parser = new Parser();
  let at = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const _ of parser.next(lexeme));
    if (parser.stack.length > maxDepth) throw new Error(`nested deeper than ${maxDepth} levels at ${place(at)}`);
    // Marks of the lexer itself stand for no character.
    if (![CST.DOCUMENT, CST.FLOW_END, CST.SCALAR].includes(lexeme)) at += lexeme.length;
  }
}
