// A Polyclinic model in an AI SDK application (npm install ai).
//
//     node examples/ai-sdk.mjs
import { readFile } from "node:fs/promises";
import { streamText } from "ai";
import { createPolyclinic } from "polyclinic/provider";

const polyclinic = createPolyclinic();
const image = await readFile("samples/chest-xray.jpg");
/** @type {import("ai").UserContent} */
const content = [
  { type: "image", image },
  // Free wording finds the question nano learned, in six languages; what it did not learn is refused.
  { type: "text", text: "Gibt es eine Lungenentzündung?" },
];
const { textStream, usage } = streamText({
  model: polyclinic("nano"),
  messages: [{ role: "user", content }],
  temperature: 0,
});
for await (const text of textStream) process.stdout.write(text);
console.log("\n", (await usage).outputTokens, "tokens");
await polyclinic.close();
