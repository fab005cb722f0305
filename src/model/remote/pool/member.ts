/** One server of a pool: connected, examined, counted. */
import { PolyclinicError } from "../../../base/errors.ts";
import { plainAddress } from "../../../base/secrets.ts";
import type { EngineHealth } from "../../contract.ts";
import { type CanaryReport, canary } from "../canary.ts";
import { type ConnectOptions, connect, type RemoteModel } from "../remote-model.ts";

/** Wait before a server that failed is examined again, ms; doubled with each failure. */
const firstPause = 1000;
const maxPause = 60_000;
/** Internal errors in a row after which a server counts as unreachable. */
const maxErrors = 3;

/** The server itself is gone, or no longer what it was: it is examined again before its next answer. */
const gone =
  /^remote\/(?:unreachable|connection|cut|timeout|protocol|no-model|not-found|unauthorised|no-vision|images-ignored)$/;
/** Another server may answer the same request. */
const elsewhere = /^remote\/(?:busy|server)$/;

export class Member {
  /** Without user name, password and model. */
  readonly address: string;
  model: RemoteModel | undefined;
  report: CanaryReport | undefined;
  state: EngineHealth["state"] = "unreachable";
  problem: string | undefined;
  running = 0;
  /** Time of the last call, to alternate between servers with equal load. */
  used = 0;
  /** ms since 1970. */
  nextCheck = 0;
  private answered = 0;
  private failed = 0;
  private errors = 0;
  private pause = firstPause;
  private checking: Promise<void> | undefined;

  constructor(
    private readonly target: string,
    private readonly options: ConnectOptions,
  ) {
    this.address = plainAddress(target);
  }

  get health(): EngineHealth {
    const { address, state, running, answered, failed, problem, report } = this;
    return {
      address,
      state,
      running,
      answered,
      failed,
      ...(report !== undefined && { canary: report.verdict }),
      ...(problem !== undefined && { problem }),
    };
  }

  /**
   * Connects and sends the canary's images; concurrent calls share one examination.
   *
   * @param accept decides whether the examined server may be used. @returns why not, or undefined.
   */
  check(accept: (member: Member) => string | undefined, signal: AbortSignal): Promise<void> {
    this.checking ??= this.examine(accept, signal).finally(() => {
      this.checking = undefined;
    });
    return this.checking;
  }

  private async examine(accept: (member: Member) => string | undefined, signal: AbortSignal): Promise<void> {
    try {
      this.model = await connect(this.target, { ...this.options, signal });
      this.report = this.model.limits.imageSize === undefined ? undefined : await canary(this.model, { signal });
      const refusal = accept(this);
      if (refusal !== undefined) this.leave("rejected", refusal);
      else {
        [this.state, this.problem, this.errors, this.pause] = ["ready", undefined, 0, firstPause];
      }
    } catch (error) {
      if (!PolyclinicError.is(error)) throw error;
      this.leave("unreachable", error.message);
    }
  }

  leave(state: "unreachable" | "rejected", problem: string): void {
    [this.state, this.problem] = [state, problem];
    this.nextCheck = Date.now() + this.pause;
    this.pause = Math.min(maxPause, 2 * this.pause);
  }

  /** Counts a call as running before it begins, so that calls of the same moment go to different servers. */
  reserve(): this {
    this.running++;
    this.used = performance.now();
    return this;
  }

  /** Runs a reserved call. */
  async use<T>(work: (model: RemoteModel) => Promise<T>): Promise<T> {
    try {
      const result = await work(this.model!);
      this.answered++;
      this.errors = 0;
      return result;
    } catch (error) {
      this.failed++;
      throw error;
    } finally {
      this.running--;
    }
  }

  /** @returns whether another server may succeed where this one failed; it is set aside if it is gone. */
  blame(error: unknown): boolean {
    if (!PolyclinicError.is(error)) return false;
    if (gone.test(error.code)) {
      this.leave(/images-ignored|no-vision/.test(error.code) ? "rejected" : "unreachable", error.message);
      return true;
    }
    if (!elsewhere.test(error.code)) return false;
    if (error.code === "remote/server" && ++this.errors >= maxErrors) this.leave("unreachable", error.message);
    return true;
  }
}
