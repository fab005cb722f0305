import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, test } from "vitest";
import { endIdle } from "./idle.ts";

/** A server whose connections may be idle for 100 ms, to which Node adds up to a second; and a connection after its first answer. */
async function connected() {
  const server: Server = createServer((_, response) => response.end("here"));
  endIdle(server, 100);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  let heard = "";
  socket.on("data", (bytes) => {
    heard += bytes;
  });
  const ended = new Promise<string>((resolve) => {
    socket.on("error", (error) => resolve((error as NodeJS.ErrnoException).code!));
    socket.on("close", () => resolve("closed"));
  });
  const ask = () => socket.write("GET / HTTP/1.1\r\nhost: here\r\n\r\n");
  const answers = () => heard.split("200 OK").length - 1;
  ask();
  await expect.poll(answers, { interval: 5 }).toBe(1);
  return { server, ended, ask, answers };
}

test("a request that came during a long computation is answered; a connection that stays idle is ended", async () => {
  const { server, ended, ask, answers } = await connected();
  await new Promise<void>((resolve) =>
    setImmediate(() => {
      ask();
      // As a computation, without its heat: nothing else runs in this thread.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
      resolve();
    }),
  );
  await expect.poll(answers, { interval: 5, timeout: 2000 }).toBe(2);
  expect(await ended).toBe("closed");
  server.close();
});
