/** MCP over standard input and output, for programs that start this one; nothing else may be written to standard output. */
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import type { ToolBackend } from "./desk.ts";
import { type McpOptions, mcpServer } from "./mcp-server.ts";

/** Runs until the client closes its end or the signal aborts. */
export async function serveStdio(
  backend: ToolBackend,
  { signal, ...options }: McpOptions & { readonly signal?: AbortSignal } = {},
) {
  const server = mcpServer(backend, options);
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
