/** What the decoder's graph calls a layer's keys and values: those of earlier steps going in, this step's coming out. */
export const pastName = (layer: number, which: "k" | "v") => `past.${layer}.${which}`;
export const presentName = (layer: number, which: "k" | "v") => `present.${layer}.${which}`;
