/**
 * Step-by-step reasoning: one sign per line with the options that commonly show it, then the option named most often.
 */
import type { Random } from "../../../base/random.ts";
import { finalAnswer } from "../../../prompts/index.ts";
import { signs } from "../world/names.ts";
import type { Disease } from "../world/world.ts";

export interface Step {
  readonly sign: number;
  /** Indices of options. */
  readonly points: readonly number[];
  /** Number of the search result that states it, by option; absent if it is stated from memory. */
  readonly cited?: readonly number[];
}

export const stepLine = ({ sign, points, cited }: Step, options: readonly Disease[]): string =>
  `- ${signs[sign]}: ${points.length === 0 ? "none" : points.map((o, k) => options[o].name + (cited === undefined ? "" : ` [${cited[k]}]`)).join(", ")}`;

/** From memory: what each option commonly shows. */
export const recalled = (sign: number, options: readonly Disease[]): Step => ({
  sign,
  points: options.flatMap(({ typical }, o) => (typical.includes(sign) ? [o] : [])),
});

/** The option that the steps name most often; ties are broken at random. */
export function chosenBy(random: Random, steps: readonly Step[], options: number): number {
  const counts = Array.from({ length: options }, (_, o) => steps.filter(({ points }) => points.includes(o)).length);
  const most = Math.max(...counts);
  const best = counts.flatMap((count, o) => (count === most ? [o] : []));
  return best[random.below(best.length)];
}

export function reasoned(steps: readonly Step[], options: readonly Disease[], chosen: number): string {
  return [...steps.map((step) => stepLine(step, options)), finalAnswer(options[chosen].name)].join("\n");
}
