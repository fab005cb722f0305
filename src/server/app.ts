/**
 * All HTTP interfaces behind one access control, as one Hono application: `serve.ts` listens with it, tests call it
 * directly.
 */
import { type Context, Hono } from "hono";
import { setCookie } from "hono/cookie";
import type { Corpus } from "../strategy/index.ts";
import { Audit } from "./access/audit.ts";
import { guard, requireScope, sessionCookie } from "./access/guard.ts";
import type { LoginLinks } from "./access/login-links.ts";
import { type OidcOptions, oidcRoutes } from "./access/oidc.ts";
import { beginSession } from "./access/people.ts";
import { type Clinical, clinical } from "./clinical/routes.ts";
import { dicomWebRoutes } from "./dicomweb/routes.ts";
import type { Engines } from "./engines/engines.ts";
import type { FhirOptions } from "./fhir/fhir-client.ts";
import { HttpError, statusOf } from "./http-error.ts";
import { Metrics, metricsRoute } from "./metrics.ts";
import { chatCompletions } from "./openai/chat.ts";
import { embeddings } from "./openai/embeddings.ts";
import { errorBody } from "./openai/errors.ts";
import { taskModels } from "./openai/task-models.ts";
import { limitBody } from "./operations/limit-body.ts";
import type { DicomWebOptions } from "./pacs/dicomweb-client.ts";
import type { OrthancWatchOptions } from "./pacs/orthanc-watch.ts";
import type { Store } from "./store/index.ts";
import { workbenchRoutes } from "./workbench.ts";

export interface AppOptions {
  readonly store: Store;
  readonly engines: Engines;
  readonly links: LoginLinks;
  readonly hosts: ReadonlySet<string>;
  readonly origins?: ReadonlySet<string>;
  /** Maximum size of a JSON request, bytes; uploads have a separate limit. */
  readonly maxBody?: number;
  /** Maximum size of an uploaded file, bytes. Default 4 GiB. */
  readonly maxUpload?: number;
  /** The PACS that studies are fetched from and signed reports are sent to. */
  readonly pacs?: DicomWebOptions;
  /** The Orthanc server whose new studies are fetched automatically, and optionally drafted. Requires `pacs`. */
  readonly watch?: OrthancWatchOptions;
  /** The FHIR server that signed reports are sent to. */
  readonly fhir?: FhirOptions;
  /** Documents for strategies that search. */
  readonly corpus?: Corpus;
  /** Folder of an index of reports, for similar reports beside a draft. */
  readonly neighbours?: string;
  /** The OpenID Connect provider for logins. */
  readonly oidc?: OidcOptions;
  /** Called with internal errors, for the log; their details are never sent to the caller. */
  readonly onFailure?: (error: unknown) => void;
  /**
   * Called when somebody without a session requests a login link; must show it only to the owner of this machine.
   * Absent: not offered.
   */
  readonly onLoginRequest?: (secret: string) => void;
}

const megabyte = 1 << 20;

const noticeHeader = "X-Polyclinic-Notice";

function setOwnHeaders(context: Context, cacheControl: string): void {
  context.header("X-Content-Type-Options", "nosniff");
  context.header("Referrer-Policy", "no-referrer");
  context.header("Cache-Control", cacheControl);
  context.header(noticeHeader, "research software, not for clinical use");
}

/** The application, and the resources to close with it. */
export interface App {
  readonly app: Hono;
  readonly clinical: Clinical;
}

export function createApp(options: AppOptions): Hono {
  return assemble(options).app;
}

