/** `polyclinic serve` as a library. */
export { type RunningServer, type ServeOptions, serve } from "./serve.ts";
