/**
 * Resizing that is bit-exact with the models' training and evaluation. Runs anywhere: no Node modules, no native code.
 */
export { resizeBilinear, resizeBilinearPlain } from "./bilinear.ts";
export { scaleToByte, valueRange } from "./scale.ts";
export {
  fromSource,
  resizeToSquare,
  type SquareFit,
  SquareResizer,
  squareFit,
  toSource,
  type ValueRange,
} from "./square.ts";
