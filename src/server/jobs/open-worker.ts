/** `polyclinic worker`: a process that runs the jobs of a server's store. */
import { loadModel } from "../../model/load-model.ts";
import { Answers } from "../clinical/answers.ts";
import { StudyCache } from "../clinical/asked.ts";
import { Engines } from "../engines/engines.ts";
import { OpenedStudies } from "../pixels/opened.ts";
import { openStore } from "../store/index.ts";
import { Erasures } from "../upkeep/erasures.ts";
import { type Job, Jobs } from "./jobs.ts";
import { Worker } from "./worker.ts";

export interface OpenWorkerOptions {
  /** The server's data folder, or a mount of it on another machine. */
  readonly data: string;
  readonly databaseUrl?: string;
  readonly models: readonly string[];
  /** Seconds without a heartbeat after which its job goes to another worker. */
  readonly lease?: number;
  readonly onFailure: (error: unknown) => void;
  readonly onDone?: (job: Job) => void;
}

export interface RunningWorker {
  readonly worker: Worker;
  readonly jobs: Jobs;
  close(): Promise<void>;
}

/**
 * @throws PolyclinicError `server/data-in-use` for the embedded store of a running server: that server runs its jobs
 * itself.
 */
export async function openWorker(options: OpenWorkerOptions): Promise<RunningWorker> {
  const { data, databaseUrl, models, lease, onFailure, onDone } = options;
  const store = await openStore({ folder: data, ...(databaseUrl !== undefined && { databaseUrl }) });
  const engines = new Engines({ names: models, open: loadModel });
  const studies = new OpenedStudies(store);
  const studyCache = new StudyCache(studies);
  const answers = new Answers(store, engines, studyCache);
  const jobs = new Jobs(store.database, lease === undefined ? {} : { lease });
  const erasures = new Erasures(
    store.database,
    async () => {
      await studyCache.close();
      await studies.close();
      await engines.forget();
    },
    onFailure,
  );
  erasures.start();
  const worker = new Worker({
    jobs,
    models,
    atOnce: engines.jobsAtOnce,
    answer: answering(answers),
    onFailure,
    ...(onDone && { onDone }),
  });
  return {
    worker,
    jobs,
    async close() {
      await erasures.close();
      await worker.close();
      await studyCache.close();
      await studies.close();
      await engines.close();
      await store.close();
    },
  };
}

export const answering = (answers: Answers) => async (job: Job, signal: AbortSignal) =>
  (await answers.ask(job.payload, job.createdBy, { signal }))?.id;
