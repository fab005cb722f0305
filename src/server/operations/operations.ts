/**
 * The REST surface as a list: each operation says what it takes, gives and needs, and is checked by what it says. The routes, the check of bodies and queries,
 * idempotency keys and the OpenAPI document (`openapi.ts`) all come from this one list, so that the document cannot say anything else than the server does.
 *
 * ```ts
 * operations.add(
 *   { method: "post", path: "/reports", summary: "Begin a report", scope: "review", body: newReport, status: 201, gives: report, creates: true },
 *   async (context, { body, id }) => context.json(await reports.create(body.study, body.answer, caller, id), 201),
 * );
 * ```
 */
import { randomUUID } from "node:crypto";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { z } from "zod";
import type { Audit } from "../access/audit.ts";
import { requireScope } from "../access/guard.ts";
import type { Scope } from "../access/scopes.ts";
import { HttpError } from "../http-error.ts";
import { bodyOf, queryOf } from "./body.ts";
import type { Idempotency } from "./idempotency.ts";

/** A body that is not JSON, by its media type. */
export interface Media {
  readonly media: string;
  readonly says: string;
}

export interface Operation<Body extends z.ZodType = z.ZodType, Query extends z.ZodObject = z.ZodObject> {
  readonly method: "get" | "post" | "put" | "delete";
  /** Under the surface, with Hono's parameters: `/reports/:report`. */
  readonly path: string;
  readonly summary: string;
  /** Absent: whoever is known. */
  readonly scope?: Scope;
  readonly body?: Body;
  /** A body that is not JSON. */
  readonly upload?: Media;
  /** Headers it needs beside those of every call: name and what it says. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Query;
  /** Of success. Default 200, and 204 where nothing is given. */
  readonly status?: number;
  /** A function where the shape is large: it is then made when the document is asked for. */
  readonly gives?: z.ZodType | Media | (() => z.ZodType);
  /** Other statuses it is known to answer, and when. */
  readonly may?: Readonly<Record<number, string>>;
  /**
   * It makes something: a repetition with the same `Idempotency-Key` is answered as the first was. `secret`: the answer holds a secret, which is shown once
   * and not kept; a repetition is then told so.
   */
  readonly creates?: true | "secret";
  /** It changes what has versions: `If-Match` names the one that was read. */
  readonly changes?: true;
}

export interface Given<Body extends z.ZodType, Query extends z.ZodObject> {
  readonly body: z.infer<Body>;
  readonly query: z.infer<Query>;
  /** Identifier for what the operation makes: the same again where a call with an idempotency key is repeated after a crash. */
  readonly id: string;
}

export class Operations {
  /** To be mounted where the surface is. */
  readonly app = new Hono();
  private readonly list: Operation[] = [];
  private readonly limited: MiddlewareHandler;

  constructor(
    private readonly audit: Audit,
    private readonly idempotency: Idempotency,
    /** Bytes of a JSON body. */
    maxBody: number,
  ) {
    this.limited = bodyLimit({
      maxSize: maxBody,
      onError: () => {
        throw new HttpError(413, "server/too-large", "the request is too large", {
          expected: `at most ${maxBody} bytes`,
        });
      },
    });
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
      return this.idempotency.once(context, { keep: creates !== "secret" }, async (id) =>
        handler(context, { ...given, id }),
      );
    });
  }
}