/** Assembles the application; the caller closes it. */
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
    fhir,
    watch,
    oidc,
    corpus,
    neighbours,
    onFailure = () => {},
    onLoginRequest,
  } = options;
  const { database } = store;
  const audit = new Audit(database);
  const app = new Hono();
  let document: Promise<object> | undefined;
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
  const metrics = new Metrics(store, engines);
  app.use(metrics.count);
  app.use(async (context, next) => {
    // Before the response: a header that is set afterwards makes Hono copy the response.
    setOwnHeaders(context, "no-store");
    await next();
    // Names of built files contain the hash of their content.
    const isAsset = context.req.path.startsWith("/assets/") && context.res.ok;
    if (isAsset || !context.res.headers.has(noticeHeader))
      setOwnHeaders(context, isAsset ? "public, max-age=31536000, immutable" : "no-store");
  });

  app.get("/healthz", (context) => context.json({ status: "ok" }));
  app.get("/readyz", async (context) => {
    await database.query("select 1").catch((cause: unknown) => {
      throw new HttpError(503, "server/database", "the database does not respond", { retryAfter: 5, cause });
    });
    return context.json({ status: "ok", waiting: engines.load });
  });
  const begin = async (context: Context, person: string) => {
    const { secret, seconds } = await beginSession(database, person);
    setCookie(context, sessionCookie, secret, {
      httpOnly: true,
      sameSite: "Strict",
      secure: new URL(context.req.url).protocol === "https:" || oidc?.publicUrl?.startsWith("https:") === true,
      path: "/",
      maxAge: seconds,
    });
    await audit.record({ who: person, action: "login", object: "session", outcome: "ok" });
    return context.redirect("/");
  };
  if (oidc !== undefined) oidcRoutes(app, { oidc, database, audit, begin });
  app.get("/login/:secret", async (context) => {
    const person = links.take(context.req.param("secret"));
    if (person === undefined)
      throw new HttpError(401, "server/login", "this link was used or has expired", {
        hint: "Request a new one on the workbench's login page; the server prints it in its terminal.",
      });
    return begin(context, person);
  });

  // Requested by the page of an expired session; the link is printed in the terminal, never sent in the response.
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
      throw new HttpError(404, "server/login", "login links are not available on this server", {
        hint: "Ask an administrator.",
      });
    if (Date.now() - lastRequest < 5000)
      throw new HttpError(429, "server/login", "a login link was printed a moment ago", { retryAfter: 5 });
    lastRequest = Date.now();
    await audit.record({ who: "unknown", action: "login.request", object: "session", outcome: "ok" });
    onLoginRequest(links.issue(rows[0].id));
    return context.json({ printed: true }, 202);
  });

  const gate = guard({ database, audit, hosts, origins });
  for (const surface of ["/v1/*", "/api/*", "/dicom-web/*", "/mcp", "/metrics"]) app.use(surface, gate);
  app.use("/metrics", requireScope(audit, "read"));
  metricsRoute(app, metrics);

  const limited = limitBody(maxBody);
  app.get("/v1/models", requireScope(audit, "read"), (context) =>
    context.json({
      object: "list",
      data: [...engines.names, ...engines.embedderNames, ...taskModels(engines)].map((id) => ({
        id,
        object: "model",
        created: 0,
        owned_by: "polyclinic",
      })),
    }),
  );
  app.post("/v1/embeddings", requireScope(audit, "answer"), limited, (context) => embeddings(context, engines));
  app.route("/dicom-web", dicomWebRoutes({ store, audit, maxUpload }));
  const clinicalRoutes = clinical({
    store,
    engines,
    audit,
    links,
    maxUpload,
    maxBody,
    onFailure,
    ...(pacs && { pacs }),
    ...(fhir && { fhir }),
    ...(watch && { watch }),
    ...(corpus && { corpus }),
    ...(neighbours !== undefined && { neighbours }),
  });
  app.post("/v1/chat/completions", requireScope(audit, "answer"), limited, (context) =>
    chatCompletions(context, { engines, audit, answers: clinicalRoutes.answers, corpus }),
  );
  app.route("/api", clinicalRoutes.operations.app);
  app.get("/openapi.json", async (context) => {
    document ??= import("./operations/openapi.ts").then(({ openApi }) =>
      openApi([{ at: "/api", operations: clinicalRoutes.operations.all }]),
    );
    return context.json(await document);
  });
  app.all("/mcp", limited, clinicalRoutes.mcp);
  app.route("/", workbenchRoutes());
  return { app, clinical: clinicalRoutes };
}
