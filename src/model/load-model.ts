/** Opens a model by any kind of name. */
import { clinicName, embeddedName, packagedFolder } from "../base/embedded-model.ts";
import { PolyclinicError } from "../base/errors.ts";
import { plainAddress } from "../base/secrets.ts";
import type { Embedder, Generator } from "./contract.ts";
import type { LoadOptions as EngineOptions } from "./engine/load-model.ts";
import { type ResolvedModel, resolveModel } from "./hub/resolve.ts";
import { serverAddresses } from "./remote/pool/addresses.ts";
import type { ConnectOptions } from "./remote/remote-model.ts";

/** Options for opening a model in process (precision, device, threads) or on a server. */
export interface LoadOptions extends EngineOptions {
  /** Only for a server: key, time limits, retries, concurrency. */
  readonly server?: Omit<ConnectOptions, "signal">;
  /** Environment for finding pulled models; default: the process's. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Options that apply only to a model in this process; a server decides these itself. */
const inProcessOnly = [
  "precision",
  "adapter",
  "threads",
  "chunkTokens",
  "cacheFolder",
  "debug",
  "device",
  "runtime",
] as const;

/**
 * Opens a generative model.
 *
 * ```ts
 * const model = await loadModel("nano");
 * const onServer = await loadModel("http://localhost:8000/v1#google/medgemma-1.5-4b-it");
 * ```
 * @param name a model of the package, a checkpoint folder, `owner/name` pulled from the hub, or a server's URL;
 *   several URLs separated by commas are a pool of servers of one model.
 * @throws PolyclinicError `model/not-found`, `model/not-generative`, `hub/not-pulled`, `model/incomplete`,
 * `checkpoint/...`, `remote/...`; `remote/option` for an option that a server cannot honour.
 */
export async function loadModel(name: string, { server, env, ...options }: LoadOptions = {}): Promise<Generator> {
  const resolved = await resolve(name, env);
  // Only what the model needs is loaded: a server needs no ONNX Runtime.
  if (resolved.kind === "server") {
    refuseOptions(name, options);
    const addresses = serverAddresses(resolved.url);
    if (addresses.length > 1) {
      const { connectPool } = await import("./remote/pool/pool.ts");
      return connectPool(addresses, { ...server, signal: options.signal });
    }
    const { connect } = await import("./remote/remote-model.ts");
    return connect(resolved.url, { ...server, signal: options.signal });
  }
  const { loadModel: open } = await import("./engine/load-model.ts");
  return open(packagedFolder(resolved.name) === undefined ? resolved.folder : resolved.name, options);
}

/**
 * Opens a model that embeds images and texts, such as MedSigLIP.
 *
 * @param name a checkpoint folder, or `owner/name` pulled from the hub.
 * @throws as `loadModel`; `model/no-embedding` if it is not an embedding model.
 */
export async function loadEmbedder(name: string, { server: _, env, ...options }: LoadOptions = {}): Promise<Embedder> {
  const resolved = await resolve(name, env);
  if (resolved.kind === "server")
    throw new PolyclinicError("model/no-embedding", "embedding on a server is not supported", {
      where: plainAddress(name),
      expected: "a checkpoint folder, or owner/name pulled from the hub",
    });
  const { loadEmbedder: open } = await import("./engine/load-model.ts");
  return open(packagedFolder(resolved.name) === undefined ? resolved.folder : resolved.name, options);
}

async function resolve(name: string, env: NodeJS.ProcessEnv | undefined): Promise<ResolvedModel> {
  if (typeof name !== "string" || name.trim() === "")
    throw new PolyclinicError("model/not-found", "is not a model name", {
      where: "name",
      expected: `${embeddedName}, ${clinicName}, a folder, owner/name or an address`,
      found: String(name) || "nothing",
    });
  return resolveModel(name, env);
}

function refuseOptions(name: string, options: EngineOptions): void {
  const given = inProcessOnly.filter(
    (option) => options[option] !== undefined && options[option] !== false && options[option] !== "cpu",
  );
  if (given.length === 0) return;
  throw new PolyclinicError("remote/option", "this option is set by the server, not by the client", {
    where: `${given.join(", ")} for ${plainAddress(name)}`,
    hint: "Omit it and start the server with the precision and adapter you want, or load the model in this process.",
  });
}
