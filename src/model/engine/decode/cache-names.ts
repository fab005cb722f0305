/** Names of a layer's keys and values in the decoder's graph: cached ones as inputs, this step's as outputs. */
export const pastName = (layer: number, which: "k" | "v") => `past.${layer}.${which}`;
export const presentName = (layer: number, which: "k" | "v") => `present.${layer}.${which}`;
