/** The tools of the record agent: names, descriptions, and JSON Schemas of their arguments. All are read-only. */
import { computeSchema, factKinds } from "../compute/query.ts";

/** A record tool as a model sees it: name, description, and JSON Schema of its arguments. */
export interface ToolDefinition {
  name: "manifest" | "search" | "read" | "compute";
  description: string;
  parameters: Readonly<Record<string, unknown>>;
}

/** The tools of the record agent with their JSON Schemas. */
export const toolDefinitions: readonly ToolDefinition[] = [
  {
    name: "manifest",
    description:
      "Lists what the record holds: each kind of fact with the names it has, how many there are and over which dates.",
    parameters: {
      type: "object",
      additionalProperties: false,
      properties: { kind: { type: "string", enum: [...factKinds] } },
    },
  },
  {
    name: "search",
    description:
      "Finds facts by kind, name or code, and dates; returns one line and a reference (F12) for each, the latest first. Notes are searched by words.",
    parameters: {
      type: "object",
      additionalProperties: false,
      properties: {
        type: { type: "string", enum: [...factKinds] },
        code: { type: "string", description: "A name, abbreviation or code" },
        text: { type: "string", description: "Words to look for in notes" },
        from: { type: "string", description: "YYYY, YYYY-MM or YYYY-MM-DD" },
        to: { type: "string", description: "YYYY, YYYY-MM or YYYY-MM-DD" },
        limit: { type: "integer", minimum: 1, maximum: 100 },
      },
    },
  },
  {
    name: "read",
    description: "Returns everything the record says in one fact or note, by its reference (F12) or id.",
    parameters: {
      type: "object",
      additionalProperties: false,
      required: ["id"],
      properties: { id: { type: "string" } },
    },
  },
  {
    name: "compute",
    description:
      "Calculates over facts: ever, count, list, first, latest, previous, min, max, mean, trend, change, interval (days), duration, active, age, patient. Exact; returns the answer and the references it rests on.",
    parameters: computeSchema,
  },
];

/** The schema of one step of the agent: a tool with its arguments, or the end. */
export const agentStepSchema = {
  anyOf: [
    ...toolDefinitions.map(({ name, parameters }) => ({
      type: "object",
      additionalProperties: false,
      required: ["tool", "arguments"],
      properties: { tool: { const: name }, arguments: parameters },
    })),
    {
      type: "object",
      additionalProperties: false,
      required: ["tool", "arguments"],
      properties: {
        tool: { const: "finish" },
        arguments: {
          type: "object",
          additionalProperties: false,
          required: ["answer"],
          properties: { answer: { type: "string" } },
        },
      },
    },
  ],
} as const;

/** Maximum number of tool rounds before the agent has to finish (MedAgentBench's limit). */
export const maxRounds = 8;
