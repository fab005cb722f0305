/** The graphics devices that ONNX Runtime may find in this process; `devices.web.ts` is the same for a browser. */
import { type DeviceProvider, deviceProviders, deviceRuntime } from "./node/node-runtime.ts";
import type { Runtime } from "./runtime.ts";

export interface DeviceRuntime {
  readonly provider: DeviceProvider;
  readonly runtime: Runtime;
}

/** In order of preference. Whether this machine has such a device shows when a graph is opened. */
export async function deviceRuntimes(): Promise<readonly DeviceRuntime[]> {
  return (await deviceProviders()).map((provider) => ({ provider, runtime: deviceRuntime(provider) }));
}
