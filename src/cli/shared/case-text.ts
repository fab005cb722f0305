/** Reads a case from a text file, and checks whether a model was trained on the request. */
import { readFile } from "node:fs/promises";
import { PolyclinicError } from "../../base/errors.ts";
import type { Generator } from "../../model/contract.ts";
import type { TextRequest } from "../../task/scope/text.ts";
import { exitCodes } from "./exit-codes.ts";
import { note, print, strong } from "./terminal.ts";

/**
 * @param what content of the file, for messages: `case`, `patient`, `template`; also the end of the error's code.
 * @throws PolyclinicError `usage/<what>` if it cannot be read or is empty, `file/not-text` if it is an image or another
 * binary file.
 */
export async function readCase(path: string, what: string): Promise<string> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new PolyclinicError(`usage/${what}`, `cannot be read (${cause.code})`, {
      where: path,
      expected: "a text file",
      cause,
    });
  });
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes).trim();
    if (text.includes("\0")) throw new TypeError("NUL");
  } catch (cause) {
    throw new PolyclinicError("file/not-text", "is not a text file", {
      where: path,
      expected: "a text file in UTF-8",
      found: "bytes that are not valid UTF-8",
      hint: "Describe the case in words, in a .txt file.",
      cause: cause as Error,
    });
  }
  if (text === "") throw new PolyclinicError(`usage/${what}`, "is empty", { where: path, found: "only white space" });
  return text;
}

/** Prints the refusal, or the limits as cautions. @returns whether the model may be asked. */
export async function allowed(request: TextRequest, model: Generator): Promise<boolean> {
  const { judgeText } = await import("../../task/scope/text.ts");
  const { refusal, limits } = judgeText(request, model);
  for (const limit of limits) note(strong(`Caution: ${limit}`));
  if (refusal === undefined) return true;
  const { refusalText } = await import("../../task/scope/reason.ts");
  print(refusalText(model.identity.name, refusal));
  process.exitCode = exitCodes.refused;
  return false;
}
