/** The Model Context Protocol: over a server's store (`/mcp`) and over standard input and output (`polyclinic mcp`). */
export type { Call, Desk, ListedStudy } from "./desk.ts";
export { folderDesk } from "./folder-desk.ts";
export { type McpOptions, mcpServer } from "./mcp-server.ts";
export { mcpRoute } from "./route.ts";
export { serveStdio } from "./stdio.ts";
