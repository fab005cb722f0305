/**
 * `Idempotency-Key` (IETF draft-ietf-httpapi-idempotency-key-header): a call that is retried because its response was
 * lost does not create anything twice. Keys are database rows, so that they survive restarts and are shared by all
 * servers on one database.
 */
import { createHash, randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Context } from "hono";
import { HttpError } from "../http-error.ts";
import type { Database } from "../store/index.ts";

/** Hours for which a response is kept. */
const retentionHours = 24;
/** Seconds without a heartbeat after which the server of the first call is considered dead. */
const lease = 30;
/** How long a retry waits for the first call, ms. */
const waitMs = 20_000;

interface Row {
  readonly requestSha256: string;
  readonly status: number | null;
  readonly body: { readonly text: string; readonly type: string; readonly etag?: string } | null;
  /** Identifier of the created object. */
  readonly object: string;
}

export class Idempotency {
  private tidied = 0;

  constructor(private readonly database: Database) {}

  /**
   * @param storeResponse false when the response must not be stored; a retry is then only told that the object was created.
   * @param work receives the identifier for the object to create.
   * @throws HttpError 400 for an invalid key, 409 `server/idempotency` while the first call is running, 422 for a key
   * that was used for another request.
   */
  async once(
    context: Context,
    { storeResponse }: { readonly storeResponse: boolean },
    work: (id: string) => Promise<Response>,
  ): Promise<Response> {
    const given = context.req.header("idempotency-key");
    if (given === undefined) return work(randomUUID());
    if (!/^[\x21-\x7e]{1,255}$/.test(given))
      throw new HttpError(400, "server/idempotency", "is not a valid idempotency key", {
        where: "Idempotency-Key",
        expected: "1 to 255 printable characters without spaces",
      });
    const { method, path } = context.req;
    const key = sha256([context.get("caller").person, method, path, given]);
    const request = sha256([await context.req.text().catch(() => "")]);
    if (Date.now() - this.tidied > 60_000) await this.tidy();
    const until = Date.now() + waitMs;
    do {
      const taken = await this.take(key, request);
      if (typeof taken === "string") return this.run(context, key, taken, storeResponse, work);
      if (taken?.requestSha256 !== undefined && taken.requestSha256 !== request)
        throw new HttpError(422, "server/idempotency", "this key was used for another request", {
          where: "Idempotency-Key",
          hint: "Use a new key for each request that creates something.",
        });
      if (taken?.body && taken.status !== null) return replayed(context, taken.status, taken.body);
      await pause(100);
    } while (Date.now() < until && !context.req.raw.signal.aborted);
    throw new HttpError(409, "server/idempotency", "the first request with this key is still in progress", {
      where: "Idempotency-Key",
      retryable: true,
      retryAfter: 2,
    });
  }

  /**
   * @returns the identifier for the object when this call is to create it; otherwise the row of the call that is
   * creating or has created it.
   */
  private async take(key: string, request: string): Promise<string | Row | undefined> {
    const { rows: mine } = await this.database.query<{ object: string }>(
      `insert into idempotency (key, request_sha256, object) values ($1, $2, $3)
        on conflict (key) do update set created_at = now()
          where idempotency.status is null and idempotency.request_sha256 = excluded.request_sha256
            and idempotency.created_at < now() - make_interval(secs => $4)
        returning object`,
      [key, request, randomUUID(), lease],
    );
    if (mine[0] !== undefined) return mine[0].object;
    const { rows } = await this.database.query<Row>(
      `select request_sha256 as "requestSha256", status, body, object from idempotency where key = $1`,
      [key],
    );
    return rows[0];
  }

  private async run(
    context: Context,
    key: string,
    id: string,
    storeResponse: boolean,
    work: (id: string) => Promise<Response>,
  ): Promise<Response> {
    const alive = setInterval(
      () => this.database.query("update idempotency set created_at = now() where key = $1", [key]).catch(() => {}),
      (lease * 1000) / 3,
    );
    alive.unref();
    const forget = () => this.database.query("delete from idempotency where key = $1", [key]);
    const done = async (response: Response, text: string) => {
      const shownOnce = {
        error: {
          message: "it was created by the first request with this key, and its secret was returned only then",
          type: "invalid_request_error",
          param: "Idempotency-Key",
          code: "server/shown-once",
        },
      };
      const etag = context.res.headers.get("etag") ?? response.headers.get("etag");
      const body = storeResponse
        ? { text, type: response.headers.get("content-type") ?? "", ...(etag !== null && { etag }) }
        : { text: JSON.stringify(shownOnce), type: "application/json" };
      await this.database.query("update idempotency set status = $2, body = $3, created_at = now() where key = $1", [
        key,
        storeResponse ? response.status : 409,
        JSON.stringify(body),
      ]);
    };
    try {
      const response = await work(id);
      if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
        if (response.ok) await done(response, await response.clone().text());
        else await forget();
        clearInterval(alive);
        return response;
      }
      // An event stream is stored when it ends with an answer; after a failure or an interruption the call may be
      // repeated.
      return new Response(
        whole(response.body!, async (text) => {
          clearInterval(alive);
          await (text === undefined || !/^event: answer$/m.test(text) ? forget() : done(response, text));
        }),
        response,
      );
    } catch (error) {
      clearInterval(alive);
      await forget();
      throw error;
    }
  }

  /** Deletes expired rows. */
  async tidy(): Promise<void> {
    this.tidied = Date.now();
    await this.database.query("delete from idempotency where created_at < now() - make_interval(hours => $1)", [
      retentionHours,
    ]);
  }
}

/**
 * Passes bytes through and reports the whole text at the end; undefined when the reader disconnected or the writer
 * failed.
 */
function whole(
  source: ReadableStream<Uint8Array>,
  ended: (text: string | undefined) => Promise<void>,
): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  const pieces: Uint8Array[] = [];
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await reader.read().catch(async (error: unknown) => {
        await ended(undefined);
        throw error;
      });
      if (done) {
        await ended(Buffer.concat(pieces).toString());
        controller.close();
        return;
      }
      pieces.push(value);
      controller.enqueue(value);
    },
    async cancel(reason) {
      await reader.cancel(reason);
      await ended(undefined);
    },
  });
}

function replayed(context: Context, status: number, { text, type, etag }: NonNullable<Row["body"]>): Response {
  context.header("Idempotency-Replayed", "true");
  if (etag !== undefined) context.header("ETag", etag);
  if (type !== "") context.header("Content-Type", type);
  return text === "" ? context.body(null, status as 204) : context.body(text, status as 200);
}

const sha256 = (parts: readonly string[]) => createHash("sha256").update(JSON.stringify(parts)).digest("hex");
