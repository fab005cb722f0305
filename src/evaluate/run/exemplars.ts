/**
 * Few-shot examples in a benchmark's own prompt: from a file, all of them or a seeded sample. An example's image is
 * written `<img>`, as in Med-PaLM M's one-shot exemplars. An example that is also an item of the split is rejected: the
 * run would measure copying.
 */
import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { PolyclinicError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import type { Exemplar } from "../../strategy/index.ts";
import { sha256 } from "../../strategy/key.ts";
import type { Item } from "../benchmark/item.ts";
import { fileHash } from "../benchmark/load.ts";
import { readRows } from "../benchmark/rows.ts";
import type { EvaluationPrompt } from "../prompt/prompt.ts";

const line = z.strictObject({
  id: z.string().optional(),
  question: z.string(),
  context: z.string().optional(),
  /** By letter, or a list, to which letters are assigned. */
  options: z.union([z.record(z.string(), z.string()), z.array(z.string())]).optional(),
  /** The explanation and the answer in the prompt's form. */
  answer: z.string(),
  /**
   * Written as `<img>` in the prompt; a file named here is only compared with the items' images. `true`: there is an
   * image but no file.
   */
  image: z.union([z.literal(true), z.string()]).optional(),
});

export interface ExemplarRequest {
  /** JSON Lines: question, answer, and optionally context, options, image. */
  readonly path: string;
  /** Number of examples, drawn with the seed. Default: all, in the file's order. */
  readonly shots?: number;
  /** Default 0. */
  readonly seed?: number;
}

export interface Exemplars {
  readonly shown: readonly Exemplar[];
  /** Recorded in the run. */
  readonly options: Readonly<Record<string, string | number>>;
}

/**
 * @param items all items of the split, not only those that are asked. @throws PolyclinicError `evaluate/exemplars`,
 * `evaluate/leak`.
 */
export async function exemplarsFor(
  { path, shots, seed = 0 }: ExemplarRequest,
  prompt: EvaluationPrompt,
  items: readonly Item[],
): Promise<Exemplars> {
  await stat(path).catch((cause: Error) => {
    throw new PolyclinicError("evaluate/exemplars", "cannot be read", { where: path, found: cause.message, cause });
  });
  const rows = (await readRows(path)).map((row, i) => {
    const read = line.safeParse(row);
    if (read.success) return { ...read.data, where: `${path}, line ${i + 1}` };
    const [issue] = read.error.issues;
    throw new PolyclinicError("evaluate/exemplars", `field ${issue.path.join(".") || "(line)"}: ${issue.message}`, {
      where: `${path}, line ${i + 1}`,
      expected: '{"question": ..., "answer": ...}, and optionally context, options, image',
    });
  });
  if (shots !== undefined && shots > rows.length)
    throw new PolyclinicError("evaluate/exemplars", "contains fewer examples than requested", {
      where: path,
      expected: `--shots up to ${rows.length}`,
      found: String(shots),
    });
  const chosen = shots === undefined ? rows : new Random(seed).shuffle([...rows]).slice(0, shots);
  // The whole file is checked, so that another seed cannot introduce a leak.
  await requireNoLeak(rows, items, dirname(path));
  return {
    shown: chosen.map((row) => ({ question: rendered(row, prompt), answer: row.answer })),
    options: {
      exemplars: chosen.length,
      exemplarFile: sha256(await readFile(path, "utf8")).slice(0, 16),
      ...(shots !== undefined && { exemplarSeed: seed }),
    },
  };
}

type Row = z.infer<typeof line> & { readonly where: string };

function rendered({ question, context, options, image }: Row, prompt: EvaluationPrompt): string {
  const lettered = Array.isArray(options)
    ? options.map((text, i) => ({ key: "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[i], text }))
    : Object.entries(options ?? {}).map(([key, text]) => ({ key, text }));
  const { before, after } = prompt.render({
    id: "exemplar",
    question,
    ...(context !== undefined && { context }),
    ...(lettered.length > 0 && { options: lettered }),
    gold: { kind: "judged" },
  });
  return [before, image === undefined ? undefined : "<img>", after].filter((text) => text !== undefined).join("\n");
}

/** Shorter questions are asked about many images or abstracts: only together with these do they identify an item. */
const tellingLength = 60;
const plain = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();

async function requireNoLeak(rows: readonly Row[], items: readonly Item[], folder: string): Promise<void> {
  const leak = (row: Row, item: Item, what: string) =>
    new PolyclinicError("evaluate/leak", "an exemplar is an item that this run asks", {
      where: row.where,
      expected: "examples that this run does not ask, such as items of the training split",
      found: `${what} of item ${item.id}`,
    });
  const whole = (context: string | undefined, question: string) => plain(`${context ?? ""} ${question}`);
  const queries = items.map((item) => ({
    item,
    question: plain(item.question),
    context: plain(item.context ?? ""),
    whole: whole(item.context, item.question),
  }));
  for (const row of rows) {
    const own = {
      question: plain(row.question),
      context: plain(row.context ?? ""),
      whole: whole(row.context, row.question),
    };
    for (const { item, question, context, whole: other } of queries) {
      const hasImage = item.files !== undefined || row.image !== undefined;
      if (!hasImage && other === own.whole) throw leak(row, item, "the question");
      if (question.length >= tellingLength && !hasImage && own.whole.includes(question))
        throw leak(row, item, "the question");
      if (context.length >= tellingLength && own.whole.includes(context)) throw leak(row, item, "the context");
    }
  }
  const images = await Promise.all(
    rows.map(async (row) =>
      typeof row.image === "string" ? [{ row, hash: await fileHash(join(folder, row.image)) }] : [],
    ),
  );
  const rowByHash = new Map(images.flat().map(({ row, hash }) => [hash, row]));
  if (rowByHash.size === 0) return;
  for (const item of items)
    for (const file of [...(item.prior ?? []), ...(item.files ?? [])]) {
      const row = rowByHash.get(await fileHash(file).catch(() => ""));
      if (row !== undefined) throw leak(row, item, "the image");
    }
}
