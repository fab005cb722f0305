/**
 * The REST interface as a list: each operation declares what it takes, returns and requires. Routes, validation of
 * bodies and queries, idempotency keys and the OpenAPI document (`openapi.ts`) are all derived from this list, so that
 * the document cannot disagree with the server.
 *
 * ```ts
 * operations.add(
 *   { method: "post", path: "/reports", summary: "Begin a report", scope: "review", body: newReport, status: 201, response: report, creates: true },
 *   async (context, { body, id }) => context.json(await reports.create(body.study, body.answer, caller, id), 201),
 * );
 * ```
 */
import { randomUUID } from "node:crypto";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import type { z } from "zod";
import type { Audit } from "../access/audit.ts";
import { requireScope } from "../access/guard.ts";
import type { Scope } from "../access/scopes.ts";
import { bodyOf, queryOf } from "./body.ts";
import type { Idempotency } from "./idempotency.ts";
import { limitBody } from "./limit-body.ts";

/** A body that is not JSON, by its media type. */
export interface Media {
  readonly media: string;
  readonly description: string;
}

export interface Operation<Body extends z.ZodType = z.ZodType, Query extends z.ZodObject = z.ZodObject> {
  readonly method: "get" | "post" | "put" | "delete";
  /** Relative to the mount point, in Hono's syntax: `/reports/:report`. */
  readonly path: string;
  readonly summary: string;
  /** Absent: any authenticated caller. */
  readonly scope?: Scope;
  readonly body?: Body;
  /** A request body that is not JSON. */
  readonly upload?: Media;
  /** Additional request headers: name and description. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Query;
  /** Status of a successful response. Default 200, or 204 without content. */
  readonly status?: number;
  /** Schema of the response. A function for large schemas, called when the document is requested. */
  readonly response?: z.ZodType | Media | (() => z.ZodType);
  /** Other statuses it can return, and when. */
  readonly may?: Readonly<Record<number, string>>;
  /**
   * It creates something: a retry with the same `Idempotency-Key` gets the response of the first call. `secret`: the
   * response contains a secret that is shown once and not stored; a retry gets an error that says so.
   */
  readonly creates?: true | "secret";
  /** It changes a versioned object: `If-Match` names the version it is based on. */
  readonly changes?: true;
}

export interface Given<Body extends z.ZodType, Query extends z.ZodObject> {
  readonly body: z.infer<Body>;
  readonly query: z.infer<Query>;
  /** Identifier for the object to create; the same when a call with an idempotency key is retried after a crash. */
  readonly id: string;
}

export class Operations {
  /** The application to mount. */
  readonly app = new Hono();
  private readonly list: Operation[] = [];
  private readonly limited: MiddlewareHandler;

  constructor(
    private readonly audit: Audit,
    private readonly idempotency: Idempotency,
    /** Maximum size of a JSON body, bytes. */
    maxBody: number,
  ) {
    this.limited = limitBody(maxBody);
  }

  get all(): readonly Operation[] {
    return this.list;
  }

  add<Body extends z.ZodType, Query extends z.ZodObject>(
    operation: Operation<Body, Query>,
    handler: (context: Context, given: Given<Body, Query>) => Promise<Response> | Response,
  ): void {
    const { method, path, scope, body, query, creates } = operation;
    this.list.push(operation as unknown as Operation);
    const gates = [
      ...(scope === undefined ? [] : [requireScope(this.audit, scope)]),
      ...(operation.upload === undefined ? [this.limited] : []),
    ];
    this.app.on(method.toUpperCase(), [path], ...gates, async (context: Context) => {
      const given = {
        query: (query === undefined ? {} : queryOf(context, query)) as z.infer<Query>,
        body: (body === undefined ? undefined : await bodyOf(context, body)) as z.infer<Body>,
      };
      if (creates === undefined) return handler(context, { ...given, id: randomUUID() });
      return this.idempotency.once(context, { storeResponse: creates !== "secret" }, async (id) =>
        handler(context, { ...given, id }),
      );
    });
  }
}
