/**
 * A small server with the contract of Ray's dashboard for jobs, as Ray 2.58 has it (`dashboard/modules/job/job_head.py`, recorded): packages by PUT and GET, jobs that run
 * their entrypoint in the unpacked package, logs, stop. What the entrypoint does is a function here.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import yauzl from "yauzl";

export interface RayJobRecord {
  readonly entrypoint: string;
  readonly runtime_env: { working_dir: string; pip?: string[] };
  readonly entrypoint_num_gpus?: number;
  status: string;
  message: string;
  logs: string;
}

export interface RayServer {
  readonly url: string;
  readonly packages: Map<string, Buffer>;
  readonly jobs: Map<string, RayJobRecord>;
  /** Requests as `METHOD path`, in order. */
  readonly calls: string[];
  authorization: string | undefined;
  close(): Promise<void>;
}

/** @param step is called before each look at a job, with the files of its package. */
export async function rayServer(step: (job: RayJobRecord, files: string[]) => void): Promise<RayServer> {
  const [packages, jobs, calls] = [new Map<string, Buffer>(), new Map<string, RayJobRecord>(), [] as string[]];
  const server = createServer(async (request, response) => {
    const send = (status: number, body: unknown) =>
      response
        .writeHead(status, {
          "content-type": typeof body === "string" ? "text/plain; charset=utf-8" : "application/json",
        })
        .end(typeof body === "string" ? body : JSON.stringify(body));
    const body = await buffer(request);
    const path = request.url!;
    calls.push(`${request.method} ${path}`);
    if (state.authorization !== undefined && request.headers.authorization !== state.authorization)
      return send(401, "Unauthorized");
    const [, name] = /^\/api\/packages\/gcs\/(_ray_pkg_[0-9a-f]{16}\.zip)$/.exec(path) ?? [];
    if (name !== undefined) {
      if (request.method === "GET")
        return packages.has(name) ? send(200, "") : send(404, `Package gcs://${name} does not exist`);
      packages.set(name, body);
      return send(200, "");
    }
    if (request.method === "POST" && path === "/api/jobs/") {
      const submission = JSON.parse(body.toString());
      if (jobs.has(submission.submission_id))
        return send(500, `Traceback\nValueError: Job with submission_id ${submission.submission_id} already exists.`);
      jobs.set(submission.submission_id, { ...submission, status: "PENDING", message: "Job is queued.", logs: "" });
      return send(200, { job_id: submission.submission_id, submission_id: submission.submission_id });
    }
    const [, id, what] = /^\/api\/jobs\/([^/]+?)(\/logs|\/stop)?$/.exec(path) ?? [];
    const job = id === undefined ? undefined : jobs.get(id);
    if (job === undefined) return send(404, `Job ${id} does not exist`);
    if (what === "/logs") return send(200, { logs: job.logs });
    if (what === "/stop") {
      const stopped = job.status === "PENDING" || job.status === "RUNNING";
      if (stopped) job.status = "STOPPED";
      return send(200, { stopped });
    }
    const archive = packages.get(job.runtime_env.working_dir.replace("gcs://", ""));
    if (archive === undefined) job.status = "FAILED";
    else step(job, await namesIn(archive));
    send(200, { type: "SUBMISSION", submission_id: id, status: job.status, message: job.message });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const state: RayServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    packages,
    jobs,
    calls,
    authorization: undefined,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return state;
}

function namesIn(archive: Buffer): Promise<string[]> {
  return new Promise((resolve, reject) =>
    yauzl.fromBuffer(archive, (error, zip) => {
      if (error) return reject(error);
      const names: string[] = [];
      zip.on("entry", (entry: { fileName: string }) => names.push(entry.fileName));
      zip.on("end", () => resolve(names.sort()));
    }),
  );
}
