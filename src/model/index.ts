/** Models, whoever runs them: in process, on a server, or scripted for tests. */
export * from "./checkpoint/index.ts";
export type * from "./contract.ts";
export * from "./onnx/index.ts";
export * from "./remote/index.ts";
export * from "./scripted/index.ts";
