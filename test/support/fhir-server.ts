/**
 * A small FHIR R4 server over HTTP that takes transactions: checks them, stores them whole or not at all, honours conditional creates and conditional references, and
 * answers searches by identifier and reads.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

// biome-ignore lint/suspicious/noExplicitAny: resources of any type.
type Resource = Record<string, any>;

const required: Readonly<Record<string, readonly string[]>> = {
  DiagnosticReport: ["status", "code", "subject", "identifier"],
  Observation: ["status", "code", "subject", "identifier"],
  ImagingStudy: ["status", "subject", "identifier"],
  Provenance: ["target", "recorded", "agent"],
  Device: ["identifier"],
  Patient: ["identifier"],
};

class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly expression?: string,
  ) {
    super(message);
  }
}

export interface FhirServerStub {
  readonly url: string;
  readonly stored: ReadonlyMap<string, Resource>;
  /** What goes wrong with the next transaction: it is stored and the reply is lost; or it is not stored and the reply says it was. */
  fault: "lost-reply" | "lie" | undefined;
  authorization: string | undefined;
  add(resource: Resource): void;
  all(type: string): Resource[];
  close(): Promise<void>;
}

export async function fhirServer(): Promise<FhirServerStub> {
  let stored = new Map<string, Resource>();
  let next = 1;
  const find = (query: string) => {
    const [type, search] = query.split("?");
    const [system, value] = (new URLSearchParams(search).get("identifier") ?? "").split("|");
    return [...stored.entries()].filter(([key, { identifier }]) => {
      const all = (Array.isArray(identifier) ? identifier : []) as { system?: string; value?: string }[];
      return key.startsWith(`${type}/`) && all.some((one) => one.system === system && one.value === value);
    });
  };
  const transaction = (bundle: Resource): Resource => {
    if (bundle.resourceType !== "Bundle" || bundle.type !== "transaction")
      throw new Refused(400, "invalid", "not a transaction", "Bundle.type");
    const before = stored;
    stored = new Map(stored);
    try {
      const places = new Map<string, string>();
      const replies = (bundle.entry as Resource[]).map(({ fullUrl, resource, request }, i) => {
        const at = `Bundle.entry[${i}]`;
        const type = resource?.resourceType as string;
        if (request?.method !== "POST" || request.url !== type)
          throw new Refused(400, "invalid", "not a create of its type", `${at}.request`);
        if (resource.id !== undefined) throw new Refused(400, "invalid", "a create has no id", `${at}.resource.id`);
        for (const field of required[type] ?? [])
          if (resource[field] === undefined) throw new Refused(422, "required", `${type}.${field} is missing`, at);
        if (places.has(fullUrl)) throw new Refused(400, "duplicate", "fullUrl twice", `${at}.fullUrl`);
        const there = request.ifNoneExist === undefined ? [] : find(`${type}?${request.ifNoneExist}`);
        if (there.length > 1) throw new Refused(412, "multiple-matches", `${type} is not one`, at);
        const key = there[0]?.[0] ?? `${type}/${next++}`;
        places.set(fullUrl, key);
        if (there.length === 0) stored.set(key, { ...resource, id: key.split("/")[1] });
        return { key, status: there.length === 0 ? "201 Created" : "200 OK" };
      });
      for (const { key } of replies)
        stored.set(
          key,
          JSON.parse(JSON.stringify(stored.get(key)), (name, value) => {
            if (name !== "reference" || typeof value !== "string") return value;
            if (value.startsWith("urn:uuid:")) {
              const place = places.get(value);
              if (place === undefined) throw new Refused(422, "not-found", `${value} is not in the bundle`);
              return place;
            }
            if (!value.includes("?")) return value;
            const matches = find(value);
            if (matches.length !== 1)
              throw new Refused(412, "not-found", `${matches.length} resources match a conditional reference`);
            return matches[0][0];
          }),
        );
      return {
        resourceType: "Bundle",
        type: "transaction-response",
        entry: replies.map(({ key, status }) => ({ response: { status, location: `${key}/_history/1` } })),
      };
    } catch (error) {
      stored = before;
      throw error;
    }
  };
  const answer = (method: string, path: string, body: string, authorization?: string): Resource => {
    if (stub.authorization !== undefined && authorization !== stub.authorization)
      throw new Refused(401, "login", "no valid token");
    if (method === "POST" && path === "") {
      const before = stored;
      const reply = transaction(JSON.parse(body) as Resource);
      if (stub.fault === "lie") stored = before;
      return reply;
    }
    if (method !== "GET") throw new Refused(405, "not-supported", method);
    if (path.includes("?"))
      return {
        resourceType: "Bundle",
        type: "searchset",
        entry: find(path).map(([, resource]) => ({ resource })),
      };
    const found = stored.get(path);
    if (found === undefined) throw new Refused(404, "not-found", path);
    return found;
  };
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    let [status, reply]: [number, Resource] = [200, {}];
    try {
      const path = request.url!.replace(/^\/r4\/?/, "");
      reply = answer(request.method!, path, body, request.headers.authorization);
    } catch (error) {
      const refused = error instanceof Refused ? error : new Refused(500, "exception", String(error));
      const { code, message, expression } = refused;
      status = refused.status;
      reply = {
        resourceType: "OperationOutcome",
        issue: [
          {
            severity: "error",
            code,
            diagnostics: message,
            ...(expression !== undefined && { expression: [expression] }),
          },
        ],
      };
    }
    if (request.method === "POST" && stub.fault === "lost-reply") {
      response.destroy();
      return;
    }
    response.writeHead(status, { "content-type": "application/fhir+json" }).end(JSON.stringify(reply));
  };
  const server: Server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stub: FhirServerStub = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/r4`,
    get stored() {
      return stored;
    },
    fault: undefined,
    authorization: undefined,
    add: (resource) => void stored.set(`${resource.resourceType}/${resource.id}`, resource),
    all: (type) => [...stored.values()].filter(({ resourceType }) => resourceType === type),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return stub;
}
