/** Models on OpenAI-compatible servers. */
export { type CanaryCheck, type CanaryReport, canary } from "./canary.ts";
export type { Dialect, ServedModel } from "./dialect.ts";
export { connectPool, ModelPool } from "./pool/pool.ts";
export { type ConnectOptions, connect, RemoteModel } from "./remote-model.ts";
