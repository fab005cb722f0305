import type { Neighbour } from "../molecule.ts";

/**
 * The bonds that are part of a ring: those that are not bridges (Tarjan 1974). Linear in atoms and bonds, without
 * recursion, so that long chains are safe.
 */
export function ringBonds(neighbours: readonly Neighbour[][], bondCount: number): Uint8Array {
  const inRing = new Uint8Array(bondCount).fill(1);
  const entered = new Int32Array(neighbours.length).fill(-1);
  const low = new Int32Array(neighbours.length);
  const next = new Int32Array(neighbours.length);
  const through = new Int32Array(neighbours.length).fill(-1);
  let time = 0;
  for (let root = 0; root < neighbours.length; root++) {
    if (entered[root] >= 0) continue;
    const stack = [root];
    entered[root] = low[root] = time++;
    while (stack.length > 0) {
      const atom = stack[stack.length - 1];
      if (next[atom] < neighbours[atom].length) {
        const step = neighbours[atom][next[atom]++];
        if (step.bond === through[atom]) continue;
        if (entered[step.atom] < 0) {
          entered[step.atom] = low[step.atom] = time++;
          through[step.atom] = step.bond;
          stack.push(step.atom);
        } else if (entered[step.atom] < low[atom]) low[atom] = entered[step.atom];
      } else {
        stack.pop();
        const parent = stack[stack.length - 1];
        if (parent !== undefined) {
          if (low[atom] < low[parent]) low[parent] = low[atom];
          if (low[atom] > entered[parent]) inRing[through[atom]] = 0;
        }
      }
    }
  }
  return inRing;
}
