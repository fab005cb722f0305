/** The API of Hugging Face's hub or a mirror: the files of a model and their URLs. */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { PolyclinicError, throwIfAborted } from "../../base/errors.ts";
import { bodyOf, textOf } from "../../base/response-body.ts";
import { redacted } from "../../base/secrets.ts";

export interface HubFile {
  readonly path: string;
  readonly bytes: number;
  /** For large files, from their LFS pointer. */
  readonly sha256?: string;
  /** Git's SHA-1 of small files. */
  readonly gitBlob?: string;
}

export interface HubModel {
  readonly revision: string;
  readonly gated: boolean;
  readonly files: readonly HubFile[];
}

/** The files that the engine needs, and the licence; other formats of the same weights are not downloaded. */
const relevantFile = /^(?:[^/]*\.(?:json|safetensors|jinja|model)|README\.md|LICEN[CS]E[^/]*|NOTICE[^/]*)$/i;

/** `HF_ENDPOINT` names a mirror. */
export function endpoint(env: NodeJS.ProcessEnv = process.env): string {
  return (env.HF_ENDPOINT ?? "https://huggingface.co").replace(/\/+$/, "");
}

/** The token of `HF_TOKEN`, or the one `huggingface-cli login` stored. */
export async function hubToken(env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  const given = env.HF_TOKEN ?? env.HUGGING_FACE_HUB_TOKEN;
  if (given !== undefined && given.trim() !== "") return given.trim();
  const path = env.HF_TOKEN_PATH ?? join(env.HF_HOME ?? join(homedir(), ".cache", "huggingface"), "token");
  const stored = await readFile(path, "utf8").catch(() => "");
  return stored.trim() || undefined;
}

export function authorised(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

export async function describeModel(
  base: string,
  name: string,
  revision: string,
  token: string | undefined,
  signal: AbortSignal | undefined,
): Promise<HubModel> {
  const url = `${base}/api/models/${name}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const response = await reach(url, { headers: authorised(token), signal });
  if (!response.ok) throw await hubFailure(response, base, name, token, signal);
  const body = await textOf(bodyOf(response, signal), { most: maxDescriptionBytes }).catch(() => "");
  throwIfAborted(signal);
  const model = parsed(body) as
    | {
        sha?: string;
        gated?: unknown;
        siblings?: { rfilename: string; size?: number; blobId?: string; lfs?: { sha256?: string; size?: number } }[];
      }
    | undefined;
  if (model?.sha === undefined || model.siblings === undefined)
    throw new PolyclinicError("hub/protocol", "the hub's reply is not a model description", {
      where: url,
      hint: "Check HF_ENDPOINT.",
    });
  const files = model.siblings
    .filter(({ rfilename }) => relevantFile.test(rfilename))
    .map(({ rfilename, size, blobId, lfs }) => ({
      path: rfilename,
      bytes: lfs?.size ?? size ?? 0,
      ...(lfs?.sha256 !== undefined ? { sha256: lfs.sha256 } : blobId !== undefined ? { gitBlob: blobId } : {}),
    }));
  if (!files.some(({ path }) => path === "config.json") || !files.some(({ path }) => path.endsWith(".safetensors")))
    throw new PolyclinicError("hub/no-checkpoint", "the repository contains no supported checkpoint", {
      where: name,
      expected: "config.json and *.safetensors",
      found:
        model.siblings
          .map(({ rfilename }) => rfilename)
          .slice(0, 8)
          .join(", ") || "nothing",
    });
  return { revision: model.sha, gated: Boolean(model.gated), files };
}

/** Limit of a repository's description, which lists all its files; ten thousand of them take a few megabytes. */
const maxDescriptionBytes = 1 << 25;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (cause) {
    if (init.signal?.aborted) throw new PolyclinicError("abort/aborted", "stopped on request", { cause });
    throw new PolyclinicError("hub/unreachable", "the hub cannot be reached", {
      where: new URL(url).origin,
      found: (cause as { cause?: { code?: string } }).cause?.code ?? String((cause as Error).message),
      hint: "Check the network; set HF_ENDPOINT to a mirror; or copy the folder from another machine: `polyclinic models pull NAME --from FOLDER`.",
      retryable: true,
      cause,
    });
  }
}

/** The error for a failed request: distinguishes a missing token, an unaccepted licence and an unknown name. */
export async function hubFailure(
  response: Response,
  base: string,
  name: string,
  token: string | undefined,
  signal: AbortSignal | undefined,
): Promise<PolyclinicError> {
  const page = `${base}/${name}`;
  const code = response.headers.get("x-error-code") ?? "";
  const raw =
    response.headers.get("x-error-message") ??
    (await textOf(bodyOf(response, signal), { most: 1 << 16 }).catch(() => ""));
  const responseText = redacted(raw.slice(0, 400), token).slice(0, 200);
  const details = { where: name, found: `${response.status}${responseText === "" ? "" : `: ${responseText}`}` };
  if (code === "GatedRepo" || response.status === 403)
    return new PolyclinicError("hub/licence", "the model's licence has not been accepted with this account", {
      ...details,
      hint:
        token === undefined
          ? `1. Open ${page}, sign in and accept the terms. 2. Create a read token at ${base}/settings/tokens. 3. Run again with HF_TOKEN=<token>.`
          : `Open ${page} with the account of this token and accept the terms, then run again.`,
    });
  if (response.status === 401)
    return new PolyclinicError(
      "hub/token",
      token === undefined
        ? "the hub requires authentication, or the model does not exist"
        : "the hub did not accept the token",
      {
        ...details,
        hint:
          token === undefined
            ? `Check the name; for a gated model: accept the terms at ${page}, create a read token at ${base}/settings/tokens, and run again with HF_TOKEN=<token>.`
            : `Create a new read token at ${base}/settings/tokens and set HF_TOKEN.`,
      },
    );
  if (response.status === 404)
    return new PolyclinicError("hub/not-found", "the hub has no such model or revision", {
      ...details,
      hint: "Check the name: owner/name.",
    });
  return new PolyclinicError("hub/failed", "the hub returned an error", {
    ...details,
    hint: "Run the same command again: the download resumes.",
    retryable: true,
  });
}
