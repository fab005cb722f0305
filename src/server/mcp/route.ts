/** `POST /mcp`: stateless streamable HTTP, behind the same access control as all other routes. */
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import type { Handler } from "hono";
import { tasks } from "../../task/index.ts";
import type { Audit } from "../access/audit.ts";
import type { Caller, Scope } from "../access/scopes.ts";
import { HttpError } from "../http-error.ts";
import { mcpServer } from "./mcp-server.ts";
import { type StoredBackendOptions, storedBackend } from "./stored-desk.ts";

export interface McpRouteOptions extends Omit<StoredBackendOptions, "person"> {
  readonly audit: Audit;
  readonly onFailure: (error: unknown) => void;
}

export function mcpRoute({ audit, onFailure, ...backend }: McpRouteOptions): Handler {
  return async (context) => {
    const caller = context.get("caller");
    const server = mcpServer(storedBackend({ ...backend, person: caller.person }), {
      onFailure,
      onCall: (tool, study) => permit(audit, caller, tool, study),
    });
    const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
    await server.connect(transport);
    try {
      return await transport.handleRequest(context.req.raw);
    } finally {
      // With JSON responses the reply is complete at this point.
      await server.close();
    }
  };
}

/** Checks the scope that a tool needs, and records the call in the audit log. */
async function permit(audit: Audit, caller: Caller, tool: string, study: string | undefined): Promise<void> {
  const scope: Scope = tasks().some(({ name }) => name === tool) ? "answer" : "read";
  const allowed = caller.scopes.has(scope);
  await audit.record({
    who: caller.person,
    action: `mcp.${tool}`,
    object: study === undefined ? "studies" : `study/${study}`,
    outcome: allowed ? "ok" : "refused",
  });
  if (!allowed)
    throw new HttpError(403, "server/forbidden", `needs the scope ${scope}`, {
      where: tool,
      found: [...caller.scopes].join(", "),
    });
}
