/**
 * Runs a batch through a server's queue: uploads a study, requests a job, and fetches its answer. Uploads are recorded
 * in the output folder, so that a stopped batch resumes with its existing jobs. A full queue slows the batch down.
 */
import { createReadStream } from "node:fs";
import { appendFile, readdir, readFile, stat } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { PolyclinicError } from "../base/errors.ts";
import { Gathered } from "../base/gathered.ts";
import { bodyOf, textOf } from "../base/response-body.ts";
import type { TaskResult } from "../task/result.ts";
import type { BatchStudy } from "./studies.ts";

export interface QueueClientOptions {
  /** A server's URL, such as `http://reader.hospital.example:8420`. */
  readonly url: string;
  readonly key: string;
  /** The folder in which uploads are recorded. */
  readonly output: string;
  readonly signal?: AbortSignal;
}

interface Job {
  readonly id: string;
  readonly state: string;
  readonly problem: { readonly code: string; readonly message: string } | null;
}

interface JobResult extends Job {
  readonly result: TaskResult | null;
}

interface Question {
  readonly task: string;
  readonly options: object;
  readonly model?: string;
}

interface Awaited {
  readonly resolve: (result: TaskResult) => void;
  readonly reject: (error: unknown) => void;
}

/** Pauses between requests for results, ms: after some have ended, and after none has. */
const pauses = { some: 50, none: 500 } as const;
const maxWaits = 1000;
/** Attempts, a second apart, to reach a server that is restarting. */
const maxAttempts = 120;
/** Questions of one request, and milliseconds in which they gather. */
const [maxAsked, gathering] = [100, 20];
/** Jobs whose results one request asks for. */
const maxAwaited = 500;
/** Studies that are sent at the same time, and how often one is begun. */
const [maxUploads, maxUploadAttempts] = [4, 5];

export class QueueClient {
  private readonly sent = new Map<string, string>();
  /** Studies by their files: many questions about one study send it once. */
  private readonly stored = new Map<string, Promise<string>>();
  private readonly awaited = new Map<string, Awaited>();
  private uploads: Promise<unknown>[] = Array.from({ length: maxUploads }, () => Promise.resolve());
  private polling = false;

  private constructor(private readonly options: QueueClientOptions) {}

  static async open(options: QueueClientOptions): Promise<QueueClient> {
    const client = new QueueClient(options);
    const text = await readFile(client.notes, "utf8").catch(() => "");
    for (const line of text.split("\n")) {
      const [, id, job] = /^(.+)\t([0-9a-f-]{36})$/.exec(line) ?? [];
      if (job !== undefined) client.sent.set(JSON.parse(id) as string, job);
    }
    return client;
  }

  private get notes(): string {
    return join(this.options.output, "jobs.tsv");
  }

  /** Requests a study's job. @returns its id. */
  async ask(study: BatchStudy, question: Question): Promise<string> {
    const known = this.sent.get(study.id);
    if (known !== undefined && (await this.job(known)) !== undefined) return known;
    return this.asking.add({ entry: study.id, question: { study: await this.storedAs(study), ...question } });
  }

  /** All of a group or none: a full queue answers 503, and the group is sent again. */
  private readonly asking = new Gathered<{ entry: string; question: Question & { study: string } }, string>(
    async (group) => {
      const { jobs } = await this.json<{ jobs: Job[] }>("POST", "/api/jobs/several", {
        body: { jobs: group.map(({ question }) => question) },
      });
      const noted = group.map(({ entry }, i) => `${JSON.stringify(entry)}\t${jobs[i].id}\n`);
      await appendFile(this.notes, noted.join(""));
      for (const [i, { entry }] of group.entries()) this.sent.set(entry, jobs[i].id);
      return jobs.map(({ id }) => id);
    },
    maxAsked,
    gathering,
  );

  /** Waits for a job's answer. @throws PolyclinicError with the job's own error. */
  answer(id: string): Promise<TaskResult> {
    return new Promise((resolve, reject) => {
      const before = this.awaited.get(id);
      this.awaited.set(id, {
        resolve: (result) => {
          before?.resolve(result);
          resolve(result);
        },
        reject: (error) => {
          before?.reject(error);
          reject(error);
        },
      });
      void this.poll();
    });
  }

  /** Asks for the results of all jobs that are waited for, until none is. */
  private async poll(): Promise<void> {
    if (this.polling) return;
    this.polling = true;
    try {
      while (this.awaited.size > 0) {
        let ended = 0;
        const ids = [...this.awaited.keys()];
        for (let at = 0; at < ids.length; at += maxAwaited) ended += await this.collect(ids.slice(at, at + maxAwaited));
        await pause(ended > 0 ? pauses.some : pauses.none, undefined, this.signal);
      }
    } catch (error) {
      for (const { reject } of this.awaited.values()) reject(error);
      this.awaited.clear();
    } finally {
      this.polling = false;
    }
  }

  /** @returns the number of those that have ended. */
  private async collect(ids: readonly string[]): Promise<number> {
    const { jobs } = await this.json<{ jobs: JobResult[] }>("POST", "/api/jobs/results", { body: { jobs: ids } });
    const known = new Map(jobs.map((job) => [job.id, job]));
    let ended = 0;
    for (const id of ids) {
      const job = known.get(id);
      if (job?.state === "waiting" || job?.state === "running") continue;
      const { resolve, reject } = this.awaited.get(id)!;
      this.awaited.delete(id);
      ended++;
      if (job?.state === "done" && job.result !== null) resolve(job.result);
      else
        reject(
          new PolyclinicError(job?.problem?.code ?? "batch/job", job?.problem?.message ?? "the job has no result", {
            where: `job/${id}`,
            found: job === undefined ? "no job with this id" : `state ${job.state}`,
          }),
        );
    }
    return ended;
  }

