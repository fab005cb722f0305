/** The clinical REST interface under `/api`: studies, pixels, answers, reports, comparisons, people. */
import type { Handler } from "hono";
import type { Corpus } from "../../strategy/index.ts";
import type { Audit } from "../access/audit.ts";
import type { LoginLinks } from "../access/login-links.ts";
import type { Engines } from "../engines/engines.ts";
import type { FhirOptions } from "../fhir/fhir-client.ts";
import { FhirServer } from "../fhir/fhir-server.ts";
import { Jobs } from "../jobs/jobs.ts";
import { answering } from "../jobs/open-worker.ts";
import { jobRoutes } from "../jobs/routes.ts";
import { Worker } from "../jobs/worker.ts";
import { mcpRoute } from "../mcp/route.ts";
import { Idempotency } from "../operations/idempotency.ts";
import { Operations } from "../operations/operations.ts";
import { Outbox } from "../outbox/outbox.ts";
import { outboxRoutes } from "../outbox/routes.ts";
import type { DicomWebOptions } from "../pacs/dicomweb-client.ts";
import { OrthancWatch, type OrthancWatchOptions } from "../pacs/orthanc-watch.ts";
import { Pacs } from "../pacs/pacs.ts";
import { pacsRoutes } from "../pacs/routes.ts";
import { OpenedStudies } from "../pixels/opened.ts";
import { pixelRoutes } from "../pixels/routes.ts";
import type { Store } from "../store/index.ts";
import { Erasures } from "../upkeep/erasures.ts";
import { answerRoutes } from "./answer-routes.ts";
import { Answers } from "./answers.ts";
import { StudyCache } from "./asked.ts";
import { comparisonRoutes } from "./comparison-routes.ts";
import { Comparisons } from "./comparisons.ts";
import { peopleRoutes } from "./people-routes.ts";
import { Preparation } from "./prepare.ts";
import { ReportExports } from "./report-exports.ts";
import { reportRoutes } from "./report-routes.ts";
import { Reports } from "./reports.ts";
import { SimilarReports } from "./similar.ts";
import { studyRoutes } from "./study-routes.ts";
import { tokenRoutes } from "./token-routes.ts";
import { Uploads } from "./uploads.ts";

export interface ClinicalOptions {
  readonly store: Store;
  readonly engines: Engines;
  readonly audit: Audit;
  readonly links: LoginLinks;
  readonly maxUpload: number;
  /** Maximum size of a JSON request, bytes. */
  readonly maxBody: number;
  /** The PACS that studies are fetched from and signed reports are sent to. */
  readonly pacs?: DicomWebOptions;
  /** The Orthanc server whose new studies are fetched automatically, and optionally drafted. */
  readonly watch?: OrthancWatchOptions;
  /** The FHIR server that signed reports are sent to. */
  readonly fhir?: FhirOptions;
  /** Documents for strategies that search. */
  readonly corpus?: Corpus;
  /** Folder of an index of reports (`polyclinic neighbours build`). */
  readonly neighbours?: string;
  readonly onFailure: (error: unknown) => void;
}

export interface Clinical {
  readonly operations: Operations;
  readonly answers: Answers;
  /** `/mcp`. */
  readonly mcp: Handler;
  readonly pacs: Pacs;
  readonly outbox: Outbox;
  readonly watch: OrthancWatch | undefined;
  readonly jobs: Jobs;
  /** Runs jobs in this process once started. */
  readonly worker: Worker;
  /** Resolves when all received studies have been processed. */
  settled(): Promise<void>;
  /** Stops background work and closes all resources. */
  close(): Promise<void>;
}

export function clinical({
  store,
  engines,
  audit,
  links,
  maxUpload,
  maxBody,
  pacs: remote,
  fhir: fhirOptions,
  watch: watched,
  corpus,
  neighbours,
  onFailure,
}: ClinicalOptions): Clinical {
  const studies = new OpenedStudies(store);
  const studyCache = new StudyCache(studies);
  const preparation = new Preparation(store, studies, onFailure);
  const answers = new Answers(store, engines, studyCache, corpus);
  const similar = new SimilarReports(store, studies, neighbours);
  const reports = new Reports(store, answers);
  const exports = new ReportExports(answers, studies, store);
  const comparisons = new Comparisons(store, reports, answers);
  const forget = async () => {
    await studyCache.close();
    await studies.close();
    await engines.forget();
  };
  const erasures = new Erasures(store.database, forget, onFailure);
  const operations = new Operations(audit, new Idempotency(store.database), maxBody);
  peopleRoutes(operations, { store, audit, links });
  tokenRoutes(operations, { store, audit });
  studyRoutes(operations, { store, audit, uploads: new Uploads(store, maxUpload), preparation, forget });
  const jobs = new Jobs(store.database);
  const worker = new Worker({
    jobs,
    models: engines.names,
    atOnce: engines.jobsAtOnce,
    answer: answering(answers),
    onFailure,
  });
  jobRoutes(operations, { jobs, engines, audit });
  pixelRoutes(operations, { store, audit, studies });
  answerRoutes(operations, { answers, engines, studies, audit, similar });
  reportRoutes(operations, { reports, exports, audit });
  comparisonRoutes(operations, { comparisons, audit });
  const outbox = new Outbox(store.database, onFailure);
  const sending = { store, reports, exports, outbox };
  const pacs = new Pacs({ ...sending, maxBytes: maxUpload, ...(remote && { remote }) });
  const fhir = new FhirServer({ ...sending, ...(fhirOptions && { remote: fhirOptions }) });
  pacsRoutes(operations, { pacs, preparation, audit });
  outboxRoutes(operations, { outbox, pacs, fhir, audit });
  outbox.start();
  const watch =
    watched &&
    new OrthancWatch(watched, {
      database: store.database,
      audit,
      jobs,
      model: engines.names[0],
      onFailure,
      async pull(uid, signal) {
        const pulled = await pacs.pull(uid, signal);
        preparation.add(pulled.study);
        return pulled;
      },
    });
  watch?.start();
  erasures.start();
  preparation.resume().catch(onFailure);
  return {
    operations,
    answers,
    pacs,
    outbox,
    watch,
    jobs,
    worker,
    mcp: mcpRoute({ store, engines, answers, studyCache, studies, audit, onFailure }),
    settled: () => preparation.settled(),
    async close() {
      await watch?.close();
      await erasures.close();
      await worker.close();
      await outbox.close();
      await preparation.settled();
      await similar.close();
      await studyCache.close();
      await studies.close();
    },
  };
}
