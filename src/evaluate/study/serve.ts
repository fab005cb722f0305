/**
 * Serves forms over HTTP, for one machine or a trusted network: each rater has a personal link, and ratings are stored
 * when they are given.
 */
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Row } from "../benchmark/rows.ts";
import { assignmentsOf } from "./assign.ts";
import { formPage, ownOf } from "./forms.ts";
import { addRatings, ratingChecker } from "./ratings.ts";
import type { Study } from "./study.ts";

export interface StudyServer {
  readonly links: readonly { readonly rater: string; readonly url: string }[];
  close(): Promise<void>;
}

const largestBody = 1 << 20;

/** @param host default: local only. */
export async function serveStudy(
  study: Study,
  { port = 0, host = "127.0.0.1" }: { port?: number; host?: string } = {},
): Promise<StudyServer> {
  const assignments = await assignmentsOf(study);
  const check = await ratingChecker(study);
  const tokens = new Map(
    [...new Set(assignments.map(({ rater }) => rater))].map((rater) => [randomBytes(12).toString("hex"), rater]),
  );
  const pages = new Map(
    [...tokens].map(([token, rater]) => [token, formPage(study, ownOf(assignments, rater), `/${token}`)]),
  );
  // Writes are serialised: lines of two forms must not be interleaved.
  let writing = Promise.resolve();
  const server: Server = createServer((request, response) => {
    const token = (request.url ?? "").slice(1);
    const rater = tokens.get(token);
    const end = (status: number, text: string, type = "text/plain") => {
      response.writeHead(status, {
        "content-type": `${type}; charset=utf-8`,
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'self' 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
      });
      response.end(text);
    };
    if (rater === undefined) return end(404, "There is no form at this address.");
    if (request.method === "GET") return end(200, pages.get(token)!, "text/html");
    if (request.method !== "POST") return end(405, "Use GET or POST.");
    void bodyOf(request)
      .then(async (rows) => {
        const ratings = rows.map((row) =>
          String(row.rater) === rater ? check(row) : `this link does not belong to rater ${String(row.rater)}`,
        );
        const fault = ratings.find((rating) => typeof rating === "string");
        if (fault !== undefined) return end(422, fault);
        writing = writing.then(() =>
          addRatings(
            study,
            ratings.filter((rating) => typeof rating !== "string"),
          ),
        );
        await writing;
        end(200, "saved");
      })
      .catch((error: Error) => end(400, error.message));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    links: [...tokens].map(([token, rater]) => ({ rater, url: `http://${host}:${bound}/${token}` })),
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await writing;
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Row[]> {
  let text = "";
  for await (const chunk of request) {
    text += chunk;
    if (text.length > largestBody) throw new Error("The request is too large.");
  }
  const rows: unknown = JSON.parse(text);
  if (!Array.isArray(rows)) throw new Error("Expected a list of ratings.");
  return rows as Row[];
}
