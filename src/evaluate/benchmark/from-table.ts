/** Makes a benchmark from a user's own table; the columns determine its kind. */
import { basename, extname } from "node:path";
import { PolyclinicError } from "../../base/errors.ts";
import type { Benchmark } from "./definition.ts";
import { readRows } from "./rows.ts";

const recognised =
  "question and answer; optionally id, context, image, category, cluster, and the answer options as columns A, B, C, ... or in one column options (a|b|c)";

/** @throws PolyclinicError `evaluate/columns` when the columns do not describe questions. */
export async function tableDefinition(path: string): Promise<Benchmark> {
  const [first] = await readRows(path);
  const columns = new Set(Object.keys(first ?? {}));
  if (!columns.has("question") || !columns.has("answer"))
    throw new PolyclinicError("evaluate/columns", "is not a table of questions", {
      where: path,
      expected: `the columns ${recognised}`,
      found: [...columns].join(", ") || "nothing",
      hint: "Other column names can be mapped in a benchmark.yaml of ten lines; see docs/evaluation.md.",
    });
  const letters = [..."ABCDEFGHIJ"].filter((letter) => columns.has(letter));
  const given = (name: string) => columns.has(name);
  const choices = letters.length >= 2 || given("options");
  const imageColumn = given("image");
  const name =
    basename(path, extname(path))
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "") || "table";
  return {
    name,
    title: basename(path),
    version: 1,
    licence: "not stated",
    access: "open",
    claim: "benchmark",
    notes: [],
    references: [],
    reader: "table",
    splits: { all: { file: basename(path) } },
    split: "all",
    item: {
      ...(given("id") && { id: "id" }),
      question: "question",
      ...(given("context") && { context: "context" }),
      ...(letters.length >= 2 ? { options: letters } : given("options") && { options: "options" }),
      answer: "answer",
      ...(imageColumn && { image: "image" }),
      ...(given("category") && { category: "category" }),
      ...(given("cluster") && { cluster: "cluster" }),
    },
    options: {},
    prompt: choices ? "mcq" : imageColumn ? "vqa" : "short-answer",
    prompts: [],
    metrics: choices ? ["accuracy", "accuracy-of-answered"] : ["em@squad", "token-f1@squad"],
  };
}
