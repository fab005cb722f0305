/**
 * `node dist/recipes/clinic/train/make-tokenizer.js OUT.json`: makes a tokenizer for the clinic's texts. The released
 * one was made when the books' sentences still read `common in zibwex`; the weights depend on it, so it is not made
 * again.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { clinicFolder, embeddedFolder } from "../../../base/embedded-model.ts";
import { exampleAt } from "./examples.ts";
import { clinicTokenizer } from "./tokenizer.ts";

const texts = Array.from({ length: 6000 }, (_, i) => {
  const { prompt, answer } = exampleAt(7, i);
  return `${prompt}\n${answer}`;
});
const json = async (folder: string, name: string) => JSON.parse(await readFile(join(folder, name), "utf8"));
const { vocab_size: size } = await json(clinicFolder, "config.json");
const made = clinicTokenizer(await json(embeddedFolder, "tokenizer.json"), texts, size);
await writeFile(process.argv[2], `${JSON.stringify(made)}\n`, { flag: "wx" });
