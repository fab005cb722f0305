/** The worker that holds the model; the entry point of `dist/web/worker.js`. A page uses it through `client.ts`. */
import { PolyclinicError, throwIfAborted } from "../base/errors.ts";
import { turn } from "../base/host/workers.ts";
import type { Progress } from "../base/progress.ts";
import { browser } from "./browser.ts";
import { openModel } from "./opening.ts";
import type { CallName, Calls, FromWorker, ToWorker } from "./protocol.ts";
import { Session } from "./session.ts";

const post = (message: FromWorker) => browser.postMessage(message);
const running = new Map<number, AbortController>();
let session: Session | undefined;

interface Call {
  readonly id: number;
  readonly signal: AbortSignal;
}

function opened(): Session {
  if (session !== undefined) return session;
  throw new PolyclinicError("web/not-open", "no model is open", { hint: "Call open first." });
}

const calls: {
  readonly [Name in CallName]: (params: Calls[Name]["params"], call: Call) => Promise<Calls[Name]["result"]>;
} = {
  open: async (options, { id, signal }) => {
    const work = { signal, onProgress: (progress: Progress) => post({ kind: "progress", id, progress }) };
    const { model, info } = await openModel(options, work);
    session = new Session(model);
    // Warms up in the background while the user selects a file.
    void session.warmUp();
    return info;
  },
  read: ({ files }, { id, signal }) =>
    opened().read(files, { signal, onProgress: (progress) => post({ kind: "progress", id, progress }) }),
  pixels: async ({ study, part, index }) => opened().pixels(study, part, index),
  saw: ({ study }) => opened().saw(study),
  ask: ({ study, ...request }, { id, signal }) =>
    opened().ask(study, request, {
      signal,
      onText: (text) => post({ kind: "text", id, text }),
    }),
  sr: ({ study, result, at }) => opened().sr(study, result, at),
  close: async ({ study }) => {
    await opened().close(study);
    return null;
  },
};

async function answer(id: number, name: CallName, params: unknown): Promise<void> {
  const control = new AbortController();
  running.set(id, control);
  try {
    await turn();
    throwIfAborted(control.signal);
    const result = await calls[name](params as never, { id, signal: control.signal });
    post({ kind: "done", id, result });
  } catch (error) {
    const { code, summary, where, expected, found, hint } = PolyclinicError.is(error)
      ? error
      : new PolyclinicError("web/unexpected", "an unexpected error occurred in the worker", {
          found: error instanceof Error ? `${error.message} ${error.stack ?? ""}` : String(error),
          hint: "Reload the page.",
        });
    post({ kind: "failed", id, code, summary, details: { where, expected, found, hint } });
  } finally {
    running.delete(id);
  }
}

browser.addEventListener("message", ({ data }: { readonly data: ToWorker }) => {
  if (data.kind === "abort") running.get(data.id)?.abort();
  else void answer(data.id, data.name, data.params);
});
