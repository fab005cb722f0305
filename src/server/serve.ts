/** Starts the server: store, engines, the application on a socket, and a graceful shutdown. */
import type { AddressInfo } from "node:net";
import { isIP } from "node:net";
import { serve as listen } from "@hono/node-server";
import { embeddedName } from "../base/embedded-model.ts";
import { PolyclinicError } from "../base/errors.ts";
import { loadEmbedder, loadModel } from "../model/load-model.ts";
import { Corpus } from "../strategy/index.ts";
import { NeighbourIndex } from "../strategy/neighbours/index.ts";
import { Audit } from "./access/audit.ts";
import { LoginLinks } from "./access/login-links.ts";
import type { OidcOptions } from "./access/oidc.ts";
import { addPerson, issueToken } from "./access/people.ts";
import { scopes } from "./access/scopes.ts";
import { assemble } from "./app.ts";
import { Engines } from "./engines/engines.ts";
import type { FhirOptions } from "./fhir/fhir-client.ts";
import { endIdle } from "./idle.ts";
import type { DicomWebOptions } from "./pacs/dicomweb-client.ts";
import type { OrthancWatchOptions } from "./pacs/orthanc-watch.ts";
import { openStore, type Store } from "./store/index.ts";
import { expireStudies } from "./upkeep/erase.ts";

/** Options of `serve`. */
export interface ServeOptions {
  /** Data folder for the database and the files. */
  readonly data: string;
  /** Default 127.0.0.1. Other addresses are reachable from other machines and require existing user accounts. */
  readonly host?: string;
  /** Default 8420; 0 takes any free port. */
  readonly port?: number;
  /** Names as `loadModel` takes them; the first is the default model. */
  readonly models?: readonly string[];
  /** Names as `loadEmbedder` takes them: models that embed images and texts. */
  readonly embedders?: readonly string[];
  /** Days after which an unchanged study is deleted; studies with a signed report are kept. Default: never. */
  readonly retain?: number;
  /** Whether jobs run in this process. Default true. */
  readonly worker?: boolean;
  readonly databaseUrl?: string;
  /** Host names under which other machines reach this server, such as `reader.hospital.example`. */
  readonly hosts?: readonly string[];
  readonly maxUpload?: number;
  /** The PACS that studies are fetched from and signed reports are sent to. */
  readonly pacs?: DicomWebOptions;
  /** The Orthanc server whose new studies are fetched automatically, and optionally drafted. Requires `pacs`. */
  readonly watch?: OrthancWatchOptions;
  /** The FHIR server that signed reports are sent to. */
  readonly fhir?: FhirOptions;
  /** Folder of documents for strategies that search: .txt, .md, PubMed .xml. */
  readonly corpus?: string;
  /** Folder of an index of reports (`polyclinic neighbours build`), for similar reports beside a draft. */
  readonly neighbours?: string;
  /** The OpenID Connect provider for logins. */
  readonly oidc?: OidcOptions;
  readonly onFailure?: (error: unknown) => void;
  /** Called with a new login link when the page requests one; only for local addresses. */
  readonly onLoginLink?: (url: string) => void;
}

/** A running server. */
export interface RunningServer {
  readonly url: string;
  /** One-time login link for the first user, valid for ten minutes. */
  readonly loginUrl: string;
  readonly store: Store;
  /** Issues an API token of the first user, valid for 90 days, with scopes to read and ask but not to sign. */
  issueToken(label: string): Promise<string>;
  /** Graceful shutdown: accepts no new calls, waits for running ones, and closes store and engines. */
  close(): Promise<void>;
}

/**
 * Idle connections stay open longer than the minute of usual proxies: Node's own five seconds end while a busy client is about to send,
 * which it then sees as a failure.
 */
const keepAliveMs = 75_000;

const loopback = new Set(["127.0.0.1", "::1", "localhost"]);

