/** Model folders, adapters, chat templates and schemas. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { applyAdapter, checkTensors, openAdapter, openCheckpoint } from "../../../src/checkpoint/index.ts";
import { expectedTensors } from "../../../src/nn/index.ts";
import { ChatTemplate, CompiledSchema, PromptBuilder, Tokenizer, Vocabulary } from "../../../src/text/index.ts";
import { root, type Seed, textBytes } from "../seed.ts";

const model = join(root, "src/model/engine/goldens/gemma3-multimodal");
const adapter = join(root, "src/checkpoint/goldens/kinds/alpha-pattern-regex");

/** Everything that is read before a network is built: `model/` and `adapter/` in one folder. */
export async function openModelFolder(folder: string): Promise<void> {
  const checkpoint = await openCheckpoint(join(folder, "model"));
  try {
    checkTensors(checkpoint.weights, expectedTensors(checkpoint.config), folder);
    const tokensPerImage = checkpoint.config.kind === "multimodal" ? checkpoint.config.tokensPerImage : undefined;
    if (checkpoint.tokenizer !== undefined && tokensPerImage !== undefined && tokensPerImage < 10_000)
      new PromptBuilder({ ...checkpoint.tokenizer, tokensPerImage }).build([
        { role: "user", content: [{ type: "image" }, { type: "text", text: "What is <b> this?" }] },
      ]);
    const opened = await openAdapter(join(folder, "adapter"), checkpoint.config.kind);
    try {
      applyAdapter(checkpoint.weights, checkpoint.config, opened);
    } finally {
      await opened.close();
    }
  } finally {
    await checkpoint.close();
  }
}

/** The files of such a folder that are broken, and those beside them. */
export function modelFiles(): Record<string, Uint8Array> {
  const files: Record<string, Uint8Array> = {};
  for (const [name, folder] of Object.entries({ model, adapter }))
    for (const file of readdirSync(folder).sort())
      if (!/^(cases|goldens)\./.test(file))
        files[`${name}/${file}`] = Uint8Array.from(readFileSync(join(folder, file)));
  return files;
}

const schemas: readonly unknown[] = [
  JSON.parse(readFileSync(join(root, "samples/lab-values.schema.json"), "utf8")),
  {
    $defs: {
      item: {
        type: "object",
        properties: { next: { $ref: "#/$defs/item" }, n: { type: "integer", minimum: -3, maximum: 1200 } },
      },
    },
    type: "object",
    properties: {
      kind: { enum: ["a", "b", 3, null] },
      list: { type: "array", items: { $ref: "#/$defs/item" }, minItems: 1, maxItems: 4 },
      either: { anyOf: [{ type: "string", maxLength: 12 }, { const: { a: [1, 2] } }] },
      share: { type: "number", exclusiveMinimum: 0, maximum: 1.5 },
    },
    required: ["kind", "list"],
    additionalProperties: false,
  },
];

const messages = [
  { role: "system" as const, content: [{ type: "text" as const, text: "Be brief." }] },
  { role: "user" as const, content: [{ type: "image" as const }, { type: "text" as const, text: "What is this?" }] },
  { role: "assistant" as const, content: [{ type: "text" as const, text: "A film." }] },
  { role: "user" as const, content: [{ type: "text" as const, text: "Why?" }] },
];

/** One of the first allowed tokens, another at every step. */
function allowed(mask: Uint32Array, step: number): number | undefined {
  let last: number | undefined;
  for (let id = 0, met = 0; id < 32 * mask.length && met <= step % 5; id++)
    if (mask[id >>> 5] & (1 << (id & 31))) {
      last = id;
      met++;
    }
  return last;
}

export function modelSeeds(): Seed[] {
  const files = modelFiles();
  const tokenizer = new Tokenizer({
    tokenizer: JSON.parse(readFileSync(join(root, "models/nano/tokenizer.json"), "utf8")),
  });
  const vocabulary = Vocabulary.of(tokenizer);
  return [
    ...Object.entries(files)
      .filter(([name]) => !name.endsWith(".jinja"))
      .map(
        ([file, bytes]): Seed => ({
          name: file,
          file,
          bytes,
          beside: files,
          open: (path) => openModelFolder(dirname(dirname(path))),
        }),
      ),
    ...["models/nano", "models/clinic"].map(
      (folder): Seed => ({
        name: `${folder}/chat_template.jinja`,
        bytes: Uint8Array.from(readFileSync(join(root, folder, "chat_template.jinja"))),
        parse: (text) => new ChatTemplate(text).render(messages, { generationPrompt: true }),
      }),
    ),
    ...schemas.map(
      (schema, i): Seed => ({
        name: `schema ${i}`,
        bytes: textBytes(JSON.stringify(schema)),
        parse: (text) => {
          let given: unknown;
          try {
            given = JSON.parse(text);
          } catch {
            return;
          }
          const constraint = new CompiledSchema(given, vocabulary, [1, 106]).begin();
          for (let left = 60; left > 36 && !constraint.finished; left--) {
            const id = allowed(constraint.mask(left), left);
            if (id === undefined) break;
            constraint.accept(id);
          }
        },
      }),
    ),
  ];
}
