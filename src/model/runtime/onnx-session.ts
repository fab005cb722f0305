/** The common part of onnxruntime-node and onnxruntime-web: one session behind the runtime's interface. */
import type { RuntimeTensor, Session, Tensors } from "./runtime.ts";

/** The part of onnxruntime-common's interface that is used; both packages implement it. */
export interface OrtSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Record<string, OrtTensor>, fetches?: Record<string, OrtTensor | null>): Promise<Record<string, OrtTensor>>;
  release(): Promise<void>;
}

/** onnxruntime-common's Tensor; strings and 16-bit floats never occur in the graphs of this package. */
export interface OrtTensor {
  readonly type: string;
  readonly data: unknown;
  readonly dims: readonly number[];
}

export class OnnxSession implements Session {
  private closed = false;

  constructor(
    private readonly session: OrtSession,
    private readonly tensorOf: (tensor: RuntimeTensor) => OrtTensor,
  ) {}

  get inputNames(): readonly string[] {
    return this.session.inputNames;
  }

  get outputNames(): readonly string[] {
    return this.session.outputNames;
  }

  async run(
    feeds: Tensors,
    outputs?: Readonly<Record<string, RuntimeTensor | null>>,
  ): Promise<Record<string, RuntimeTensor>> {
    const given: Record<string, OrtTensor> = {};
    for (const name in feeds) given[name] = this.tensorOf(feeds[name]);
    if (outputs === undefined) return (await this.session.run(given)) as Record<string, RuntimeTensor>;
    const fetches: Record<string, OrtTensor | null> = {};
    for (const name in outputs) {
      const output = outputs[name];
      fetches[name] = output === null ? null : this.tensorOf(output);
    }
    return (await this.session.run(given, fetches)) as Record<string, RuntimeTensor>;
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.session.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
