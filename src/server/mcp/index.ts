/** The Model Context Protocol: over a server's store (`/mcp`) and over standard input and output (`polyclinic mcp`). */
export type { Call, ListedStudy, ToolBackend } from "./desk.ts";
export { folderBackend } from "./folder-desk.ts";
export { type McpOptions, mcpServer } from "./mcp-server.ts";
export { mcpRoute } from "./route.ts";
export { serveStdio } from "./stdio.ts";
