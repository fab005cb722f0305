/** The question from the command line: the argument after the files, or the content of a file. */
import { readFile, stat } from "node:fs/promises";
import { PolyclinicError } from "../../base/errors.ts";

/** `ask a.dcm b.dcm "Is there ...?"`: the argument after the files is the question. @throws `usage/missing` naming the missing file. */
export async function splitLast(values: readonly string[], what: string): Promise<{ files: string[]; last: string }> {
  const last = values[values.length - 1];
  const files = values.slice(0, -1);
  const isFile = !last.startsWith("@") && (await stat(last).catch(() => undefined)) !== undefined;
  if (!isFile && files.length > 0) return { files, last };
  throw new PolyclinicError("usage/missing", isFile ? `${what} is missing` : "the image is missing", {
    where: values.join(" "),
    expected: `one or more files, then ${what} in quotes`,
    found: isFile ? `a file where ${what} should be` : `only ${what}, and no file of that name`,
  });
}

/** `@question.txt` is replaced by the file's content. @throws `usage/question` when it cannot be read. */
export async function readQuestion(question: string): Promise<string> {
  if (!question.startsWith("@")) return question;
  const path = question.slice(1);
  return readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new PolyclinicError("usage/question", `cannot be read (${cause.code})`, {
      where: path,
      expected: "a text file",
      cause,
    });
  });
}
