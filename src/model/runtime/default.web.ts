/** What executes graphs in a browser where nobody says otherwise. */
import { webRuntime } from "./web/web-runtime.ts";

export const defaultRuntime = webRuntime();
