/** Converts an item to the messages for the model, and to the record that is scored later. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { PolyclinicError } from "../../base/errors.ts";
import { fromSource, squareFit } from "../../imaging/resize/index.ts";
import type { Generator, Message } from "../../model/contract.ts";
import { canonical, sha256 } from "../../strategy/key.ts";
import { openStudy } from "../../study/open/open.ts";
import { pairOf } from "../../study/study.ts";
import { layOut, messagesOf } from "../../task/layout.ts";
import type { Gold, Item } from "../benchmark/item.ts";
import { type EvaluationPrompt, versionOf } from "../prompt/prompt.ts";
import type { ItemRecord } from "./records.ts";

/** @throws PolyclinicError the errors of opening a study and of laying it out. */
export async function messagesFor(
  item: Item,
  prompt: EvaluationPrompt,
  model: Pick<Generator, "limits">,
): Promise<Message[]> {
  if (item.turns !== undefined)
    return item.turns.map(({ role, text }) => ({ role, content: [{ type: "text", text }] }));
  const { system, ...words } = prompt.render(item);
  const opening: Message[] =
    system === undefined ? [] : [{ role: "system", content: [{ type: "text", text: system }] }];
  if (item.files === undefined) return [...opening, { role: "user", content: [{ type: "text", text: words.after }] }];
  const current = await openStudy(item.files);
  const prior = item.prior && (await openStudy(item.prior));
  try {
    const study = prior === undefined ? current : pairOf(prior, current);
    const layout = await layOut(study, model, { form: "brief", ...(prior && { subject: "pair" as const }) });
    return [...opening, ...messagesOf(layout, { version: versionOf(prompt), ...words })];
  } finally {
    await current.close();
    await prior?.close();
  }
}

/**
 * The recorded part of an item. Images are identified by their hash; a folder or archive only by the hash of its name.
 */
export async function recordOf(item: Item, prompt: EvaluationPrompt): Promise<ItemRecord> {
  const { id, options, category, cluster, closed, turns } = item;
  const gold = await goldOnSquare(item);
  const { before, after } = prompt.render(item);
  const input =
    turns === undefined
      ? [before, after].filter((text) => text !== undefined).join("\n")
      : turns.map(({ role, text }) => `${role}: ${text}`).join("\n\n");
  const files = [...(item.prior ?? []), ...(item.files ?? [])];
  const images = await Promise.all(files.map(fileHashOrName));
  const hash = sha256(canonical({ id, input, options, gold, images }));
  return {
    id,
    hash,
    input,
    ...(images.length > 0 && { images }),
    ...(options !== undefined && { options }),
    gold,
    ...(category !== undefined && { category }),
    ...(cluster !== undefined && { cluster }),
    ...(closed !== undefined && { closed }),
  };
}

async function fileHashOrName(path: string): Promise<string> {
  const bytes = await readFile(path).catch(() => undefined);
  return bytes === undefined
    ? `name:${sha256(path.split("/").slice(-2).join("/")).slice(0, 16)}`
    : createHash("sha256").update(bytes).digest("hex");
}

/** Models return boxes as fractions of the square to which an image is padded; the reference boxes are converted to the same coordinates. */
async function goldOnSquare({ gold, files }: Item): Promise<Gold> {
  if (gold.kind !== "boxes" || files === undefined) return gold;
  const study = await openStudy(files);
  try {
    const [part] = study.parts;
    if (study.parts.length !== 1 || part.kind !== "image")
      throw new PolyclinicError("evaluate/data", "boxes can be asked only for a single 2D image", {
        where: files.join(", "),
        found: part.kind,
      });
    const { width, height } = part.image;
    const fit = squareFit(width, height, 1);
    const boxes = gold.boxes.map(({ x0, y0, x1, y1 }) => {
      const [left, top] = fromSource(fit, x0 * width, y0 * height);
      const [right, bottom] = fromSource(fit, x1 * width, y1 * height);
      return { x0: left, y0: top, x1: right, y1: bottom };
    });
    return { kind: "boxes", boxes };
  } finally {
    await study.close();
  }
}
