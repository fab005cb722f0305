export {
  answerOf,
  type Example,
  type ExampleContent,
  type ExampleMessage,
  imagesOf,
  parseExample,
  textOf,
} from "./conversation.ts";
export { type Dataset, type DatasetChecks, readDataset } from "./dataset.ts";
export type { BadLine } from "./lines.ts";
export { Mixture, type MixtureDraw, type MixturePosition, type MixtureSource, seedOf } from "./order.ts";
export { type ImageDataset, type ImageDatasetChecks, type ImageExample, readImageDataset } from "./pictures.ts";
