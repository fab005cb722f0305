/** A model by any of its names. */
import { PolyclinicError } from "../base/errors.ts";
import type { Model } from "./contract.ts";
import type { LoadOptions as OnnxOptions } from "./engine/load-model.ts";
import { resolveModel } from "./hub/resolve.ts";
import type { ConnectOptions } from "./remote/remote-model.ts";

export interface LoadOptions extends OnnxOptions {
  /** For a server only: key, time limits, retries, concurrency. */
  readonly server?: Omit<ConnectOptions, "signal">;
  /** Where pulled models are looked for; default the process's environment. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * ```ts
 * const model = await loadModel("nano");
 * const onServer = await loadModel("http://localhost:8000/v1#google/medgemma-1.5-4b-it");
 * ```
 * @param name `nano`, a checkpoint folder, `owner/name` pulled from the hub, or a server's address.
 * @throws PolyclinicError `model/not-found`, `hub/not-pulled`, `model/incomplete`, `checkpoint/...`, `remote/...`.
 */
export async function loadModel(name: string, { server, env, ...options }: LoadOptions = {}): Promise<Model> {
  if (typeof name !== "string" || name.trim() === "")
    throw new PolyclinicError("model/not-found", "is not a model's name", {
      where: "name",
      expected: "nano, a folder, owner/name or an address",
      found: String(name) || "nothing",
    });
  const resolved = await resolveModel(name, env);
  // Only what the model needs is loaded: a server needs no ONNX Runtime.
  if (resolved.kind === "server") {
    const { connect } = await import("./remote/remote-model.ts");
    return connect(resolved.url, { ...server, signal: options.signal });
  }
  const { loadModel: open } = await import("./engine/load-model.ts");
  return open(resolved.name === "nano" ? "nano" : resolved.folder, options);
}
