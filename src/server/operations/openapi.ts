/**
 * The OpenAPI 3.1 document, generated from the list of operations. Its schemas are those that validate requests, in
 * JSON Schema 2020-12, the dialect of OpenAPI 3.1.
 */
import { z } from "zod";
import { version } from "../../base/version.ts";
import { components, errorShape } from "./components.ts";
import type { Media, Operation } from "./operations.ts";

export interface Surface {
  /** Where its operations are mounted, such as `/api`. */
  readonly at: string;
  readonly operations: readonly Operation[];
}

type Json = { readonly [key: string]: unknown };

export function openApi(surfaces: readonly Surface[]): Json {
  const schemas: Record<string, unknown> = {};
  /** A JSON Schema whose named definitions are moved to the document's components. */
  const schemaOf = (schema: z.ZodType, io: "input" | "output"): Json => {
    // Input schemas make fields with a default optional, so a component generated for output cannot be shared with
    // them.
    const {
      $schema: _,
      $defs,
      ...whole
    } = z.toJSONSchema(schema, {
      io,
      unrepresentable: "any",
      ...(io === "output" ? { metadata: components } : { metadata: z.registry() }),
    }) as Json & { $defs?: Json };
    for (const [id, one] of Object.entries($defs ?? {})) schemas[id] = referring(one);
    return referring(whole) as Json;
  };
  const error = { "application/json": { schema: schemaOf(errorShape, "output") } };
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { at, operations } of surfaces)
    for (const operation of operations) {
      const path = `${at}${operation.path.replace(/:([A-Za-z]+)/g, "{$1}")}`;
      paths[path] = { ...paths[path], [operation.method]: described(operation, path, schemaOf, error) };
    }
  return {
    openapi: "3.1.0",
    info: {
      title: "Polyclinic",
      version,
      summary: "Studies, answers of medical vision-language models, and reports that people review",
      description: "Research software, not a medical device: not for clinical use.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    security: [{ token: [] }, { session: [] }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "an API key of this server, `pct_...`" },
        session: {
          type: "apiKey",
          in: "cookie",
          name: "polyclinic_session",
          description: "session of the workbench; requests that change something also send X-CSRF-Token",
        },
      },
    },
  };
}

function described(
  operation: Operation,
  path: string,
  schemaOf: (schema: z.ZodType, io: "input" | "output") => Json,
  error: Json,
): Json {
  const {
    method,
    summary,
    scope,
    body,
    upload,
    headers = {},
    query,
    response: responseType,
    may = {},
    creates,
    changes,
  } = operation;
  const status = operation.status ?? (responseType === undefined ? 204 : 200);
  const { properties = {}, required = [] } = (query === undefined ? {} : schemaOf(query, "input")) as {
    properties?: Readonly<Record<string, Json>>;
    required?: readonly string[];
  };
  const header = (name: string, description: string, needed: boolean, schema: Json = { type: "string" }) => ({
    name,
    in: "header",
    required: needed,
    description,
    schema,
  });
  const errors: Readonly<Record<number, string | undefined>> = {
    400: "a field is unknown or invalid",
    401: "no valid token or session",
    403: scope === undefined ? "the request comes from another origin or host" : `the caller lacks the scope ${scope}`,
    ...(/\{/.test(path) && { 404: "there is no such object" }),
    ...(creates && {
      409: "the first request with this key is still in progress, or its secret was already returned",
      422: "the key was used for another request",
    }),
    ...(changes && { 412: "it was changed in the meantime", 428: "If-Match is missing" }),
    ...may,
  };
  return {
    operationId: `${method}${path.replace(/[^A-Za-z]+(\w)?/g, (_, letter: string = "") => letter.toUpperCase())}`,
    summary,
    ...(scope !== undefined && { description: `Needs the scope \`${scope}\`.` }),
    tags: [path.split("/")[2] ?? path.split("/")[1]],
    parameters: [
      ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
        name,
        in: "path",
        required: true,
        schema: { type: "string" },
      })),
      ...Object.entries(properties).map(([name, { description, ...schema }]) => ({
        name,
        in: "query",
        required: required.includes(name),
        ...(description !== undefined && { description }),
        schema,
      })),
      ...Object.entries(headers).map(([name, description]) => header(name, description, true)),
      ...(changes ? [header("If-Match", "the ETag of the version that was read", true)] : []),
      ...(creates
        ? [
            header(
              "Idempotency-Key",
              "a repeated request with the same key within a day gets the response of the first and creates nothing",
              false,
              { type: "string", minLength: 1, maxLength: 255 },
            ),
          ]
        : []),
    ],
    ...(body !== undefined && {
      requestBody: { required: true, content: { "application/json": { schema: schemaOf(body, "input") } } },
    }),
    ...(upload !== undefined && {
      requestBody: { required: true, description: upload.description, content: content(upload) },
    }),
    responses: {
      [status]:
        responseType === undefined
          ? { description: "Done" }
          : isMedia(responseType)
            ? { description: responseType.description, content: content(responseType) }
            : {
                description: "OK",
                content: {
                  "application/json": {
                    schema: schemaOf(typeof responseType === "function" ? responseType() : responseType, "output"),
                  },
                },
              },
      ...Object.fromEntries(
        Object.entries(errors).map(([code, description]) => [code, { description, content: error }]),
      ),
    },
  };
}

const isMedia = (value: NonNullable<Operation["response"]>): value is Media => "media" in value;

// In OpenAPI 3.1 binary content has no schema: the media type is sufficient.
const content = ({ media }: Media): Json => ({
  [media]: media.startsWith("text/") ? { schema: { type: "string" } } : {},
});

/** Replaces references to a schema's own definitions with references to components. */
function referring(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(referring);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      key === "$ref" && typeof one === "string" ? one.replace(/^#\/\$defs\//, "#/components/schemas/") : referring(one),
    ]),
  );
}
