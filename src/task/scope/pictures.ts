/** Whether the images are of the kinds that the model was trained on for a request: headers first, then pixels. */
import type { Generator } from "../../model/contract.ts";
import type { Ability, PictureKind, Recognition, Scope } from "../../model/scope/scope.ts";
import type { Layout } from "../layout.ts";
import { kindsByHeader } from "./header.ts";
import type { Reason } from "./reason.ts";

/** All objections to these images for a request of this ability. */
export async function pictureReasons(
  layout: Layout,
  model: Generator,
  scope: Scope,
  { kinds: ids, pictures = { from: 1, to: 1 } }: Ability,
  signal?: AbortSignal,
): Promise<Reason[]> {
  const { items, study } = layout;
  // A crop is part of an image that is examined whole.
  const images = layout.images.filter(({ crop }) => crop !== true);
  const kinds = scope.kinds.filter(({ id }) => ids.includes(id));
  if (kinds.length === 0) return [];
  const reasons: Reason[] = [];
  const count = countReason(images.length, pictures);
  if (count !== undefined) reasons.push(count);
  const byPart = new Map<number, PictureKind[]>();
  for (const part of new Set(items.map(({ part }) => part))) {
    const found = kindsByHeader(study.parts[part], kinds);
    if (Array.isArray(found)) byPart.set(part, found);
    else reasons.push(found);
    const animated = study.parts[part].warnings.find(
      ({ code, message }) => code === "photo/left-out" && /animation/.test(message),
    );
    if (animated !== undefined)
      reasons.push({
        code: "animation",
        message: `"${study.parts[part].label}" is an animation: the model was trained on single images only.`,
      });
  }
  // A header that already refuses needs no second opinion.
  if (reasons.length > 0 || model.recognise === undefined) return reasons;
  for (const { image, part, index } of images) {
    const recognition = await model.recognise(image, { signal });
    const fitting = byPart.get(part)!;
    if (fitting.some(({ id }) => recognition.within.includes(id))) continue;
    const name = `"${study.parts[part].label}"${index === undefined ? "" : `, picture ${index}`}`;
    reasons.push({
      code: "picture",
      message: `${name} does not look like ${listed(fitting)}: ${seen(scope, recognition)}.`,
    });
  }
  return reasons;
}

/** Why a number of pictures is not what an ability was trained on. */
export function countReason(
  shown: number,
  { from, to }: NonNullable<Ability["pictures"]> = { from: 1, to: 1 },
): Reason | undefined {
  if (shown >= from && shown <= to) return undefined;
  const are = shown === 0 ? "No image is" : shown === 1 ? "1 image is" : `${shown} images are`;
  const range = from === to ? `${from}` : `${from} to ${to}`;
  return { code: "count", message: `${are} shown, but for this request the model was trained on ${range} at a time.` };
}

const listed = (kinds: readonly PictureKind[]) => kinds.map(({ name }) => name).join(" or ");

function seen({ kinds }: Scope, { within }: Recognition): string {
  const names = kinds.filter(({ id }) => within.includes(id));
  return names.length > 0
    ? `its pixels look like ${listed(names)}`
    : "its pixels do not look like any kind of image that the model was trained on";
}
