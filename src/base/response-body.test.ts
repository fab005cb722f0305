import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bodyOf, textOf } from "./response-body.ts";

let server: Server;
let url: string;
let closed = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    response.on("close", () => closed++);
    response.writeHead(200).write("first");
    if (request.url === "/whole") response.end(" last");
    if (request.url === "/cut") setTimeout(() => response.destroy(), 10);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});

test("a body is read to its end, none is empty, and a cut one fails", async () => {
  expect(await textOf(bodyOf(await fetch(`${url}/whole`), undefined))).toBe("first last");
  expect(await textOf(bodyOf(new Response(null), undefined))).toBe("");
  await expect(textOf(bodyOf(await fetch(`${url}/cut`), undefined))).rejects.toThrow("terminated");
});

test("a signal ends a wait although fetch was not given it", async () => {
  // What happens when fetch has lost its signal to a garbage collection.
  const stop = new AbortController();
  const before = closed;
  const reading = textOf(bodyOf(await fetch(`${url}/endless`), stop.signal));
  setTimeout(() => stop.abort(new Error("enough")), 20);
  await expect(reading).rejects.toThrow("enough");
  await expect.poll(() => closed).toBe(before + 1);
  await expect(textOf(bodyOf(await fetch(`${url}/whole`), stop.signal))).rejects.toThrow("enough");
});

test("a body that stops arriving, and one that is too long, fail by name and release their connection", async () => {
  const before = closed;
  await expect(textOf(bodyOf(await fetch(`${url}/endless`), undefined, { idleMs: 20 }))).rejects.toMatchObject({
    code: "remote/stalled",
    retryable: true,
  });
  await expect(textOf(bodyOf(await fetch(`${url}/endless`), undefined), { most: 3 })).rejects.toMatchObject({
    code: "remote/too-long",
  });
  await expect.poll(() => closed).toBe(before + 2);
});
