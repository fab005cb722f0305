/** Every surface behind one gate, as one application: `serve.ts` listens with it, tests call it. */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { PolyclinicError } from "../base/errors.ts";
import { Audit } from "./access/audit.ts";
import { guard, requireScope, sessionCookie } from "./access/guard.ts";
import type { LoginLinks } from "./access/login-links.ts";
import { beginSession, endSession } from "./access/people.ts";
import { type Clinical, clinical } from "./clinical/routes.ts";
import { dicomWebRoutes } from "./dicomweb/routes.ts";
import type { Engines } from "./engines/engines.ts";
import { HttpError, statusOf } from "./http-error.ts";
import { chatCompletions } from "./openai/chat.ts";
import { errorBody } from "./openai/errors.ts";
import type { DicomWebOptions } from "./pacs/dicomweb-client.ts";
import type { Store } from "./store/index.ts";
import { workbenchRoutes } from "./workbench.ts";

export interface AppOptions {
  readonly store: Store;
  readonly engines: Engines;
  readonly links: LoginLinks;
  readonly hosts: ReadonlySet<string>;
  readonly origins?: ReadonlySet<string>;
  /** Bytes of a JSON request; uploads of studies have a bound of their own. */
  readonly maxBody?: number;
  /** Bytes of one uploaded file. Default 4 GiB. */
  readonly maxUpload?: number;
  /** The PACS that studies are fetched from and signed reports are sent to. */
  readonly pacs?: DicomWebOptions;
  /** Told of failures that are not caller's fault: for the log, never for the answer. */
  readonly onFailure?: (error: unknown) => void;
  /** Somebody without a session asks for a login link: it is shown where only the owner of this machine sees it. Absent: not offered. */
  readonly onLoginRequest?: (secret: string) => void;
}

const megabyte = 1 << 20;

/** The application, and what has to be closed with it. */
export interface App {
  readonly app: Hono;
  readonly clinical: Clinical;
}

export function createApp(options: AppOptions): Hono {
  return assemble(options).app;
}

/** As {@link createApp}, for a caller that closes it. */
export function assemble(options: AppOptions): App {
  const {
    store,
    engines,
    links,
    hosts,
    origins = new Set(),
    maxBody = 64 * megabyte,
    maxUpload = 4096 * megabyte,
    pacs,
    onFailure = () => {},
    onLoginRequest,
  } = options;
  const { database } = store;
  const audit = new Audit(database);
  const app = new Hono();
  app.onError((error, context) => {
    const status = statusOf(error);
    if (status === 500) onFailure(error);
    if (error instanceof HttpError && error.retryAfter !== undefined)
      context.header("Retry-After", String(error.retryAfter));
    return context.json(errorBody(error), status as 400);
  });
  app.notFound((context) =>
    context.json(
      errorBody(new HttpError(404, "server/not-found", "nothing is at this address", { where: context.req.path })),
      404,
    ),
  );
  app.use(async (context, next) => {
    await next();
    context.header("X-Content-Type-Options", "nosniff");
    context.header("Referrer-Policy", "no-referrer");
    // Built files carry their contents' hash in their names.
    context.header(
      "Cache-Control",
      context.req.path.startsWith("/assets/") && context.res.ok ? "public, max-age=31536000, immutable" : "no-store",
    );
    context.header("X-Polyclinic-Notice", "research software, not for clinical use");
  });

  app.get("/healthz", (context) => context.json({ status: "ok" }));
  app.get("/readyz", async (context) => {
    await database.query("select 1");
    return context.json({ status: "ok", waiting: engines.load });
  });
  app.get("/login/:secret", async (context) => {
    const person = links.take(context.req.param("secret"));
    if (person === undefined)
      throw new HttpError(401, "server/login", "this link was used or has expired", {
        hint: "The page of the workbench can ask for a new one, which the server prints where it runs.",
      });
    const { secret, seconds } = await beginSession(database, person);
    setCookie(context, sessionCookie, secret, {
      httpOnly: true,
      sameSite: "Strict",
      secure: new URL(context.req.url).protocol === "https:",
      path: "/",
      maxAge: seconds,
    });
    await audit.record({ who: person, action: "login", object: "session", outcome: "ok" });
    return context.redirect("/");
  });

  // The page of an ended session asks; the link goes to the terminal, never into the answer.
  let lastRequest = 0;
  app.post("/login", async (context) => {
    const host = context.req.header("host") ?? "";
    const { rows } = await database.query<{ id: string }>(
      "select id from person where disabled_at is null order by created_at limit 1",
    );
    if (
      onLoginRequest === undefined ||
      rows[0] === undefined ||
      !(hosts.has(host) || hosts.has(host.replace(/:\d+$/, "")))
    )
      throw new HttpError(404, "server/login", "login links are not given out here", { hint: "Ask an administrator." });
    if (Date.now() - lastRequest < 5000)
      throw new HttpError(429, "server/login", "a link was printed a moment ago", { retryAfter: 5 });
    lastRequest = Date.now();
    await audit.record({ who: "unknown", action: "login.request", object: "session", outcome: "ok" });
    onLoginRequest(links.issue(rows[0].id));
    return context.json({ printed: true }, 202);
  });

  const gate = guard({ database, audit, hosts, origins });
  for (const surface of ["/v1/*", "/api/*", "/dicom-web/*", "/mcp"]) app.use(surface, gate);

  app.get("/api/session", (context) => {
    const { person, name, scopes, csrf } = context.get("caller");
    return context.json({ person, name, scopes: [...scopes], csrf });
  });
  app.delete("/api/session", async (context) => {
    await endSession(database, getCookie(context, sessionCookie) ?? "");
    deleteCookie(context, sessionCookie);
    return context.body(null, 204);
  });

  const limited = bodyLimit({
    maxSize: maxBody,
    onError: () => {
      throw new PolyclinicError("server/too-large", "the request is too large", {
        expected: `at most ${maxBody} bytes`,
      });
    },
  });
  app.get("/v1/models", requireScope(audit, "read"), (context) =>
    context.json({
      object: "list",
      data: engines.names.map((id) => ({ id, object: "model", created: 0, owned_by: "polyclinic" })),
    }),
  );
  app.post("/v1/chat/completions", requireScope(audit, "answer"), limited, (context) =>
    chatCompletions(context, engines),
  );
  app.route("/dicom-web", dicomWebRoutes({ store, audit, maxUpload }));
  const desk = clinical({ store, engines, audit, links, maxUpload, onFailure, ...(pacs && { pacs }) });
  app.route("/api", desk.routes);
  app.all("/mcp", desk.mcp);
  app.route("/", workbenchRoutes());
  return { app, clinical: desk };
}
