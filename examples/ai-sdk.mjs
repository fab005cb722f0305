// A Polyclinic model in an AI SDK application (npm install ai).
//
//     node examples/ai-sdk.mjs
import { readFile } from "node:fs/promises";
import { streamText } from "ai";
import { createPolyclinic } from "polyclinic/provider";

const polyclinic = createPolyclinic();
const image = await readFile("samples/chest-xray.jpg");
const content = [
  { type: "image", image },
  // The words nano learned; a model of Google's takes the question alone.
  {
    type: "text",
    text: 'Is there pneumonia?\nYou MUST end your responce with either "Final Answer: yes" or "Final Answer: no"',
  },
];
const messages = [{ role: "user", content }];
const { textStream, usage } = streamText({ model: polyclinic("nano"), messages, temperature: 0 });
for await (const text of textStream) process.stdout.write(text);
console.log("\n", (await usage).outputTokens, "tokens");
await polyclinic.close();
