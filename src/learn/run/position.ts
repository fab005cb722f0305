/** Where a source of examples stands, for a run to keep. */
import type { Position } from "../data/order.ts";
import type { Json } from "./manifest.ts";
import type { Run } from "./run.ts";

export const positionOf = (source: { position: Position }): Run["position"] => ({
  get: () => source.position as unknown as Json,
  set: (position) => {
    source.position = position as unknown as Position;
  },
});
