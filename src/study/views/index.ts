/** Parts of a study as a model was trained to see them. Pure, and free of Node: they run in a browser. */
export { image2dView, squareViewImage } from "./image-2d.ts";
export { imageBudget, type ViewLimits } from "./limits.ts";
export { medsiglipView } from "./medsiglip.ts";
