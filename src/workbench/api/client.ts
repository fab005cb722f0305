/** The server client: sends the session's CSRF token with every change, converts errors, and exposes the connection and session state. */
import { signal } from "@preact/signals";

export interface Session {
  readonly person: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly csrf: string;
}

export const session = signal<Session | undefined>(undefined);
/** `lost`: the server does not answer. `expired`: the session has ended. */
export const connection = signal<"starting" | "ready" | "lost" | "expired">("starting");

/** The error of a failed call, with the server's message. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(
    /** HTTP status; 0 without a response. */
    readonly status: number,
    readonly code: string,
    message: string,
    /** The server's current version, for a conflicting change (412). */
    readonly body?: unknown,
  ) {
    super(message);
  }
}

export interface Call {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface Reply<T> {
  readonly data: T;
  readonly etag: string | undefined;
  readonly headers: Headers;
}

/** @throws ApiError */
export async function respond(path: string, { method = "GET", body, headers, signal }: Call = {}): Promise<Response> {
  const safe = method === "GET" || method === "HEAD";
  const raw = body instanceof Blob || body instanceof FormData || body instanceof ArrayBuffer;
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: "same-origin",
      headers: {
        ...(!safe && session.peek() !== undefined && { "x-csrf-token": session.peek()!.csrf }),
        ...(body !== undefined && !raw && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: raw ? (body as BodyInit) : JSON.stringify(body) }),
      ...(signal && { signal }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    markLost();
    throw new ApiError(
      0,
      "workbench/connection",
      "The server does not respond. Your input is stored on this computer.",
    );
  }
  if (connection.peek() === "lost") connection.value = "ready";
  if (response.ok) return response;
  if (response.status === 401) {
    if (connection.peek() !== "starting") connection.value = "expired";
    watch();
  }
  throw await errorOf(response);
}

/** @throws ApiError */
export async function call<T>(path: string, options: Call = {}): Promise<Reply<T>> {
  const response = await respond(path, options);
  const text = await response.text();
  return {
    data: (text === "" ? undefined : JSON.parse(text)) as T,
    etag: response.headers.get("etag") ?? undefined,
    headers: response.headers,
  };
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await call<T>(path, signal ? { signal } : {})).data;
}

async function errorOf(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => "");
  try {
    const body = JSON.parse(text) as { error?: { code?: string; message?: string } };
    return new ApiError(
      response.status,
      body.error?.code ?? "",
      body.error?.message ?? `The server responded with status ${response.status}.`,
      body,
    );
  } catch {
    // Not JSON: the response comes from a proxy or another intermediary.
  }
  return new ApiError(response.status, "", `The server responded with status ${response.status}.`);
}

let watching: ReturnType<typeof setTimeout> | undefined;

function markLost(): void {
  connection.value = "lost";
  watch();
}

/** Polls until the server answers and the session is valid: after a restart, or a new login in another tab. */
function watch(): void {
  if (watching !== undefined) return;
  watching = setTimeout(async () => {
    watching = undefined;
    if (connection.peek() === "ready") return;
    await openSession();
    if (connection.peek() !== "ready") watch();
  }, 1500);
}

/** Fetches who is logged in. */
export async function openSession(): Promise<void> {
  try {
    const response = await fetch("/api/session", { credentials: "same-origin" });
    if (response.status === 401) {
      connection.value = "expired";
      watch();
      return;
    }
    if (!response.ok) throw new Error(String(response.status));
    session.value = (await response.json()) as Session;
    connection.value = "ready";
  } catch {
    markLost();
  }
}

addEventListener("focus", () => {
  if (connection.peek() === "expired" || connection.peek() === "lost") void openSession();
});
