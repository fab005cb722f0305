/** Building, differentiating, printing and writing ONNX graphs. Independent of any model. */
export { gradients } from "./gradient.ts";
export {
  type Attributes,
  type DType,
  type ExternalData,
  Graph,
  type Node,
  type Operator,
  type TensorType,
  Value,
} from "./graph.ts";
export * from "./ops/index.ts";
export { printGraph } from "./print.ts";
export { type Dim, formatShape, multiplyDims, type Shape } from "./shape.ts";
export { writeOnnx } from "./write.ts";
