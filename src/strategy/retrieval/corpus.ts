/** Passages of a user's own documents, ranked by BM25 over sentences, using the index for long health records. Nothing leaves the machine. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { PolyclinicError } from "../../base/errors.ts";
import type { StrategyPassage } from "../../model/strategy-record.ts";
import { ChartIndex } from "../../records/chart/index-notes.ts";
import { tokenise } from "../../records/chart/tokens.ts";

/** A passage of a searched document, with its source and character positions. */
export type Passage = StrategyPassage;

/** A searchable corpus; see the top of this file. */
export class Corpus {
  private readonly index: ChartIndex;

  constructor(documents: readonly { readonly name: string; readonly text: string }[]) {
    this.index = new ChartIndex(documents.map(({ name, text }) => ({ id: name, title: name, text })));
  }

  /** Reads every `.txt` and `.md` file of a folder and its subfolders, and every article of PubMed `.xml` files. @throws PolyclinicError `strategy/corpus` if the folder cannot be read or contains none. */
  static async open(folder: string): Promise<Corpus> {
    const bad = (found: string, cause?: unknown) =>
      new PolyclinicError("strategy/corpus", "contains no searchable documents", {
        where: folder,
        expected: "a folder with .txt, .md or PubMed .xml files",
        found,
        cause,
      });
    const names = await readdir(folder, { recursive: true }).catch((cause: Error) => {
      throw bad(cause.message, cause);
    });
    const texts = names.filter((name) => /\.(?:txt|md|xml)$/i.test(name)).sort();
    if (texts.length === 0) throw bad("none");
    const read = await Promise.all(
      texts.map(async (name) => {
        const text = await readFile(join(folder, name), "utf8");
        return /\.xml$/i.test(name) ? articlesOf(name, text) : [{ name, text }];
      }),
    );
    return new Corpus(read.flat());
  }

  /**
   * Up to `most` passages that share words with the query, best first.
   *
   * @param keep called with the text of each passage in this order; passages for which it is false are passed over.
   */
  search(query: string, most: number, keep: (text: string) => boolean = () => true): Passage[] {
    const words = [...new Set(tokenise(query).map(({ word }) => word))];
    const found: Passage[] = [];
    for (const { passage } of this.index.rank(
      words.map((word) => ({ words: [word], weight: 1 })),
      this.index.passages.length,
    )) {
      if (found.length >= most) break;
      const { note, from, to } = this.index.passages[passage];
      const { id, text } = this.index.notes[note];
      const own = text.slice(from, to);
      if (keep(own)) found.push({ source: id, from, to, text: own });
    }
    return found;
  }

  /** Whether a word is in few passages: at most a fifth of them, or five. A word that most passages hold (`child` in a guideline) does not tell what one is about. */
  isSpecific(word: string): boolean {
    return new Set(this.index.uses(word)).size <= Math.max(5, this.index.passages.length / 5);
  }
}

/** Title and abstract of each `PubmedArticle`, named `PMID 123`; a file without articles is not a document. */
function articlesOf(file: string, xml: string): { name: string; text: string }[] {
  const plain = (element: string) =>
    element
      .replace(/<[^>]+>/g, "")
      .replace(/&lt;/g, "<")
      .replace(/&gt;/g, ">")
      .replace(/&quot;/g, '"')
      .replace(/&amp;/g, "&")
      .trim();
  return [...xml.matchAll(/<PubmedArticle\b[\s\S]*?<\/PubmedArticle>/g)].map(([article], i) => {
    const id = /<PMID\b[^>]*>(\d+)<\/PMID>/.exec(article)?.[1];
    const texts = [...article.matchAll(/<(ArticleTitle|AbstractText)\b[^>]*>([\s\S]*?)<\/\1>/g)].map(([, , text]) =>
      plain(text),
    );
    return { name: id === undefined ? `${file}#${i + 1}` : `PMID ${id}`, text: texts.join("\n") };
  });
}
