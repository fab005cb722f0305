/** Passages of a user's own documents, ranked by BM25 over sentences: the index of long charts, used on other texts. Nothing leaves the machine. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { PolyclinicError } from "../base/errors.ts";
import { ChartIndex } from "../records/chart/index-notes.ts";
import { tokenise } from "../records/chart/tokens.ts";

export interface Passage {
  /** Name of the document, and the characters of the passage in it. */
  readonly source: string;
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

export class Corpus {
  private readonly index: ChartIndex;

  constructor(documents: readonly { readonly name: string; readonly text: string }[]) {
    this.index = new ChartIndex(documents.map(({ name, text }) => ({ id: name, title: name, text })));
  }

  /** Every `.txt` and `.md` file of a folder and its folders. @throws PolyclinicError `strategy/corpus` where the folder cannot be read or holds none. */
  static async open(folder: string): Promise<Corpus> {
    const bad = (found: string, cause?: unknown) =>
      new PolyclinicError("strategy/corpus", "there is nothing to search", {
        where: folder,
        expected: "a folder with .txt or .md files",
        found,
        cause,
      });
    const names = await readdir(folder, { recursive: true }).catch((cause: Error) => {
      throw bad(cause.message, cause);
    });
    const texts = names.filter((name) => /\.(?:txt|md)$/i.test(name)).sort();
    if (texts.length === 0) throw bad("none");
    return new Corpus(
      await Promise.all(texts.map(async (name) => ({ name, text: await readFile(join(folder, name), "utf8") }))),
    );
  }

  /** At most `most` passages that share words with the query, best first. */
  search(query: string, most: number): Passage[] {
    const words = [...new Set(tokenise(query).map(({ word }) => word))];
    return this.index
      .rank(
        words.map((word) => ({ words: [word], weight: 1 })),
        most,
      )
      .map(({ passage }) => {
        const { note, from, to } = this.index.passages[passage];
        const { id, text } = this.index.notes[note];
        return { source: id, from, to, text: text.slice(from, to) };
      });
  }
}
