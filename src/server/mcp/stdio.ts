/** Over standard input and output, for programs that start this one: nothing else may be written there. */
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import type { Desk } from "./desk.ts";
import { type McpOptions, mcpServer } from "./mcp-server.ts";

/** Until the other side closes its end or the signal ends it. */
export async function serveStdio(
  desk: Desk,
  { signal, ...options }: McpOptions & { readonly signal?: AbortSignal } = {},
) {
  const server = mcpServer(desk, options);
  const ended = new Promise<void>((resolve) => {
    server.onclose = resolve;
    // The SDK's transport does not notice the end of its input.
    process.stdin.once("end", () => resolve());
    signal?.addEventListener("abort", () => resolve(), { once: true });
  });
  await server.connect(new StdioServerTransport());
  await ended;
  await server.close();
}
