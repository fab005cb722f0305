/**
 * Access control for all routes (`/v1`, `/api`, `/dicom-web`, `/mcp`): checks the Host header, the Origin, the caller, and the CSRF token of
 * changes authenticated by cookie.
 */
import type { Context, MiddlewareHandler } from "hono";
import { getCookie } from "hono/cookie";
import { HttpError } from "../http-error.ts";
import type { Database } from "../store/index.ts";
import type { Audit } from "./audit.ts";
import { callerOnce } from "./known-callers.ts";
import { callerOfSession, callerOfToken } from "./people.ts";
import type { Caller, Scope } from "./scopes.ts";
import { equalSecrets } from "./secrets.ts";

export const sessionCookie = "polyclinic_session";
export const csrfHeader = "x-csrf-token";

export interface GuardOptions {
  readonly database: Database;
  readonly audit: Audit;
  /** Accepted host names (`host` or `host:port`); others are rejected to prevent DNS rebinding. */
  readonly hosts: ReadonlySet<string>;
  /** Origins that may call from a browser, in addition to the server's own. */
  readonly origins: ReadonlySet<string>;
}

declare module "hono" {
  interface ContextVariableMap {
    caller: Caller;
  }
}

const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);

export function guard({ database, audit, hosts, origins }: GuardOptions): MiddlewareHandler {
  const strangers = new Strangers(audit);
  return async (context, next) => {
    const host = context.req.header("host") ?? "";
    if (!hosts.has(host) && !hosts.has(host.replace(/:\d+$/, "")))
      throw refused(403, "server/host", "this host name is not configured for this server", "Host", host);
    const origin = context.req.header("origin");
    if (
      origin !== undefined &&
      new URL(context.req.url).origin !== origin &&
      !isOwn(origin, host) &&
      !origins.has(origin)
    )
      throw refused(403, "server/origin", "requests from this origin are not allowed", "Origin", origin);
    const caller = await callerOf(context, database);
    if (caller === undefined) {
      await strangers.refused(routeOf(context));
      throw refused(
        401,
        "server/unauthorised",
        "a token or a session is required",
        "Authorization",
        "no valid token or session",
      );
    }
    if (caller.by === "session" && !safeMethods.has(context.req.method)) {
      const sent = context.req.header(csrfHeader) ?? "";
      if (!equalSecrets(sent, caller.csrf ?? ""))
        throw refused(
          403,
          "server/csrf",
          "the CSRF token is missing or wrong",
          csrfHeader,
          sent === "" ? "nothing" : "another value",
        );
    }
    context.set("caller", caller);
    await next();
  };
}

/** Rejects callers without a scope, and records it in the audit log. */
export function requireScope(audit: Audit, scope: Scope): MiddlewareHandler {
  return async (context, next) => {
    const caller = context.get("caller");
    if (!caller.scopes.has(scope)) {
      await audit.record({ who: caller.person, action: scope, object: routeOf(context), outcome: "refused" });
      throw refused(
        403,
        "server/forbidden",
        `the scope ${scope} is required`,
        "Authorization",
        [...caller.scopes].join(", "),
      );
    }
    await next();
  };
}

async function callerOf(context: Context, database: Database): Promise<Caller | undefined> {
  const header = context.req.header("authorization");
  if (header !== undefined) {
    const [, token] = /^Bearer +(\S+)$/i.exec(header) ?? [];
    return token === undefined ? undefined : callerOnce(database, token, () => callerOfToken(database, token));
  }
  const cookie = getCookie(context, sessionCookie);
  if (cookie === undefined) return undefined;
  // A session is no token: the same secret in the other place is a stranger's.
  return callerOnce(database, `session ${cookie}`, () => callerOfSession(database, cookie));
}

const isOwn = (origin: string, host: string) => origin === `http://${host}` || origin === `https://${host}`;

/**
 * Method and path for the audit log. What a stranger or a mistaken client puts into a path (a name, a hospital's patient number) is not recorded: only words, this server's
 * identifiers and UIDs; the query string never is.
 */
const routeOf = (context: Context) =>
  `${context.req.method} ${new URL(context.req.url).pathname
    .split("/")
    .slice(0, 12)
    .map((part, depth) => (part === "" || ownPart(part, depth) ? part : "..."))
    .join("/")}`;

const ownPart = (part: string, depth: number) =>
  /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{1,39}(?:\.\d{1,39})+)$/.test(part) ||
  (/^[a-z1-9-]{1,24}$/.test(part) && (depth <= 2 || pathWords.has(part)));

/** Words that follow an identifier in a path. */
const pathWords: ReadonlySet<string> = new Set(
  "again assessment answers comparisons export files finish findings frames instances metadata parts pixels push rendered reports seen series sign studies versions".split(
    " ",
  ),
);

/** Refusals of strangers that are recorded one by one in a minute; the others are counted, so that a flood fills neither the audit nor the disk. */
const maxStrangers = 60;

/** Records refusals of callers without a token or session. */
class Strangers {
  private minute = 0;
  private recorded = 0;
  private unrecorded = 0;

  constructor(private readonly audit: Audit) {}

  async refused(object: string): Promise<void> {
    const now = Math.floor(Date.now() / 60_000);
    if (now !== this.minute) [this.minute, this.recorded] = [now, 0];
    if (++this.recorded > maxStrangers) return void this.unrecorded++;
    const before = this.unrecorded;
    this.unrecorded = 0;
    await this.audit.record({
      who: "unknown",
      action: "login",
      object,
      outcome: "refused",
      ...(before > 0 && { detail: { unrecordedBefore: before } }),
    });
  }
}

function refused(status: number, code: string, summary: string, where: string, found: string): HttpError {
  return new HttpError(status, code, summary, { where, found });
}
