/** Login by a real OpenID Connect provider on this machine, walked as a browser does. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
// @ts-expect-error: it comes without types.
import Provider from "oidc-provider";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestServer, testServer } from "./testing.ts";

let server: TestServer;
let provider: Server;

const home = "http://127.0.0.1";

beforeAll(async () => {
  provider = createServer();
  await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  const oidc = new Provider(issuer, {
    clients: [
      {
        client_id: "polyclinic",
        client_secret: "s",
        redirect_uris: [`${home}/login/oidc/callback`],
        application_type: "web",
      },
    ],
    pkce: { required: () => true },
    cookies: { keys: ["k"] },
    // It warns of every default.
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
    findAccount: (_: unknown, sub: string) => ({ accountId: sub, claims: () => ({ sub }) }),
  });
  provider.on("request", oidc.callback());
  server = await testServer({
    oidc: { issuer, clientId: "polyclinic", clientSecret: "s", grant: ["read"] },
  });
}, 120_000);
afterAll(async () => {
  await server?.stop();
  provider?.close();
});

/** A browser: keeps cookies by host, follows redirects, fills in the provider's forms. @returns the answer to the callback. */
async function login(account: string, { meddle = (url: string) => url } = {}): Promise<Response> {
  const jars: Record<string, Map<string, string>> = {};
  const visit = async (address: string, init: RequestInit = {}): Promise<Response> => {
    const { host } = new URL(address);
    jars[host] ??= new Map();
    const headers = {
      ...init.headers,
      host,
      cookie: [...jars[host]].map(([name, value]) => `${name}=${value}`).join("; "),
    };
    const response = address.startsWith(`${home}/`)
      ? await server.app.request(address, { ...init, headers })
      : await fetch(address, { ...init, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (/expires=Thu, 01 Jan 1970|max-age=0/i.test(line)) jars[host].delete(name);
      else jars[host].set(name, value);
    }
    return response;
  };
  let address = `${home}/login/oidc`;
  for (let steps = 0; steps < 12; steps++) {
    let response = await visit(address);
    if (address.startsWith(`${home}/login/oidc/callback`)) return response;
    if (response.status === 200) {
      const page = await response.text();
      const action = new URL(/action="([^"]+)"/.exec(page)![1], address).href;
      const prompt = /name="prompt" value="(\w+)"/.exec(page)![1];
      response = await visit(action, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({ prompt, ...(prompt === "login" && { login: account, password: "x" }) }).toString(),
      });
    }
    address = meddle(new URL(response.headers.get("location")!, address).href);
  }
  throw new Error("no end");
}

test("a person logs in, is the same person the next time, and has the granted scopes only", async () => {
  for (let time = 0; time < 2; time++) {
    const back = await login("anna");
    expect([back.status, back.headers.get("location")]).toEqual([302, "/"]);
    const session = back.headers.getSetCookie().find((line) => line.startsWith("polyclinic_session="))!;
    expect(session).toMatch(/HttpOnly/);
    const said = await server.app.request(`${home}/api/session`, {
      headers: { host: "127.0.0.1", cookie: session.split(";")[0] },
    });
    expect(await said.json()).toMatchObject({ scopes: ["read"] });
  }
  const { rows } = await server.store.database.query("select subject from person where issuer is not null");
  expect(rows).toEqual([{ subject: "anna" }]);
});

test("another state, another code, a login that another browser began, and a disabled person are refused", async () => {
  const meddled = (name: string) => (url: string) => {
    if (!url.startsWith(`${home}/login/oidc/callback`)) return url;
    const changed = new URL(url);
    changed.searchParams.set(name, "other");
    return changed.href;
  };
  expect((await login("eve", { meddle: meddled("state") })).status).toBe(401);
  expect((await login("eve", { meddle: meddled("code") })).status).toBe(401);
  let callback = "";
  await login("eve", {
    meddle(url) {
      if (!url.startsWith(`${home}/login/oidc/callback`)) return url;
      callback = url;
      return `${home}/login/oidc/callback?state=x`;
    },
  });
  expect((await server.app.request(callback, { headers: { host: "127.0.0.1" } })).status).toBe(401);
  await server.store.database.query("update person set disabled_at = now() where subject = 'anna'");
  expect((await login("anna")).status).toBe(403);
  expect(server.failures).toEqual([]);
});

test("metrics count routes, and hold no identifier, no name and no address", async () => {
  await server.ask("GET", "/api/studies?search=MUELLER");
  await server.ask("GET", "/api/studies/8a0c4b7e-0000-4000-8000-000000000000");
  expect((await server.app.request(`${home}/metrics`, { headers: { host: "127.0.0.1" } })).status).toBe(401);
  const text = await (await server.ask("GET", "/metrics")).text();
  expect(text).toMatch(
    /polyclinic_http_request_seconds_count\{method="GET",route="\/api\/studies\/:study",status="404"\} 1/,
  );
  expect(text).toMatch(/polyclinic_model_calls\{model="nano"\} 0/);
  expect(text).not.toMatch(/MUELLER|8a0c4b7e|anna/);
  const ready = await server.app.request(`${home}/readyz`);
  expect(await ready.json()).toMatchObject({ status: "ok" });
});
