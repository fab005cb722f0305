/** A chat server for tests: serves recorded pages and streams, and misbehaves when told to. */
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const fixtures = new URL("../../src/model/remote/fixtures/", import.meta.url);
const pages = JSON.parse(readFileSync(new URL("pages.json", fixtures), "utf8")) as Record<
  string,
  Record<string, unknown>
>;

export const recorded = (name: string): string => readFileSync(new URL(`${name}.sse`, fixtures), "utf8");

// biome-ignore lint/suspicious/noExplicitAny: a request body is whatever a client sent.
export type ChatBody = any;
/** Answers one chat completion. */
export type Answer = (response: ServerResponse, body: ChatBody, call: number) => void | Promise<void>;

export interface ChatServer {
  readonly url: string;
  /** Bodies of the chat completions that came in. */
  readonly calls: ChatBody[];
  readonly headers: IncomingMessage["headers"][];
  /** Most requests that were open at once. */
  mostAtOnce: number;
  close(): Promise<void>;
}

/** @param more answers to other paths, before the recorded pages. @param at the port; default a free one. */
export async function chatServer(
  dialect: string,
  answer: Answer,
  more: Record<string, (body: ChatBody) => unknown> = {},
  at = 0,
): Promise<ChatServer> {
  let open = 0;
  const state = { calls: [] as ChatBody[], headers: [] as IncomingMessage["headers"][], mostAtOnce: 0 };
  const server: Server = createServer((request, response) => {
    void (async () => {
      const path = request.url ?? "/";
      let text = "";
      for await (const chunk of request) text += chunk;
      const body: ChatBody = text === "" ? undefined : JSON.parse(text);
      if (path === "/v1/chat/completions" && more[path] === undefined) {
        state.calls.push(body);
        state.headers.push(request.headers);
        state.mostAtOnce = Math.max(state.mostAtOnce, ++open);
        response.on("close", () => open--);
        await answer(response, body, state.calls.length);
        return;
      }
      const page = more[path]?.(body) ?? pages[dialect]?.[path];
      response.writeHead(page === undefined ? 404 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(page ?? { error: "no such page" }));
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(at, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, {
    url: `http://127.0.0.1:${port}/v1`,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  });
}

/** Sends a recorded stream, in pieces of an awkward size so that events, lines and characters are cut apart. */
export const stream =
  (text: string, pieceBytes = 37): Answer =>
  async (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      response.write(bytes.subarray(at, at + pieceBytes));
      if (at % 370 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    response.end();
  };

export const fail =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };

/** The first answers misbehave, one after the other; the last one stays. */
export const inTurn =
  (...answers: Answer[]): Answer =>
  (response, body, call) =>
    answers[Math.min(call, answers.length) - 1](response, body, call);
