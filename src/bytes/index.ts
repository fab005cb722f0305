/** Byte sources and the memory budget for reading them. */
export { MemoryBudget } from "./budget.ts";
export {
  allBytes,
  type ByteSource,
  checkRange,
  chunksOf,
  headOf,
  type NamedData,
  sameBytes,
  tooLarge,
  truncated,
  unreadable,
} from "./byte-source.ts";
export { diskSource, readRange } from "./disk.ts";
export { type HttpOptions, httpSource } from "./http.ts";
export { dataSource, memorySource } from "./memory.ts";
