/** State of the page: the loading model, one study, the conversation about it. */
import { batch, signal } from "@preact/signals";
import type { Answer } from "../../workbench/api/types.ts";
import { boxesOf } from "../../workbench/ask/asked-words.ts";
import type { Question, Turn } from "../../workbench/ask/asking.ts";
import { Reader } from "../../workbench/viewer/reader.ts";
import type { StudySource } from "../../workbench/viewer/source.ts";
import { openPolyclinic, type WebPolyclinic, type WebStudy } from "../index.ts";

export const opening = signal<{ readonly stage: string; readonly share?: number } | undefined>({ stage: "" });
export const openFailure = signal<string | undefined>(undefined);
export const polyclinic = signal<WebPolyclinic | undefined>(undefined);
export const study = signal<WebStudy | undefined>(undefined);
export const reading = signal<string | undefined>(undefined);
export const readFailure = signal<string | undefined>(undefined);
/** The viewer of `study`. */
export const reader = signal<Reader | undefined>(undefined);
export const turns = signal<readonly Turn[]>([]);
export const busy = signal(false);
/** Duration of each answer in milliseconds, by its turn. */
export const took = signal<ReadonlyMap<string, number>>(new Map());

/** The URL can contain options for opening the model: `?threads=2&device=webgpu`. */
export async function start(): Promise<void> {
  const parameters = new URLSearchParams(location.search);
  const threads = Number(parameters.get("threads")) || undefined;
  const device = parameters.get("device") === "webgpu" ? "webgpu" : undefined;
  try {
    polyclinic.value = await openPolyclinic({
      ...(threads && { threads }),
      ...(device && { device }),
      onProgress: ({ stage, done, total }) => {
        opening.value = { stage, ...(total && { share: done / total }) };
      },
    });
  } catch (error) {
    openFailure.value = (error as Error).message;
  }
  opening.value = undefined;
}

let readings = 0;

export async function read(files: readonly File[]): Promise<void> {
  const own = polyclinic.peek();
  if (own === undefined || files.length === 0) return;
  stop();
  const now = ++readings;
  reading.value = files.length === 1 ? files[0].name : `${files[0].name} + ${files.length - 1}`;
  readFailure.value = undefined;
  try {
    const next = await own.open(files);
    if (now !== readings) {
      await next.close();
      return;
    }
    const last = study.peek();
    reader.peek()?.close();
    batch(() => {
      study.value = next;
      reader.value = new Reader(sourceOf(next));
      turns.value = [];
    });
    await last?.close();
  } catch (error) {
    if (now === readings) readFailure.value = (error as Error).message;
  } finally {
    if (now === readings) reading.value = undefined;
  }
}

/** The workbench's viewer with the worker as its source. */
const sourceOf = (own: WebStudy): StudySource => ({
  parts: async () => own.info,
  first: async () => undefined,
  pixels: async (part, index, signal) => {
    const pixels = await own.pixels(part, index);
    signal.throwIfAborted();
    return { ...pixels, inverted: pixels.inverted ?? false, smaller: [] };
  },
});

let control: AbortController | undefined;

export async function ask(question: string, { task, options, anyway }: Question): Promise<void> {
  const own = study.peek();
  if (own === undefined || busy.peek()) return;
  const id = crypto.randomUUID();
  const put = (change: Partial<Turn>) => {
    turns.value = turns.peek().map((turn) => (turn.id === id ? { ...turn, ...change } : turn));
  };
  batch(() => {
    busy.value = true;
    turns.value = [...turns.peek(), { id, question, task, stage: "reading", text: "" }];
  });
  control = new AbortController();
  const { signal } = control;
  let text = "";
  try {
    const { result, milliseconds } = await own.ask(task, options, {
      signal,
      ...(anyway && { anyway }),
      onText: (piece) => put({ stage: "answering", text: (text += piece) }),
    });
    const answer = {
      id,
      study: "",
      task,
      options,
      status: result.parse.status,
      result,
      seen: [],
      createdAt: "",
    } as unknown as Answer;
    batch(() => {
      took.value = new Map(took.peek()).set(id, milliseconds);
      put(result.finishReason === "abort" ? { stage: "stopped" } : { stage: "done", answer });
    });
    reader.peek()?.showLocated(boxesOf(answer));
  } catch (error) {
    put(signal.aborted ? { stage: "stopped" } : { stage: "failed", problem: (error as Error).message });
  } finally {
    busy.value = false;
    control = undefined;
  }
}

export function stop(): void {
  control?.abort();
}
