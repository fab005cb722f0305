/** Resizes that equal the ones the models were trained and evaluated with. Runs anywhere: no Node, no native code. */
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
