/** One request to another system of the hospital (a PACS, Orthanc's own interface, a FHIR server), with what all of them need. */
import { PolyclinicError } from "../../base/errors.ts";
import { bodyOf, textOf } from "../../base/response-body.ts";

export interface RemoteSystemOptions {
  /** Base URL. */
  readonly url: string;
  /** The whole value of the Authorization header. */
  readonly authorization?: string;
  /** Time limit of a request, milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
}

export type RemoteInit = Omit<RequestInit, "signal"> & { signal?: AbortSignal | undefined };

export class RemoteSystem {
  /** Base URL without slashes at its end. */
  readonly base: string;

  /** @param kind first half of the codes of errors, as `pacs`. */
  constructor(
    private readonly kind: "pacs" | "fhir",
    private readonly options: RemoteSystemOptions,
  ) {
    this.base = options.url.replace(/\/+$/, "");
  }

  /**
   * Sends a request and gives the response to `read`, whose own errors pass unchanged. The time limit covers `read`: it gives back a response whose body is to be
   * streamed without a limit.
   *
   * @throws PolyclinicError `<kind>/unreachable` where nothing answers, or not in time; the signal's reason when it fires.
   */
  async request<T>(
    path: string,
    { signal, headers, ...init }: RemoteInit,
    read: (response: Response) => Promise<T> | T,
  ): Promise<T> {
    const { authorization, timeoutMs = 30_000 } = this.options;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), timeoutMs);
    try {
      const response = await fetch(this.base + path, {
        ...init,
        headers: { ...(headers as Record<string, string>), ...(authorization && { Authorization: authorization }) },
        // Credentials and records are sent only to the configured address.
        redirect: "error",
        signal: signal ? AbortSignal.any([signal, late.signal]) : late.signal,
      });
      return await read(response);
    } catch (cause) {
      if (PolyclinicError.is(cause) || signal?.aborted) throw cause;
      throw new PolyclinicError(
        `${this.kind}/unreachable`,
        late.signal.aborted ? "did not respond in time" : "cannot be reached",
        {
          where: this.base,
          found: ((cause as Error).cause as Error | undefined)?.message ?? (cause as Error).message,
          cause,
        },
      );
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * As `request`, reading the whole body as text within the time limit.
   *
   * @param most bytes of the body.
   * @throws PolyclinicError `remote/too-long`, `remote/stalled`.
   */
  text<T>(
    path: string,
    init: RemoteInit,
    read: (text: string, response: Response) => T,
    most = maxTextBytes,
  ): Promise<T> {
    const { timeoutMs = 30_000 } = this.options;
    return this.request(path, init, async (response) =>
      read(await textOf(bodyOf(response, init.signal, { idleMs: timeoutMs }), { most }), response),
    );
  }
}

/** Far above the length of a reply to one report, or of a page of changes. */
const maxTextBytes = 1 << 24;