  private job(id: string): Promise<Job | undefined> {
    return this.json<Job>("GET", `/api/jobs/${id}`).catch((error: unknown) => {
      if (PolyclinicError.is(error) && error.code === "server/not-found") return undefined;
      throw error;
    });
  }

  private storedAs(study: BatchStudy): Promise<string> {
    const key = JSON.stringify([study.files, study.prior]);
    const known = this.stored.get(key);
    if (known !== undefined) return known;
    // A few at a time, each after the one before it in its line.
    const line = this.stored.size % maxUploads;
    const sending = this.uploads[line].then(() => this.send(study));
    this.uploads[line] = sending.catch(() => {});
    this.stored.set(key, sending);
    // A study that could not be sent is sent anew for the next entry.
    sending.catch(() => this.stored.delete(key));
    return sending;
  }

  private async send(study: BatchStudy): Promise<string> {
    for (let attempt = 1; ; attempt++)
      try {
        return await this.upload(study);
      } catch (error) {
        // A server that was restarted knows nothing of an upload that was not finished.
        if (attempt === maxUploadAttempts || !PolyclinicError.is(error) || error.code !== "server/upload") throw error;
      }
  }

  private async upload({ id, files, prior }: BatchStudy): Promise<string> {
    if (prior !== undefined)
      throw new PolyclinicError("batch/row", "a comparison with a prior study cannot be sent to a server's queue", {
        where: id,
      });
    const { upload } = await this.json<{ upload: string }>("POST", "/api/uploads");
    for (const [path, name] of await all(files))
      await this.json("PUT", `/api/uploads/${upload}/file`, {
        stream: () => Readable.toWeb(createReadStream(path)) as ReadableStream,
        name,
      });
    const { studies, leftOut } = await this.json<{ studies: string[]; leftOut: { reason: string }[] }>(
      "POST",
      `/api/uploads/${upload}/finish`,
    );
    if (studies.length === 1) return studies[0];
    throw new PolyclinicError("batch/row", "the server did not recognise these files as exactly one study", {
      where: id,
      found: studies.length === 0 ? (leftOut[0]?.reason ?? "nothing that can be read") : `${studies.length} studies`,
    });
  }

  private get signal() {
    return this.options.signal === undefined ? {} : { signal: this.options.signal };
  }

  /** Retries after the delay that a busy or restarting server requests. */
  private async json<T>(
    method: string,
    path: string,
    { body, stream, name }: { body?: object; stream?: () => ReadableStream; name?: string } = {},
  ): Promise<T> {
    for (let waits = 0; ; waits++) {
      let response: Response;
      try {
        response = await fetch(`${this.options.url.replace(/\/$/, "")}${path}`, {
          method,
          headers: {
            authorization: `Bearer ${this.options.key}`,
            ...(body !== undefined && { "content-type": "application/json" }),
            ...(name !== undefined && { "x-file-name": encodeURIComponent(name) }),
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
          ...(stream !== undefined && ({ body: stream(), duplex: "half" } as RequestInit)),
          ...this.signal,
        });
      } catch (cause) {
        if (this.options.signal?.aborted) throw cause;
        if (waits < maxAttempts) {
          await pause(1000, undefined, this.signal);
          continue;
        }
        throw new PolyclinicError("remote/unavailable", "the server does not respond", {
          where: this.options.url,
          cause,
        });
      }
      if (response.status === 503 && waits < maxWaits) {
        const seconds = Number(response.headers.get("retry-after"));
        await pause(1000 * Math.min(60, Math.max(1, seconds || 5)), undefined, this.signal);
        continue;
      }
      const reply = (await textOf(bodyOf(response, this.options.signal))
        .then((text) => JSON.parse(text))
        .catch(() => undefined)) as { error?: { message: string; code: string } } | undefined;
      this.options.signal?.throwIfAborted();
      if (response.ok && (reply !== undefined || response.status === 204)) return reply as T;
      // The server ended in the middle of its reply.
      if (response.ok && waits < maxAttempts) {
        await pause(1000, undefined, this.signal);
        continue;
      }
      throw new PolyclinicError(
        response.status === 401 ? "remote/unauthorised" : (reply?.error?.code ?? "remote/failed"),
        reply?.error?.message ?? "the server reported an error",
        {
          where: path,
          found: String(response.status),
          ...(response.status === 401 && { hint: "Set POLYCLINIC_API_KEY to a key issued by that server." }),
        },
      );
    }
  }
}

/** Files of a study with their names for the server: files of a folder keep their relative paths. */
async function all(paths: readonly string[]): Promise<[path: string, name: string][]> {
  const found: [string, string][] = [];
  for (const path of paths) {
    if (!(await stat(path)).isDirectory()) {
      found.push([path, basename(path)]);
      continue;
    }
    for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
      const inside = join(entry.parentPath, entry.name);
      if (entry.isFile()) found.push([inside, join(basename(path), relative(path, inside)).replaceAll("\\", "/")]);
    }
  }
  return found;
}
