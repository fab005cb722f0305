/** The committed questions of the wording tests. */
import { readFile } from "node:fs/promises";

export interface CorpusLine {
  /** `development`: used while the matcher was written; `held`: only for measurement. */
  readonly half: "development" | "held";
  readonly language: string;
  readonly question: string;
  /** The intended ability, with the side of a lung (`lung right`); absent for out-of-scope questions. */
  readonly means?: string;
  /** Whether only its first half is in scope. */
  readonly two?: boolean;
}

export async function readCorpus(name: "in-scope" | "out-of-scope"): Promise<CorpusLine[]> {
  const text = await readFile(new URL(`${name}.txt`, import.meta.url), "utf8");
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return lines.map((line, i) => {
    const cells = line.split(" | ");
    const half = i % 2 === 0 ? ("development" as const) : ("held" as const);
    if (name === "in-scope") return { half, means: cells[0], language: cells[1], question: cells[2] };
    const two = cells[1].endsWith(" &");
    return { half, language: cells[0], question: cells[1].replace(/ &$/, ""), ...(two && { two }) };
  });
}
