/**
 * Trains an exported run (`trl.ts`) on a Ray cluster through the Ray Jobs REST API of the cluster's dashboard (Ray 2;
 * docs.ray.io, "Ray Jobs REST API"), and brings the adapter back.
 *
 * ```
 * GET  /api/packages/gcs/NAME.zip   200 if the cluster has the package, else 404
 * PUT  /api/packages/gcs/NAME.zip   the folder as a zip archive, named by its content
 * POST /api/jobs/                   {entrypoint, submission_id, runtime_env, metadata, entrypoint_num_gpus}
 * GET  /api/jobs/ID                 {status: PENDING | RUNNING | STOPPED | SUCCEEDED | FAILED, message, ...}
 * GET  /api/jobs/ID/logs            {logs}, the whole log so far
 * POST /api/jobs/ID/stop            {stopped}
 * ```
 *
 * This API moves packages to a cluster and text back, and nothing else: no request returns a file. So the program
 * prints the adapter into its log at the end, in base64 with a SHA-256, up to a size at which a log is still a sensible
 * way; a larger adapter stays on the cluster, in storage that the user names and copies from.
 *
 * Over 300 lines because one client holds the whole protocol: package, job, log and adapter.
 */
import { createHash, randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { buffer } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import yazl from "yazl";
import { PolyclinicError } from "../../../base/errors.ts";
import { isPrinted } from "./printed-adapter.ts";

export interface RayOptions {
  /** Of the cluster's dashboard, such as `http://ray-head:8265`. */
  readonly url: string;
  /** Value of the Authorization header, for a dashboard behind a proxy. */
  readonly authorization?: string;
  readonly signal?: AbortSignal;
  /** Between two looks at a job, milliseconds; 2000. */
  readonly pause?: number;
}

export interface RayJob {
  /** Folder or hub name of the base on the cluster. */
  readonly base: string;
  /** GPUs reserved for the program; 0 trains on processors. */
  readonly gpus: number;
  /** Whether Ray installs the exported `requirements.txt` for the job. */
  readonly install: boolean;
  /** Where the program writes the adapter instead of printing it: storage of the cluster. */
  readonly storage?: string;
}

export type RayStatus = "PENDING" | "RUNNING" | "STOPPED" | "SUCCEEDED" | "FAILED";

/** Ray refuses packages of this size (`RAY_GCS_STORAGE_MAX_SIZE`), bytes. */
const maxPackage = 512 * 1024 * 1024;

/**
 * A Ray cluster through its Jobs REST API: uploads a package, submits a job, follows its log, stops it.
 *
 * @throws PolyclinicError from every method: `ray/unreachable`, `ray/refused`, `ray/answer`, `ray/failed`, `ray/stopped`, `abort/aborted`.
 */
export class RayJobs {
  constructor(private readonly options: RayOptions) {}

  /**
   * Uploads an exported folder and starts its program.
   *
   * @returns the submission's id, with which it is followed and stopped.
   * @throws PolyclinicError `ray/*`; `file/too-large` for a package that Ray would refuse.
   */
  async submit(folder: string, { base, gpus, install, storage }: RayJob): Promise<string> {
    const archive = await packed(folder);
    if (archive.length >= maxPackage)
      throw new PolyclinicError("file/too-large", "Ray does not accept a package of this size", {
        where: folder,
        expected: `less than ${maxPackage} bytes`,
        found: `${archive.length} bytes`,
        hint: "Copy the folder to storage of the cluster and run its train.py there.",
      });
    const content = createHash("sha256").update(archive).digest("hex");
    const name = `_ray_pkg_${content.slice(0, 16)}.zip`;
    const known = await this.request("GET", `/api/packages/gcs/${name}`, { accept: [200, 404] });
    if (known.status === 404) await this.request("PUT", `/api/packages/gcs/${name}`, { body: archive });
    const requirements = (await readFile(join(folder, "requirements.txt"), "utf8")).trim().split("\n");
    // Chosen here: a request whose reply was lost can be repeated without starting a second job.
    const id = `polyclinic_${content.slice(0, 8)}_${randomBytes(6).toString("hex")}`;
    const job = {
      entrypoint: `python train.py --base ${quoted(base)} ${storage === undefined ? "--print-adapter" : `--output ${quoted(storage)}`}`,
      submission_id: id,
      runtime_env: { working_dir: `gcs://${name}`, ...(install && { pip: requirements }) },
      metadata: { name: "polyclinic tune", sha256: content },
      ...(gpus > 0 && { entrypoint_num_gpus: gpus }),
    };
    const made = await this.json("POST", "/api/jobs/", { body: JSON.stringify(job) });
    if (made.submission_id !== id) throw this.unexpected("POST /api/jobs/", "submission_id", id, made.submission_id);
    return id;
  }

  /**
   * Waits for the end of a job, and passes on the lines it prints, those of the adapter excepted.
   *
   * @returns the whole log of a job that succeeded.
   * @throws PolyclinicError `ray/failed` with the last lines; `ray/stopped`.
   */
  async follow(id: string, { onLine, onStatus }: FollowOptions = {}): Promise<string> {
    let [shown, last] = [0, "" as RayStatus | ""];
    for (;;) {
      const { status, message } = await this.json("GET", `/api/jobs/${encodeURIComponent(id)}`);
      if (status !== last) onStatus?.(status as RayStatus, String(message ?? ""));
      last = status as RayStatus;
      const ended = ["STOPPED", "SUCCEEDED", "FAILED"].includes(last);
      const logs = last === "PENDING" ? "" : await this.logs(id);
      // The last line may be incomplete until the job has ended.
      const lines = logs.split("\n");
      const whole = ended ? lines : lines.slice(0, -1);
      for (const line of whole.slice(shown)) if (line !== "" && !isPrinted(line)) onLine?.(line);
      shown = Math.max(shown, whole.length);
      if (last === "SUCCEEDED") return logs;
      if (ended)
        throw new PolyclinicError(last === "STOPPED" ? "ray/stopped" : "ray/failed", "the job did not finish", {
          where: `job ${id}`,
          expected: "SUCCEEDED",
          found: [last, String(message ?? ""), ...lines.filter((line) => line !== "").slice(-5)].join("\n"),
        });
      await wait(this.options.pause ?? 2000, undefined, { signal: this.options.signal });
    }
  }

  async logs(id: string): Promise<string> {
    const { logs } = await this.json("GET", `/api/jobs/${encodeURIComponent(id)}/logs`);
    return String(logs ?? "");
  }

  /** Asks Ray to end a job: SIGTERM, then SIGKILL. @returns false for a job that had ended. */
  async stop(id: string): Promise<boolean> {
    const { stopped } = await this.json("POST", `/api/jobs/${encodeURIComponent(id)}/stop`, { stopping: true });
    return stopped === true;
  }

  private async json(method: string, path: string, more: Request = {}): Promise<Record<string, unknown>> {
    const response = await this.request(method, path, more);
    const text = await response.text();
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
    } catch {
      // Said below.
    }
    throw this.unexpected(`${method} ${path}`, "its answer", "a JSON object", text.slice(0, 200));
  }

  private async request(method: string, path: string, { body, accept = [200], stopping }: Request): Promise<Response> {
    const { url, authorization, signal } = this.options;
    const address = `${url.replace(/\/+$/, "")}${path}`;
    let response: Response;
    try {
      response = await fetch(address, {
        method,
        redirect: "error",
        // A job is also stopped when the user has interrupted the command.
        ...(signal && !stopping && { signal }),
        headers: {
          ...(typeof body === "string" && { "Content-Type": "application/json" }),
          ...(authorization !== undefined && { Authorization: authorization }),
        },
        ...(body !== undefined && { body: body as RequestInit["body"] }),
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new PolyclinicError("ray/unreachable", "the Ray cluster cannot be reached", {
        where: new URL(address).origin,
        expected: "the address of a Ray dashboard, such as http://ray-head:8265",
        hint: "Check the address, and that the dashboard listens on it (ray start --head --dashboard-host=0.0.0.0).",
        cause: error,
      });
    }
    if (accept.includes(response.status)) return response;
    const status = (await response.text()).trim().split("\n").slice(-1)[0];
    throw new PolyclinicError("ray/refused", "the Ray cluster refused a request", {
      where: `${method} ${path}`,
      expected: accept.join(" or "),
      found: `${response.status} ${status}`.slice(0, 500),
      hint:
        response.status === 401 || response.status === 403
          ? "Put the value of the Authorization header into RAY_AUTHORIZATION."
          : response.status === 404
            ? "Check the job's id, and that the address is that of a Ray dashboard."
            : "Check the cluster's dashboard.",
    });
  }

  private unexpected(where: string, what: string, expected: string, found: unknown): PolyclinicError {
    return new PolyclinicError("ray/answer", `${what} is not in the form that Ray documents`, {
      where,
      expected,
      found: String(found),
      hint: "Check that the address is that of a Ray 2 dashboard.",
    });
  }
}

export interface FollowOptions {
  readonly onLine?: (line: string) => void;
  readonly onStatus?: (status: RayStatus, message: string) => void;
}

interface Request {
  readonly body?: string | Uint8Array;
  readonly accept?: readonly number[];
  readonly stopping?: boolean;
}

/** As one word of the shell that runs the entrypoint. */
const quoted = (word: string) => `'${word.replaceAll("'", `'"'"'`)}'`;

/** The folder's files, without the folder itself, as Ray unpacks a working directory; equal content gives equal bytes. */
async function packed(folder: string): Promise<Uint8Array> {
  const root = resolve(folder);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"));
  const zip = new yazl.ZipFile();
  for (const name of names.sort())
    zip.addBuffer(await readFile(join(root, name)), name, { mtime: new Date(1980, 0, 1), mode: 0o100644 });
  zip.end();
  return buffer(zip.outputStream as NodeJS.ReadableStream);
}
