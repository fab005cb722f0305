/** A session around another one: names and closing are the inner session's, `run` is the wrapper's. */
import type { RuntimeTensor, Session, Tensors } from "./runtime.ts";

export abstract class WrappedSession implements Session {
  constructor(protected readonly session: Session) {}

  get inputNames(): readonly string[] {
    return this.session.inputNames;
  }

  get outputNames(): readonly string[] {
    return this.session.outputNames;
  }

  abstract run(
    feeds: Tensors,
    outputs?: Readonly<Record<string, RuntimeTensor | null>>,
  ): Promise<Record<string, RuntimeTensor>>;

  close(): Promise<void> {
    return this.session.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