/**
 * @throws PolyclinicError `server/address` if the port is in use, `server/no-people` for a non-local address without
 * accounts, `strategy/*` for a corpus or an index that cannot be used, and the errors of opening the store.
 */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const {
    data,
    host = "127.0.0.1",
    port = 8420,
    models = [embeddedName],
    embedders = [],
    databaseUrl,
    retain,
    worker = true,
    hosts = [],
    maxUpload,
    pacs,
    fhir,
    watch,
    oidc,
    corpus,
    neighbours,
    onFailure,
    onLoginLink,
  } = options;
  const documents = corpus === undefined ? undefined : await Corpus.open(corpus);
  // An index that cannot be used is reported at the start, not at the first report.
  if (neighbours !== undefined) await NeighbourIndex.open(neighbours);
  const store = await openStore({ folder: data, ...(databaseUrl !== undefined && { databaseUrl }) });
  const engines = new Engines({ names: models, open: loadModel, embedders, openEmbedder: loadEmbedder });
  const links = new LoginLinks();
  try {
    const person = await firstPerson(store, host, oidc !== undefined && oidc.grant.length > 0);
    const { app, clinical } = assemble({
      store,
      engines,
      links,
      hosts: new Set([...(loopback.has(host) ? ["127.0.0.1", "localhost", "[::1]"] : [host]), ...hosts]),
      ...(maxUpload !== undefined && { maxUpload }),
      ...(pacs !== undefined && { pacs }),
      ...(fhir !== undefined && { fhir }),
      ...(watch !== undefined && { watch }),
      ...(oidc !== undefined && { oidc }),
      ...(documents !== undefined && { corpus: documents }),
      ...(neighbours !== undefined && { neighbours }),
      ...(onFailure !== undefined && { onFailure }),
      ...(onLoginLink !== undefined &&
        loopback.has(host) && { onLoginRequest: (secret: string) => onLoginLink(`${address()}/login/${secret}`) }),
    });
    const address = () => `http://${isIP(host) === 6 ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`;
    const server = listen({ fetch: app.fetch, hostname: host, port });
    if ("keepAliveTimeout" in server) endIdle(server, keepAliveMs);
    await new Promise<void>((resolve, reject) => {
      server.once("listening", resolve);
      server.once("error", (cause: NodeJS.ErrnoException) =>
        reject(
          new PolyclinicError("server/address", "cannot listen at this address", {
            where: `${host}:${port}`,
            found: cause.code ?? cause.message,
            hint:
              cause.code === "EADDRINUSE"
                ? "The port is in use: choose another --port."
                : "Choose another --host or --port.",
            cause,
          }),
        ),
      );
    });
    const url = address();
    if (worker) clinical.worker.start();
    const expire = () =>
      retain !== undefined && expireStudies(store, new Audit(store.database), retain).catch(onFailure ?? (() => {}));
    void expire();
    const expiry = setInterval(expire, 3_600_000);
    expiry.unref();
    return {
      url,
      loginUrl: `${url}/login/${links.issue(person)}`,
      store,
      issueToken: async (label) =>
        (await issueToken(store.database, { person, label, scopes: ["read", "answer"] })).token,
      async close() {
        clearInterval(expiry);
        await new Promise<void>((resolve) => {
          server.close(() => resolve());
          // Idle browser connections would delay shutdown for minutes.
          if ("closeIdleConnections" in server) server.closeIdleConnections();
        });
        await clinical.close();
        await engines.close();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/**
 * The first user of a server that listens only locally: the person who started it. A server that others can reach has
 * none.
 */
async function firstPerson({ database }: Store, host: string, othersCome: boolean): Promise<string> {
  const { rows } = await database.query<{ id: string }>(
    "select id from person where disabled_at is null order by created_at limit 1",
  );
  if (rows[0] !== undefined) return rows[0].id;
  // With an OIDC provider, the first user is created at login.
  if (!loopback.has(host) && !othersCome)
    throw new PolyclinicError("server/no-people", "other machines can reach this address, and nobody has an account", {
      where: `--host ${host}`,
      expected: "at least one person",
      hint: "Start it once without --host, log in, and add the people who may use it; then start it with --host again.",
    });
  return (await addPerson(database, { name: "Owner", scopes })).id;
}
