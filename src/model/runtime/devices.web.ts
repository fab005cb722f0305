/** As `devices.ts`, for a browser: a page brings its own runtime (`tab/opening.ts`). */
import type { DeviceRuntime } from "./devices.ts";

export async function deviceRuntimes(): Promise<readonly DeviceRuntime[]> {
  return [];
}
