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
export { type Draw, Mixture, type Position, type Source, seedOf } from "./order.ts";
export { type Picture, type PictureChecks, type PictureDataset, readPictures } from "./pictures.ts";
