/**
 * A session on a graphics device, whose failures are errors and never numbers. A lost device fails its run, or leaves its buffers as they were made:
 * zeros, or what was there before. Every output is therefore looked at.
 */
import { PolyclinicError } from "../../../base/errors.ts";
import type { RuntimeTensor, Session, Tensors } from "../runtime.ts";
import { WrappedSession } from "../wrapped-session.ts";

export class DeviceSession extends WrappedSession {
  private lost: PolyclinicError | undefined;

  constructor(
    session: Session,
    private readonly device: string,
  ) {
    super(session);
  }

  /** @throws PolyclinicError `runtime/device`; every later run of the session then fails with the same. */
  override async run(
    feeds: Tensors,
    outputs?: Readonly<Record<string, RuntimeTensor | null>>,
  ): Promise<Record<string, RuntimeTensor>> {
    if (this.lost !== undefined) throw this.lost;
    let results: Record<string, RuntimeTensor>;
    try {
      results = await this.session.run(feeds, outputs);
    } catch (cause) {
      throw this.failed("failed during a run", cause instanceof Error ? cause.message : String(cause), cause);
    }
    for (const [name, tensor] of Object.entries(results)) {
      const found = impossible(tensor);
      if (found !== undefined) throw this.failed("gives what no network gives", `${name}: ${found}`);
    }
    return results;
  }

  private failed(summary: string, found: string, cause?: unknown): PolyclinicError {
    this.lost = new PolyclinicError("runtime/device", summary, {
      where: this.device,
      found,
      expected: "a device that stays, with enough memory and a driver that computes",
      hint: 'Open the model again, or on the processor (device "cpu"); `polyclinic doctor --device gpu` checks the device.',
      cause,
    });
    return this.lost;
  }
}

/** Fewer zeros than this may be a result. */
const minNumbers = 16;

function impossible({ type, data }: RuntimeTensor): string | undefined {
  if (type !== "float32") return undefined;
  let zeros = 0;
  for (const x of data as Float32Array) {
    if (x === 0) zeros++;
    else if (!Number.isFinite(x)) return `a number is ${x}`;
  }
  return zeros === data.length && zeros >= minNumbers ? `all ${zeros} numbers are zero` : undefined;
}
