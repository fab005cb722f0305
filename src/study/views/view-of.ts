/**
 * The view of a whole study: each kind of part by its own recipe, in the study's order, inside one token budget. What does not fit is
 * said, never dropped in silence.
 */
import { PolyclinicError } from "../../base/errors.ts";
import type { Part, Study, View } from "../types.ts";
import { type CtOptions, planCt } from "./ct.ts";
import { type DocumentOptions, documentView } from "./document.ts";
import { image2dView } from "./image-2d.ts";
import { imageBudget, requireRoom, type ViewLimits } from "./limits.ts";
import { longitudinalView } from "./longitudinal.ts";
import { medsiglipView } from "./medsiglip.ts";
import { planMri } from "./mri.ts";
import { sliceRenderer } from "./slice-job.ts";
import { maxPatches, type SlideOptions, slideView } from "./slide.ts";
import { maxSlices, type PlacedVolume } from "./volume-stack.ts";

export interface ViewOptions extends CtOptions, SlideOptions, DocumentOptions {
  /** Only these parts of the study, by their place. Default: all. */
  parts?: readonly number[];
  /** Lay 2D parts out as MedSigLIP takes them. Default false: as MedGemma takes them. */
  medsiglip?: boolean;
}

/** A run of images made by one recipe: the smallest thing the budget is divided over. */
interface Group {
  readonly kind: "single" | "ct" | "mri" | "slide" | "document";
  readonly members: { part: Part; index: number }[];
  /** Images it would use if alone. */
  readonly wants: number;
}

/**
 * @param limits the model's.
 * @returns images of all parts in the study's order; volumes of one kind are stacked at the place of the first.
 * @throws `view/no-room` when nothing fits, `view/text-only-model`, `view/no-parts`, and the views' own errors.
 */
export async function viewOf(study: Study, limits: ViewLimits, options: ViewOptions = {}): Promise<View> {
  const placed = study.parts.flatMap((part, index) =>
    options.parts === undefined || options.parts.includes(index) ? [{ part, index }] : [],
  );
  if (placed.length === 0) {
    throw new PolyclinicError("view/no-parts", "no part of the study is chosen", {
      expected: `numbers from 0 to ${study.parts.length - 1}`,
      found: (options.parts ?? []).join(", ") || "none",
    });
  }
  const budget = imageBudget(limits, true, options.reserveTokens);
  requireRoom(budget, limits);
  const pair = pairOf(placed, options);
  if (pair && budget >= 2) return longitudinalView(pair[0], pair[1], limits);

  const views: View[] = [];
  const leftOut: string[] = [];
  let failure: unknown;
  for (const { group, share } of divide(groupsOf(placed, options), budget)) {
    if (share === 0) {
      leftOut.push(...group.members.map(({ part }) => `${part.label}: no room in the model's context`));
      continue;
    }
    try {
      views.push(await groupView(group, share, limits, options));
    } catch (error) {
      // One damaged slide is no reason to show nothing of the rest; it is said, and alone it is the error.
      if (!PolyclinicError.is(error) || error.code.startsWith("abort/")) throw error;
      failure ??= error;
      leftOut.push(...group.members.map(({ part }) => `${part.label}: ${error.message}`));
    }
  }
  if (views.length === 0) throw failure;
  return {
    recipe: [...new Set(views.map((view) => view.recipe))].join("+"),
    images: views.flatMap((view) => view.images),
    leftOut: [...views.flatMap((view) => view.leftOut), ...leftOut],
  };
}

/** Exactly two pictures of one modality are a prior and a current one. */
function pairOf(placed: Group["members"], options: ViewOptions) {
  const [a, b] = placed;
  if (options.medsiglip || placed.length !== 2 || a.part.kind !== "image" || b.part.kind !== "image") return undefined;
  if (a.part.modality !== b.part.modality) return undefined;
  return [
    { part: a.part, index: a.index },
    { part: b.part, index: b.index },
  ] as const;
}

function groupsOf(placed: Group["members"], options: ViewOptions): Group[] {
  const groups: Group[] = [];
  for (const member of placed) {
    const { part } = member;
    if (part.kind === "volume") {
      const kind = part.volume.unit === "HU" ? "ct" : "mri";
      const stack = groups.find((group) => group.kind === kind);
      if (stack) stack.members.push(member);
      else groups.push({ kind, members: [member], wants: options.maxSlices ?? maxSlices });
    } else if (part.kind === "slide") {
      groups.push({ kind: "slide", members: [member], wants: options.maxPatches ?? maxPatches });
    } else if (part.kind === "document") {
      groups.push({ kind: "document", members: [member], wants: part.pages.length });
    } else groups.push({ kind: "single", members: [member], wants: 1 });
  }
  return groups;
}

/**
 * Pictures come first, one each; pages, stacks and slides share the rest evenly, and what one does not need goes to the others. With
 * fewer images than pictures, the latest pictures stay: the question is about them.
 */
function divide(groups: readonly Group[], budget: number): { group: Group; share: number }[] {
  const shares = new Map<Group, number>();
  let left = budget;
  const singles = groups.filter((group) => group.kind === "single");
  for (const group of [...singles].reverse()) {
    shares.set(group, left > 0 ? 1 : 0);
    if (left > 0) left--;
  }
  const rest = groups.filter((group) => group.kind !== "single").sort((a, b) => a.wants - b.wants);
  rest.forEach((group, i) => {
    const share = Math.min(group.wants, Math.floor(left / (rest.length - i)));
    shares.set(group, share);
    left -= share;
  });
  return groups.map((group) => ({ group, share: shares.get(group) ?? 0 }));
}

async function groupView(group: Group, share: number, limits: ViewLimits, options: ViewOptions): Promise<View> {
  const [{ part, index }] = group.members;
  switch (part.kind) {
    case "image":
      return options.medsiglip ? medsiglipView(part, limits, { index }) : image2dView(part, limits, { index });
    case "document":
      return documentView(part, limits, { ...options, index, maxPages: Math.min(share, options.maxPages ?? share) });
    case "slide":
      return slideView(part, limits, { ...options, index, maxPatches: share });
    case "volume": {
      const volumes = group.members as PlacedVolume[];
      const plan = (group.kind === "ct" ? planCt : planMri)(volumes, limits, { ...options, maxSlices: share });
      return plan.finish(plan.jobs.map(sliceRenderer()));
    }
  }
}
