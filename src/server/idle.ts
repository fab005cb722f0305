/** Ends connections that are idle, and only those. */
import type { Server } from "node:http";

/**
 * After a computation that is longer than the keep-alive time, Node's timer is due before the request that waits in the socket is read: the
 * connection would be reset and the request lost (ECONNRESET at the client). Here the socket is read once more before it is ended.
 *
 * @param keepAliveMs time that a connection may be idle, ms.
 */
export function endIdle(server: Server, keepAliveMs: number): void {
  server.keepAliveTimeout = keepAliveMs;
  server.on("timeout", (socket) => {
    const before = socket.bytesRead;
    // After the poll phase of this turn of the event loop.
    setImmediate(() => {
      if (socket.bytesRead === before) socket.destroy();
    });
  });
}
