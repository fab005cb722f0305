/** The position in a stream of examples as JSON, for checkpoints. */
import type { MixturePosition } from "../data/order.ts";
import type { Json } from "./manifest.ts";
import type { Run } from "./run.ts";

/** Adapts a source with a `position` to the accessor that `Run` takes. */
export const positionOf = (source: { position: MixturePosition }): Run["position"] => ({
  get: () => source.position as unknown as Json,
  set: (position) => {
    source.position = position as unknown as MixturePosition;
  },
});
