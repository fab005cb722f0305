/**
 * The view of a whole study: each kind of part by its own recipe, in the study's order, within one token budget. What
 * does not fit is reported, never dropped silently.
 */

import { PolyclinicError } from "../../base/errors.ts";
import type { ModelLimits } from "../../model/contract.ts";
import type { Part, Study, View } from "../types.ts";
import { imageBudget, imageSizeOf, imageTokens, requireRoom, reserveOf } from "./limits.ts";
import { longitudinalView } from "./longitudinal.ts";
import type { Demand, Placed, Recipe, Share, ViewOptions } from "./recipe.ts";
import { recipes } from "./recipes.ts";

/** Parts laid out by one call of a recipe: the unit of budget allocation. */
interface Group {
  readonly recipe: Recipe | undefined;
  readonly members: Placed[];
}

/**
 * @param limits the model's.
 * @returns items of all parts in the study's order; volumes of one kind are stacked at the place of the first.
 * @throws `view/no-room` when nothing fits, `view/text-only-model`, `view/no-parts`, `view/no-recipe`, and the views' own errors.
 */
export async function viewOf(study: Study, limits: ModelLimits, options: ViewOptions = {}): Promise<View> {
  const placed = study.parts.flatMap((part, index) =>
    options.parts === undefined || options.parts.includes(index) ? [{ part, index }] : [],
  );
  if (placed.length === 0) {
    throw new PolyclinicError("view/no-parts", "no part of the study is chosen", {
      expected: `numbers from 0 to ${study.parts.length - 1}`,
      found: (options.parts ?? []).join(", ") || "none",
    });
  }
  const pair = pairOf(placed, options);
  if (pair && imageBudget(limits, true, options.reserveTokens) >= 2) return longitudinalView(pair[0], pair[1], limits);

  const views: View[] = [];
  const leftOut: string[] = [];
  let failure: unknown;
  for (const { group, share } of divide(groupsOf(placed, options), limits, options)) {
    try {
      views.push(await lay(group, share, limits, options));
    } catch (error) {
      // A part that cannot be shown is reported and does not prevent the others from being shown; if it is the only one, it is an error.
      if (!PolyclinicError.is(error) || error.code.startsWith("abort/")) throw error;
      failure ??= error;
      const reason = error.code === "view/no-share" ? error.summary : error.message;
      leftOut.push(...group.members.map(({ part }) => `${part.label}: ${reason}`));
    }
  }
  if (views.length === 0) throw failure;
  return {
    recipe: [...new Set(views.map((view) => view.recipe))].join("+"),
    items: views.flatMap((view) => view.items),
    leftOut: [...views.flatMap((view) => view.leftOut), ...leftOut],
  };
}

/** Exactly two images of one modality are a prior and a current one. */
function pairOf(placed: readonly Placed[], options: ViewOptions) {
  const [a, b] = placed;
  if (options.medsiglip || placed.length !== 2 || a.part.kind !== "image" || b.part.kind !== "image") return undefined;
  if (a.part.modality !== b.part.modality) return undefined;
  return [
    { part: a.part, index: a.index },
    { part: b.part, index: b.index },
  ] as const;
}

function groupsOf(placed: readonly Placed[], options: ViewOptions): Group[] {
  const groups: Group[] = [];
  for (const member of placed) {
    const recipe = recipes.find((one) => one.accepts(member.part, options));
    const stack = recipe?.stacks ? groups.find((group) => group.recipe === recipe) : undefined;
    if (stack) stack.members.push(member);
    else groups.push({ recipe, members: [member] });
  }
  return groups;
}

const partsOf = ({ members }: Group): Part[] => members.map(({ part }) => part);

/**
 * Text is allocated first, at most half of the budget if there are images too. Of the rest, single images get one image
 * each; pages, stacks and slides share what remains evenly, and what one does not need goes to the others; crops of single images come last. If not all
 * images fit, the latest ones are kept, because the question is about them. Text layers of documents get what is left
 * at the end.
 *
 * @throws `view/no-room` when images are needed and none fits.
 */
function divide(groups: readonly Group[], limits: ModelLimits, options: ViewOptions): { group: Group; share: Share }[] {
  const wants = new Map<Group, Demand>(
    groups.map((group) => [group, group.recipe?.demand(partsOf(group), options, limits) ?? {}]),
  );
  const imagesOf = (group: Group) => wants.get(group)?.images ?? 0;
  const tokensOf = (group: Group) => wants.get(group)?.tokens ?? 0;
  const reserve = reserveOf(limits, options.reserveTokens);
  const room = Math.max(0, limits.contextTokens - reserve);
  const withImages = groups.filter((group) => imagesOf(group) > 0);
  const written = groups.filter((group) => tokensOf(group) > 0);
  const takesImages = limits.imageSize !== undefined && withImages.length > 0;

  const tokens = evenly(written, tokensOf, takesImages ? Math.floor(room / 2) : room);
  const used = sum(tokens);
  const budget = takesImages ? imageBudget(limits, true, reserve + used) : 0;
  if (takesImages && written.length === 0) requireRoom(budget, limits);

  const images = new Map<Group, number>();
  let left = budget;
  for (const group of withImages.filter(({ recipe }) => recipe?.first).reverse()) {
    images.set(group, left > 0 ? 1 : 0);
    if (left > 0) left--;
  }
  const rest = withImages.filter(({ recipe }) => !recipe?.first);
  for (const [group, share] of evenly(rest, imagesOf, left)) {
    images.set(group, share);
    left -= share;
  }
  // Crops of a single image are shown together or not at all.
  for (const group of withImages.filter(({ recipe }) => recipe?.first).reverse()) {
    const crops = imagesOf(group) - 1;
    if (images.get(group) !== 1 || crops > left) continue;
    images.set(group, 1 + crops);
    left -= crops;
  }

  const spare = groups.filter((group) => wants.get(group)?.spare);
  const spareTokens = Math.max(0, room - used - sum(images) * imageTokens(limits, true));
  for (const group of spare) tokens.set(group, Math.floor(spareTokens / spare.length));
  return groups.map((group) => ({ group, share: { images: images.get(group) ?? 0, tokens: tokens.get(group) ?? 0 } }));
}

/** Equal shares; unused parts are redistributed to those that need more. */
function evenly(groups: readonly Group[], wants: (group: Group) => number, total: number): Map<Group, number> {
  const shares = new Map<Group, number>();
  let left = total;
  [...groups]
    .sort((a, b) => wants(a) - wants(b))
    .forEach((group, i) => {
      const share = Math.min(wants(group), Math.floor(left / (groups.length - i)));
      shares.set(group, share);
      left -= share;
    });
  return shares;
}

const sum = (shares: ReadonlyMap<Group, number>) => [...shares.values()].reduce((total, share) => total + share, 0);

async function lay(group: Group, share: Share, limits: ModelLimits, options: ViewOptions): Promise<View> {
  const { recipe, members } = group;
  const [{ part }] = members;
  if (recipe === undefined)
    throw new PolyclinicError("view/no-recipe", `a part of kind ${part.kind} cannot be shown to a model yet`, {
      where: part.label,
      expected: "an image, volume, slide, document or text",
      found: part.kind,
      hint: "Describe the relevant content in a text file and name that file.",
    });
  if (share.images === 0 && share.tokens === 0) {
    if (recipe.demand([part], options, limits).images !== undefined) imageSizeOf(limits);
    throw new PolyclinicError("view/no-share", "no room in the model's context", {
      where: part.label,
      hint: "Select fewer parts, or choose a model with a longer context.",
    });
  }
  return recipe.lay(members, share, limits, options);
}
