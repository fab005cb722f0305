/**
 * The page's side: starts a worker from `worker.js` and offers its calls as functions. None of the engine is loaded
 * into the page.
 */
import { PolyclinicError } from "../base/errors.ts";
import type { Work } from "../base/progress.ts";
import type { Pixels } from "../study/display/pixels.ts";
import type { TaskResult } from "../task/result.ts";
import { browser, type WorkerHandle } from "./browser.ts";
import type {
  Answered,
  AskOptions,
  CallName,
  Calls,
  ModelInfo,
  NamedBytes,
  OpenOptions,
  Picture,
  StudyInfo,
} from "./protocol.ts";

/** Where the folder of the browser build is served, and how the model is opened. */
export interface WebOptions extends Work, Omit<OpenOptions, "base"> {
  /** URL of the folder where the package's `dist/web` is served. Default: the page's own folder. */
  readonly base?: string;
}

/** Cancellation and streaming of one answer. */
export interface WebAskOptions extends Pick<AskOptions, "anyway"> {
  signal?: AbortSignal;
  /** Called with each piece of the answer. */
  onText?: (text: string) => void;
}

interface Listener {
  readonly onText?: (text: string) => void;
  readonly onProgress?: Work["onProgress"];
  readonly done: (result: never) => void;
  readonly failed: (error: unknown) => void;
}

class Line {
  private readonly listeners = new Map<number, Listener>();
  private readonly worker: WorkerHandle;
  private next = 1;
  private broken: PolyclinicError | undefined;

  constructor(base: string) {
    this.worker = new browser.Worker(new URL("worker.js", base), { type: "module", name: "polyclinic" });
    this.worker.addEventListener("message", ({ data }) => {
      const listener = this.listeners.get(data.id);
      if (data.kind === "progress") listener?.onProgress?.(data.progress);
      else if (data.kind === "text") listener?.onText?.(data.text);
      else {
        this.listeners.delete(data.id);
        if (data.kind === "done") listener?.done(data.result as never);
        else listener?.failed(new PolyclinicError(data.code, data.summary, data.details));
      }
    });
    const broke = ({ message }: { readonly message?: string }) =>
      this.end(
        new PolyclinicError("web/worker", "the worker could not be started or has ended unexpectedly", {
          where: new URL("worker.js", base).href,
          found: message ?? "no error message",
          hint: "Check that worker.js is served from this address and from the same origin as the page, then reload the page.",
        }),
      );
    this.worker.addEventListener("error", broke);
    this.worker.addEventListener("messageerror", broke);
  }

  call<Name extends CallName>(
    name: Name,
    params: Calls[Name]["params"],
    { signal, onText, onProgress }: Work & { readonly onText?: (text: string) => void } = {},
    transfer: readonly ArrayBufferLike[] = [],
  ): Promise<Calls[Name]["result"]> {
    if (this.broken !== undefined) return Promise.reject(this.broken);
    const id = this.next++;
    return new Promise((done, failed) => {
      const stop = () => this.worker.postMessage({ kind: "abort", id });
      const settled =
        <T>(settle: (value: T) => void) =>
        (value: T) => {
          signal?.removeEventListener("abort", stop);
          settle(value);
        };
      this.listeners.set(id, { onText, onProgress, done: settled(done), failed: settled(failed) });
      this.worker.postMessage({ kind: "call", id, name, params }, transfer);
      signal?.addEventListener("abort", stop, { once: true });
      if (signal?.aborted) stop();
    });
  }

  end(error: PolyclinicError): void {
    this.broken ??= error;
    for (const { failed } of this.listeners.values()) failed(error);
    this.listeners.clear();
    this.worker.terminate();
  }
}

/** A study opened in the worker. */
export class WebStudy {
  constructor(
    readonly info: StudyInfo,
    private readonly line: Line,
  ) {}

  /** Unwindowed values of a part for display: an image, a slice, a page (0-based). @throws `web/no-picture`. */
  pixels(part: number, index = 0): Promise<Pixels> {
    return this.line.call("pixels", { study: this.info.id, part, index });
  }

  /** The images given to the model, in reading order. */
  saw(): Promise<readonly Picture[]> {
    return this.line.call("saw", { study: this.info.id });
  }

  /**
   * ```ts
   * const { result } = await study.ask("ask", { question: "Is there pneumonia?" }, { onText: (piece) => show(piece) });
   * result.cautions; // limits of the model, to be read first
   * result.answer; // { kind: "closed", question: "Is there pneumonia?", answer: "yes", choices: ["yes", "no"] }
   * ```
   * A request outside the model's scope is refused: see `result.parse.status` and `result.refusal`.
   *
   * @param task `ask`, `report`, `classify`, `locate`, or any other of the package.
   * @throws PolyclinicError as `run` does; `abort/aborted`.
   */
  ask(
    task: string,
    options: Readonly<Record<string, unknown>>,
    { anyway, ...heard }: WebAskOptions = {},
  ): Promise<Answered> {
    return this.line.call("ask", { study: this.info.id, task, options, ...(anyway && { anyway }) }, heard);
  }

  /** DICOM structured report, and the captures of images without a DICOM header to which it refers. */
  toDicomSr(result: TaskResult, at = new Date()): Promise<readonly NamedBytes[]> {
    return this.line.call("sr", { study: this.info.id, result, at: at.getTime() });
  }

  async close(): Promise<void> {
    await this.line.call("close", { study: this.info.id });
  }
}

/** An open model in a worker of this page. */
export class WebPolyclinic {
  constructor(
    readonly model: ModelInfo,
    private readonly line: Line,
  ) {}

  /**
   * Opens files as one study: DICOM, NIfTI, JPEG, PNG, PDF, zip archives of them. They are passed to the worker and
   * sent nowhere.
   *
   * @throws PolyclinicError as `openStudy` does.
   */
  async open(files: readonly (NamedBytes | File)[], work: Work = {}): Promise<WebStudy> {
    const read = await Promise.all(
      files.map(async (file) =>
        "arrayBuffer" in file ? { name: file.name, data: new Uint8Array(await file.arrayBuffer()) } : file,
      ),
    );
    return new WebStudy(await this.line.call("read", { files: read }, work), this.line);
  }

  /** Terminates the worker and everything it is doing. */
  close(): void {
    this.line.end(new PolyclinicError("web/closed", "was closed"));
  }
}

/** A file from a browser's file picker or drop event. */
interface File {
  readonly name: string;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/**
 * Starts the worker and opens the model.
 *
 * ```ts
 * const polyclinic = await openPolyclinic({ base: "/polyclinic/" });
 * const study = await polyclinic.open([file]);
 * const { result } = await study.ask("ask", { question: "Is there pneumonia?" });
 * ```
 * @throws PolyclinicError `web/worker`, `model/fetch`, `model/damaged`, `model/too-large`, `runtime/...`.
 */
export async function openPolyclinic({
  base = ".",
  signal,
  onProgress,
  ...options
}: WebOptions = {}): Promise<WebPolyclinic> {
  const address = new URL(base.endsWith("/") ? base : `${base}/`, browser.location.href).href;
  const line = new Line(address);
  try {
    return new WebPolyclinic(await line.call("open", { base: address, ...options }, { signal, onProgress }), line);
  } catch (error) {
    line.end(new PolyclinicError("web/closed", "was closed"));
    throw error;
  }
}
