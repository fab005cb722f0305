/** What executes graphs where nobody says otherwise; `default.web.ts` is the same for a browser. */
export { nodeRuntime as defaultRuntime } from "./node/node-runtime.ts";
