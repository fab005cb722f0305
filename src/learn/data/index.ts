export {
  answerOf,
  type Example,
  type ExampleContent,
  type ExampleMessage,
  imagesOf,
  parseExample,
  textOf,
} from "./conversation.ts";
export { type BadLine, type Dataset, type DatasetChecks, readDataset } from "./dataset.ts";
export { type Draw, Mixture, type Position, type Source, seedOf } from "./order.ts";
