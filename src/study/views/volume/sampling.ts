/** Selects the slices of a long stack that the model sees. */

/**
 * `equidistant`: the report's rule, equal steps along the stack with its first and last slice (MedGemma 1.5 report, section 2.3.1; it
 * does not state the rounding, halves go to the even index as in Python).
 * `notebook`: Google's CT notebook, index `round(i / max * (count - 1))` for i = 1 to max: never the first slice, always the last.
 */
export type Sampling = "equidistant" | "notebook";

/** Ascending indices into a stack of `count` slices, without duplicates; all of them if they fit. */
export function sliceIndices(count: number, max: number, sampling: Sampling = "equidistant"): number[] {
  if (count <= max) return Array.from({ length: count }, (_, i) => i);
  if (max === 1 && sampling === "equidistant") return [Math.floor((count - 1) / 2)];
  return Array.from({ length: max }, (_, i) =>
    roundHalfEven(sampling === "notebook" ? ((i + 1) / max) * (count - 1) : (i * (count - 1)) / (max - 1)),
  );
}

/** Rounding as in Python and numpy: halves to the even neighbour. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}
