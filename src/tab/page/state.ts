/** What the page holds: the model on its way, one study, the conversation about it. */
import { batch, signal } from "@preact/signals";
import type { Answer } from "../../workbench/api/types.ts";
import type { Question, Turn } from "../../workbench/ask/asking.ts";
import { tell } from "../../workbench/controls/toasts.tsx";
import { openPolyclinic, type Picture, type WebPolyclinic, type WebStudy } from "../index.ts";

export interface Shown {
  readonly part: number;
  readonly index: number;
}

export const opening = signal<{ readonly stage: string; readonly share?: number } | undefined>({ stage: "" });
export const openFailure = signal<string | undefined>(undefined);
export const polyclinic = signal<WebPolyclinic | undefined>(undefined);
export const study = signal<WebStudy | undefined>(undefined);
export const reading = signal<string | undefined>(undefined);
export const readFailure = signal<string | undefined>(undefined);
export const shown = signal<Shown>({ part: 0, index: 0 });
export const picture = signal<Picture | undefined>(undefined);
export const turns = signal<readonly Turn[]>([]);
export const busy = signal(false);
/** Milliseconds of each answer, by its turn. */
export const took = signal<ReadonlyMap<string, number>>(new Map());

/** The address may say how the model is opened: `?threads=2&device=webgpu`. */
export async function start(): Promise<void> {
  const asked = new URLSearchParams(location.search);
  const threads = Number(asked.get("threads")) || undefined;
  const device = asked.get("device") === "webgpu" ? "webgpu" : undefined;
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
    batch(() => {
      study.value = next;
      turns.value = [];
      picture.value = undefined;
    });
    await last?.close();
    const first = next.info.parts.findIndex(({ pictures }) => pictures > 0);
    await show({
      part: Math.max(0, first),
      index: Math.floor((next.info.parts[Math.max(0, first)]?.pictures ?? 1) / 2),
    });
  } catch (error) {
    if (now === readings) readFailure.value = (error as Error).message;
  } finally {
    if (now === readings) reading.value = undefined;
  }
}

let wanted: Shown | undefined;

/** The latest wish wins: slices that nobody waits for any more are not fetched. */
export async function show(next: Shown): Promise<void> {
  const own = study.peek();
  const count = own?.info.parts[next.part]?.pictures ?? 0;
  shown.value = { part: next.part, index: Math.max(0, Math.min(next.index, count - 1)) };
  if (own === undefined || count === 0) {
    picture.value = undefined;
    return;
  }
  const idle = wanted === undefined;
  wanted = shown.peek();
  if (!idle) return;
  while (wanted !== undefined) {
    const { part, index }: Shown = wanted;
    try {
      const got: Picture = await own.picture(part, index);
      if (study.peek() === own) picture.value = got;
    } catch (error) {
      tell((error as Error).message, { failed: true });
    }
    if (wanted.part === part && wanted.index === index) wanted = undefined;
  }
}

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
    const [box] = (result.answer as { boxes?: readonly { part: number; index?: number }[] } | undefined)?.boxes ?? [];
    if (box !== undefined) await show({ part: box.part, index: box.index ?? 0 });
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
