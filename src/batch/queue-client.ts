/**
 * Runs a batch through a server's queue: uploads a study, requests a job, and fetches its answer. Uploads are recorded
 * in the output folder, so that a stopped batch resumes with its existing jobs. A full queue slows the batch down.
 */
import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { appendFile, readdir, readFile, stat } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { PolyclinicError } from "../base/errors.ts";
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
  readonly answer: string | null;
  readonly problem: { readonly code: string; readonly message: string } | null;
}

/** Polling interval of a job, ms. */
const every = 500;
const maxWaits = 1000;

export class QueueClient {
  private readonly sent = new Map<string, string>();

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
  async ask(
    study: BatchStudy,
    question: { readonly task: string; readonly options: object; readonly model?: string },
  ): Promise<string> {
    const known = this.sent.get(study.id);
    if (known !== undefined && (await this.job(known)) !== undefined) return known;
    const stored = await this.send(study);
    const job = await this.json<Job>("POST", "/api/jobs", {
      body: { study: stored, ...question },
      key: randomUUID(),
    });
    await appendFile(this.notes, `${JSON.stringify(study.id)}\t${job.id}\n`);
    this.sent.set(study.id, job.id);
    return job.id;
  }

  /** Waits for a job's answer. @throws PolyclinicError with the job's own error. */
  async answer(id: string): Promise<TaskResult> {
    for (;;) {
      const job = await this.job(id);
      if (job?.state === "done" && job.answer !== null)
        return (await this.json<{ result: TaskResult }>("GET", `/api/answers/${job.answer}`)).result;
      if (job?.state !== "waiting" && job?.state !== "running")
        throw new PolyclinicError(job?.problem?.code ?? "batch/job", job?.problem?.message ?? "the job has no result", {
          where: `job/${id}`,
          found: job === undefined ? "no job with this id" : `state ${job.state}`,
        });
      await pause(every, undefined, this.signal);
    }
  }

  private job(id: string): Promise<Job | undefined> {
    return this.json<Job>("GET", `/api/jobs/${id}`).catch((error: unknown) => {
      if (PolyclinicError.is(error) && error.code === "server/not-found") return undefined;
      throw error;
    });
  }

  private async send({ id, files, prior }: BatchStudy): Promise<string> {
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
    { body, stream, name, key }: { body?: object; stream?: () => ReadableStream; name?: string; key?: string } = {},
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
            ...(key !== undefined && { "idempotency-key": key }),
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
          ...(stream !== undefined && ({ body: stream(), duplex: "half" } as RequestInit)),
          ...this.signal,
        });
      } catch (cause) {
        if (this.options.signal?.aborted) throw cause;
        if (waits < 30) {
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
      if (response.ok) return reply as T;
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
