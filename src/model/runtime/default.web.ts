/** The default runtime in a browser. */
import { webRuntime } from "./web/web-runtime.ts";

export const defaultRuntime = webRuntime();
