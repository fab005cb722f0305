/** Models by name: the embedded one, pulled ones, folders and servers. */
export { type Pulled, type PullOptions, pullModel } from "./pull.ts";
export { type ResolvedModel, resolveModel } from "./resolve.ts";
export { listStored, modelFolder, type PullManifest, removeStored, type StoredModel } from "./store.ts";
