/** A Model Context Protocol server for a `ToolBackend`: one per connection, over any transport. */
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { CallToolRequestSchema, ErrorCode, ListToolsRequestSchema, McpError } from "@modelcontextprotocol/sdk/types.js";
import { PolyclinicError } from "../../base/errors.ts";
import { version } from "../../base/version.ts";
import { notForClinicalUse } from "../../task/index.ts";
import { HttpError } from "../http-error.ts";
import type { ToolBackend } from "./desk.ts";
import { callTool, tools } from "./tools.ts";

export interface McpOptions {
  /** Called before a tool runs; throws to reject the call. */
  readonly onCall?: (tool: string, study: string | undefined) => Promise<void>;
  /** Called with internal errors. */
  readonly onFailure?: (error: unknown) => void;
}

export function mcpServer(backend: ToolBackend, { onCall, onFailure }: McpOptions = {}): Server {
  const server = new Server(
    { name: "polyclinic", version },
    {
      capabilities: { tools: {} },
      instructions: `Medical studies on this machine, and models that draft answers about them. ${notForClinicalUse} Always repeat the cautions of an answer, and report a refusal as a refusal.`,
    },
  );
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: tools().map(({ name, description, inputSchema }) => ({
      name,
      description,
      inputSchema: inputSchema as { type: "object" },
      annotations: { readOnlyHint: true, openWorldHint: false },
    })),
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal }) => {
    const { name, arguments: given = {} } = params;
    try {
      await onCall?.(name, typeof given.study === "string" ? given.study : undefined);
      const result = await callTool(backend, name, given, signal);
      if (result === undefined) throw new McpError(ErrorCode.InvalidParams, `there is no tool ${name}`);
      return { ...result, content: [...result.content], structuredContent: { ...result.structuredContent } };
    } catch (error) {
      if (error instanceof McpError) throw error;
      if (!PolyclinicError.is(error) && !(error instanceof HttpError)) onFailure?.(error);
      // An agent can correct its call from the error message; internal errors are not sent to it.
      const text = PolyclinicError.is(error) || error instanceof HttpError ? error.message : "the server failed";
      return { content: [{ type: "text" as const, text }], isError: true };
    }
  });
  return server;
}
