/** The default runtime in Node; `default.web.ts` is the browser's. */
export { nodeRuntime as defaultRuntime } from "./node/node-runtime.ts";
