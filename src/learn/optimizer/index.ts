export { AdamW, type AdamWOptions, type AdamWState, decays, defaultAdamW } from "./adamw.ts";
export { MovingAverage } from "./average.ts";
export { Accumulator, clipGlobalNorm, globalNorm, scale } from "./clip.ts";
export { learningRateAt, type Schedule } from "./schedule.ts";
