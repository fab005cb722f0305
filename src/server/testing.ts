/**
 * A server's application in memory with the embedded model, for tests: called directly, or over a socket on request.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadEmbedder, loadModel } from "../model/index.ts";
import { LoginLinks } from "./access/login-links.ts";
import { addPerson, issueToken } from "./access/people.ts";
import { type Scope, scopes } from "./access/scopes.ts";
import { type App, type AppOptions, assemble } from "./app.ts";
import { Engines } from "./engines/engines.ts";
import { FileStore, type Store } from "./store/index.ts";
import { migratedDatabase } from "./store/migrated.testing.ts";

export interface TestServer extends App {
  readonly store: Store;
  readonly engines: Engines;
  readonly links: LoginLinks;
  readonly failures: unknown[];
  readonly person: string;
  /** A token of the test user, with all scopes. */
  readonly token: string;
  /** Sends a request as the test user. */
  ask(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  stop(): Promise<void>;
}

export async function testServer(
  options: Partial<AppOptions> & {
    readonly person?: readonly Scope[];
    readonly waiting?: number;
    readonly embedder?: string;
  } = {},
): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), "polyclinic-server-"));
  const database = await migratedDatabase();
  const store: Store = { database, files: new FileStore(join(folder, "files")), close: () => database.close() };
  const engines = new Engines({
    names: ["nano"],
    open: loadModel,
    waiting: options.waiting ?? 8,
    ...(options.embedder !== undefined && { embedders: [options.embedder], openEmbedder: loadEmbedder }),
  });
  const links = new LoginLinks();
  const failures: unknown[] = [];
  const assembled = assemble({
    store,
    engines,
    links,
    hosts: new Set(["127.0.0.1"]),
    onFailure: (error) => failures.push(error),
    ...options,
  });
  const person = (await addPerson(database, { name: "A. Reader", scopes: options.person ?? scopes })).id;
  const { token } = await issueToken(database, { person, label: "test", scopes });
  return {
    ...assembled,
    store,
    engines,
    links,
    failures,
    person,
    token,
    ask: async (method, path, body, headers = {}) =>
      assembled.app.request(`http://127.0.0.1${path}`, {
        method,
        headers: {
          host: "127.0.0.1",
          authorization: `Bearer ${token}`,
          ...(body !== undefined && !(body instanceof Uint8Array) && { "content-type": "application/json" }),
          ...headers,
        },
        ...(body !== undefined && {
          body: body instanceof Uint8Array ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body),
          duplex: "half",
        }),
      }),
    async stop() {
      await assembled.clinical.close();
      await engines.close();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
