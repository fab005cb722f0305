/**
 * Tables of separated values (RFC 4180, and the output of spreadsheets): commas, semicolons or tabs; quoted cells with
 * doubled quotes and line breaks. A misplaced quote is an error and never guessed at: it would merge the rows after it.
 */
import { PolyclinicError } from "./errors.ts";

export interface CsvRow {
  /** The line of the file on which the row begins, 1-based. */
  readonly line: number;
  readonly cells: readonly string[];
  /** Lines of the file inside a quoted cell, unmodified. */
  readonly inside: readonly { readonly line: number; readonly text: string }[];
}

export interface CsvTable {
  readonly separator: string;
  readonly rows: readonly CsvRow[];
}

export interface CsvOptions {
  /** Name of the source, for errors. */
  readonly where: string;
  /** Code of the errors. */
  readonly code: string;
  /** Default: the one used in the first line. */
  readonly separator?: string;
}

const separators = [",", ";", "\t"] as const;

/**
 * Decodes a file's text by its byte order mark, or as UTF-8. @throws PolyclinicError with this code when it is neither.
 */
export function decodeText(bytes: Uint8Array, { where, code }: Pick<CsvOptions, "where" | "code">): string {
  const mark =
    bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8";
  try {
    return new TextDecoder(mark, { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new PolyclinicError(code, "is not UTF-8 text", {
      where,
      hint: 'Export the table again as "CSV UTF-8".',
      cause,
    });
  }
}

/**
 * Every non-empty row.
 *
 * @throws PolyclinicError with the given code, naming the line: a quote inside a cell, text after a closing quote, an
 * unclosed quote.
 */
export function parseCsv(text: string, { where, code, separator }: CsvOptions): CsvTable {
  let source = text.startsWith("\uFEFF") ? text.slice(1) : text;
  let line = 1;
  // Excel's declaration of the separator.
  const named = /^sep=([,;\t])\r?\n/i.exec(source);
  if (named !== null) {
    source = source.slice(named[0].length);
    line = 2;
  }
  const between = separator ?? named?.[1] ?? separatorOf(source);
  const rows: CsvRow[] = [];
  let cells: string[] = [];
  let inside: { line: number; text: string }[] = [];
  let rowLine = line;
  const fault = (at: number, summary: string, expected: string) =>
    new PolyclinicError(code, summary, {
      where: `${where}, line ${at}`,
      expected,
      hint: 'Put a cell that contains a quotation mark in quotation marks, and double the inner ones: "a ""b"" c".',
    });
  const endRow = () => {
    if (cells.length > 1 || cells[0] !== "") rows.push({ line: rowLine, cells, inside });
    cells = [];
    inside = [];
  };
  const length = source.length;
  for (let at = 0; at < length; ) {
    if (cells.length === 0) rowLine = line;
    // One cell, and its terminator.
    let cell: string;
    if (source[at] === '"') {
      const opened = line;
      const pieces: string[] = [];
      let from = at + 1;
      for (;;) {
        const quote = source.indexOf('"', from);
        if (quote < 0) throw fault(opened, "a quoted cell is not closed", 'a closing "');
        pieces.push(source.slice(from, quote));
        if (source[quote + 1] !== '"') {
          at = quote + 1;
          break;
        }
        pieces.push('"');
        from = quote + 2;
      }
      cell = pieces.join("");
      const [, ...more] = cell.split(/\r\n|\n|\r/);
      for (const part of more) inside.push({ line: ++line, text: part });
      if (at < length && !isEnd(source[at], between))
        throw fault(line, "there is text after a closing quotation mark", `${nameOf(between)} or the end of the line`);
    } else {
      const from = at;
      while (at < length && !isEnd(source[at], between)) {
        if (source[at] === '"')
          throw fault(
            line,
            "there is a quotation mark inside an unquoted cell",
            "a quotation mark only at the start of a cell",
          );
        at++;
      }
      cell = source.slice(from, at);
    }
    cells.push(cell);
    if (at >= length) {
      endRow();
      break;
    }
    const end = source[at++];
    if (end === between) {
      // A separator at the very end of the text is followed by an empty cell.
      if (at >= length) {
        cells.push("");
        endRow();
      }
      continue;
    }
    if (end === "\r" && source[at] === "\n") at++;
    endRow();
    line++;
  }
  return { separator: between, rows };
}

const isEnd = (char: string, separator: string) => char === separator || char === "\n" || char === "\r";

const nameOf = (separator: string) => ({ ",": "a comma", ";": "a semicolon", "\t": "a tab" })[separator] ?? separator;

/** The separator that occurs most often in the first line, outside quotes; a comma if there is none. */
function separatorOf(text: string): string {
  const [first] = /^[^\r\n]*/.exec(text)!;
  const bare = first.replace(/"[^"]*"/g, "");
  const counts = separators.map((one) => bare.split(one).length - 1);
  const most = Math.max(...counts);
  return most === 0 ? "," : separators[counts.indexOf(most)];
}

/**
 * One line of a CSV, ended by CR LF. Text that a spreadsheet would evaluate (`=1+1`) is prefixed with an apostrophe;
 * numbers are unchanged.
 */
export function csvLine(cells: readonly (string | number | undefined)[]): string {
  return `${cells.map(quoted).join(",")}\r\n`;
}

function quoted(cell: string | number | undefined): string {
  if (cell === undefined) return "";
  const text = String(cell);
  const safe = /^[=@\t\r]|^[+-](?![\d.]+(?:e[+-]?\d+)?$)/i.test(text) ? `'${text}` : text;
  return /[",;\t\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
