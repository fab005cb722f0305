/**
 * `npm run train:tx-kernel -- --data PATH [--out FOLDER]`: fits the kernel regression and selects, for each set,
 * whether it or the embedded language model answers; all decisions are made on the validation parts. Writes
 * `kernel.json.gz`; the test parts are not read.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { therapeuticsFolder } from "../../../base/embedded-model.ts";
import { progressBar } from "../../../base/progress-bar.ts";
import { loadModel } from "../../../model/load-model.ts";
import { openTherapeutics } from "../../../task/therapeutics/index.ts";
import { type KernelFile, type KernelSet, kernelFileName } from "../../../task/therapeutics/kernel/kernel-model.ts";
import { evaluateTx } from "../evaluate.ts";
import { isAhead } from "../score.ts";
import { readTxSet, txSets, txSplit } from "../sets.ts";
import { chooseKernel } from "./choose.ts";

/** Tox21 has twelve prompts per molecule, so the language model is asked about every fifth validation molecule only. */
const everyOf = (tasks: number) => (tasks > 2 ? 5 : 1);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { data: { type: "string" }, out: { type: "string", default: therapeuticsFolder } },
  });
  const { data, out } = values;
  if (data === undefined) throw new Error("missing option --data PATH: a folder with MoleculeNet's CSV files");
  const model = await loadModel(therapeuticsFolder);
  const sets: KernelSet[] = [];
  try {
    const shipped = await openTherapeutics(model, therapeuticsFolder);
    const languageOnly = { ...shipped, kernel: undefined, figures: undefined };
    for (const definition of txSets) {
      const started = performance.now();
      const set = await readTxSet(definition, data);
      const { validation, ...fitted } = chooseKernel(set, ({ shares, ridge, value }) => {
        const { environments, descriptors, linear } = shares;
        process.stderr.write(
          `${set.name}: ${environments}/${descriptors}/${linear}, ridge ${ridge}: ${value.toFixed(4)}\n`,
        );
      });
      const bar = progressBar();
      const [row] = await evaluateTx(languageOnly, {
        data,
        sets: [set.name],
        part: "valid",
        every: everyOf(set.tasks.length),
        onProgress: bar.onProgress,
      });
      bar.done();
      const language = row.model.value;
      const method = isAhead(set, language, validation.kernel) ? "language" : "kernel";
      sets.push({ ...fitted, method, validation: { ...validation, language } });
      process.stderr.write(
        `${set.name}: kernel ${validation.kernel.toFixed(4)}, language ${language.toFixed(4)}: ${method}; ${((performance.now() - started) / 1000).toFixed(0)} s\n`,
      );
    }
  } finally {
    await model.close();
  }
  const file: KernelFile = { split: txSplit, sets };
  await mkdir(out, { recursive: true });
  const packed = gzipSync(JSON.stringify(file), { level: 9 });
  await writeFile(join(out, kernelFileName), packed);
  process.stderr.write(`${join(out, kernelFileName)}: ${packed.length} bytes\n`);
}

await main();
