/**
 * Login through a hospital's OpenID Connect provider: authorization code flow with PKCE, state and nonce. A person is
 * identified by issuer and subject, never by a name or an e-mail address, which can be reassigned. An unknown person
 * gets the configured scopes, or is rejected when there are none.
 */
import { randomBytes } from "node:crypto";
import type { Context, Hono } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { Configuration } from "openid-client";
import { PolyclinicError } from "../../base/errors.ts";
import { HttpError } from "../http-error.ts";
import type { Database } from "../store/index.ts";
import type { Audit } from "./audit.ts";
import { addPerson, personOfSubject } from "./people.ts";
import type { Scope } from "./scopes.ts";

export interface OidcOptions {
  /** Such as `https://login.hospital.example/realms/clinic`; plain http only for local addresses. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The URL under which browsers reach this server; default: the URL of the request. Required behind a proxy. */
  readonly publicUrl?: string;
  /** Scopes of a person who logs in for the first time. Empty: unknown persons are rejected. */
  readonly grant: readonly Scope[];
}

const cookie = "polyclinic_oidc";
const lifetimeMs = 10 * 60_000;

interface PendingLogin {
  readonly verifier: string;
  readonly nonce: string;
  /** Secret in a cookie of the browser that started the login; only that browser can complete it. */
  readonly browser: string;
  readonly until: number;
}

/** @param begin starts a session for a person and redirects the browser. */
export function oidcRoutes(
  app: Hono,
  {
    oidc,
    database,
    audit,
    begin,
  }: {
    readonly oidc: OidcOptions;
    readonly database: Database;
    readonly audit: Audit;
    readonly begin: (context: Context, person: string) => Promise<Response>;
  },
): void {
  const pending = new Map<string, PendingLogin>();
  let configuration: Promise<Configuration> | undefined;
  const load = () => import("openid-client");
  const discovered = (): Promise<Configuration> => {
    configuration ??= discover(oidc).catch((error: unknown) => {
      configuration = undefined;
      throw error;
    });
    return configuration;
  };
  const back = (context: Context) =>
    `${(oidc.publicUrl ?? new URL(context.req.url).origin).replace(/\/$/, "")}/login/oidc/callback`;
  const options = (context: Context) => ({
    httpOnly: true,
    // The callback is a navigation from the provider's site, on which a `Strict` cookie would not be sent.
    sameSite: "Lax" as const,
    secure: new URL(back(context)).protocol === "https:",
    path: "/login/oidc",
    maxAge: lifetimeMs / 1000,
  });

  app.get("/login/oidc", async (context) => {
    const client = await load();
    const settings = await discovered();
    const [verifier, nonce, state] = [client.randomPKCECodeVerifier(), client.randomNonce(), client.randomState()];
    const browser = randomBytes(24).toString("base64url");
    for (const [key, { until }] of pending) if (until < Date.now()) pending.delete(key);
    if (pending.size > 10_000)
      throw new HttpError(503, "server/busy", "too many logins are in progress", { retryAfter: 60 });
    pending.set(state, { verifier, nonce, browser, until: Date.now() + lifetimeMs });
    setCookie(context, cookie, browser, options(context));
    const url = client.buildAuthorizationUrl(settings, {
      redirect_uri: back(context),
      scope: "openid profile",
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
      nonce,
    });
    return context.redirect(url.href);
  });

  app.get("/login/oidc/callback", async (context) => {
    const client = await load();
    const state = context.req.query("state") ?? "";
    const mine = pending.get(state);
    pending.delete(state);
    deleteCookie(context, cookie, options(context));
    if (mine === undefined || mine.until < Date.now() || mine.browser !== getCookie(context, cookie))
      throw await refused("this login was not started on this server, or has expired");
    const url = new URL(back(context));
    url.search = new URL(context.req.url).search;
    const claims = await client
      .authorizationCodeGrant(await discovered(), url, {
        pkceCodeVerifier: mine.verifier,
        expectedState: state,
        expectedNonce: mine.nonce,
        idTokenExpected: true,
      })
      .then(
        (tokens) => tokens.claims()!,
        async () => {
          throw await refused("the provider did not confirm this login");
        },
      );
    const known = await personOfSubject(database, claims.iss, claims.sub);
    if (known !== undefined) return begin(context, known.id);
    const { rows } = await database.query("select 1 from person where issuer = $1 and subject = $2", [
      claims.iss,
      claims.sub,
    ]);
    if (rows.length > 0 || oidc.grant.length === 0)
      throw await refused("this person has no account on this server", 403, "Ask an administrator.");
    const name = typeof claims.name === "string" && claims.name.trim() !== "" ? claims.name.slice(0, 200) : "Reader";
    const person = await addPerson(database, { name, scopes: oidc.grant, issuer: claims.iss, subject: claims.sub });
    await audit.record({ who: person.id, action: "person.create", object: `person/${person.id}`, outcome: "ok" });
    return begin(context, person.id);
  });

  async function refused(summary: string, status = 401, hint = "Start again at /login/oidc."): Promise<HttpError> {
    await audit.record({ who: "unknown", action: "login", object: "oidc", outcome: "refused" });
    return new HttpError(status, "server/login", summary, { hint });
  }
}

/** @throws PolyclinicError `server/oidc` when the provider does not respond or is not an OpenID provider. */
async function discover({ issuer, clientId, clientSecret }: OidcOptions): Promise<Configuration> {
  const { allowInsecureRequests, discovery } = await import("openid-client");
  try {
    const url = new URL(issuer);
    const local = ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
    if (url.protocol !== "https:" && !local) throw new Error("not https");
    return await discovery(url, clientId, clientSecret, undefined, {
      ...(url.protocol === "http:" && { execute: [allowInsecureRequests] }),
    });
  } catch (cause) {
    throw new PolyclinicError("server/oidc", "the login provider cannot be used", {
      where: "--oidc",
      found: (cause as Error).message,
      expected: "the https address of an OpenID Connect provider",
      retryable: true,
      cause,
    });
  }
}
