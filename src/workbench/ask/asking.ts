/** A pending question: streams the text, then the answer; stopping also stops the engine. */
import { batch, signal } from "@preact/signals";
import { ApiError } from "../api/client.ts";
import { events } from "../api/events.ts";
import type { Answer } from "../api/types.ts";

export interface Turn {
  readonly id: string;
  /** As shown in the conversation. */
  readonly question: string;
  readonly task: string;
  readonly stage: "waiting" | "reading" | "answering" | "done" | "stopped" | "failed";
  readonly text: string;
  readonly answer?: Answer;
  readonly problem?: string;
}

export interface Question {
  readonly task: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly model?: string;
  readonly strategy?: string;
  readonly prior?: { readonly study: string; readonly part?: number; readonly currentPart?: number };
  readonly anyway?: boolean;
}

export class Asking {
  readonly turns = signal<readonly Turn[]>([]);
  readonly busy = signal(false);
  private abort: AbortController | undefined;

  constructor(
    readonly study: string,
    private readonly onAnswer: (answer: Answer) => void,
  ) {}

  /** @returns the answer, including refusals; undefined if stopped or failed. */
  async ask(words: string, question: Question): Promise<Answer | undefined> {
    if (this.busy.peek()) return undefined;
    const id = crypto.randomUUID();
    const put = (change: Partial<Turn>) => {
      this.turns.value = this.turns.peek().map((turn) => (turn.id === id ? { ...turn, ...change } : turn));
    };
    batch(() => {
      this.busy.value = true;
      this.turns.value = [
        ...this.turns.peek(),
        { id, question: words, task: question.task, stage: "waiting", text: "" },
      ];
    });
    this.abort = new AbortController();
    const { signal: stopped } = this.abort;
    try {
      let text = "";
      for await (const { event, data } of events("/api/answers", {
        body: { study: this.study, ...question },
        signal: stopped,
      })) {
        const value = JSON.parse(data);
        if (event === "stage") put({ stage: value.stage });
        else if (event === "text") put({ text: (text += value.text) });
        else if (event === "error") throw new ApiError(200, value.error.code, value.error.message);
        else if (event === "answer") {
          const answer = value as Answer;
          put({ stage: "done", answer });
          this.onAnswer(answer);
          return answer;
        }
      }
      throw new ApiError(
        0,
        "workbench/connection",
        "The connection was lost before the answer was complete. Ask again.",
      );
    } catch (error) {
      put(stopped.aborted ? { stage: "stopped" } : { stage: "failed", problem: (error as Error).message });
      return undefined;
    } finally {
      this.busy.value = false;
      this.abort = undefined;
    }
  }

  stop(): void {
    this.abort?.abort();
  }
}
