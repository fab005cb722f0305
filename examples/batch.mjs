// Many studies: the next one is read while the model answers the last, one that cannot be read is its own failure, and a run that was stopped
// continues where it stopped.
//
//     node examples/batch.mjs
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadModel, planBatch, runBatch, taskNamed } from "polyclinic";

const output = await mkdtemp(join(tmpdir(), "polyclinic-batch-"));
const options = { object: "right lung" };
const plan = await planBatch({ task: taskNamed("locate"), source: "samples/chest-pair", output, options });
const model = await loadModel("nano");
const { path, counts } = await runBatch(plan, model);
await model.close();

console.log(counts);
for (const line of (await readFile(path, "utf8")).trim().split("\n")) {
  const { id, result } = JSON.parse(line);
  console.log(id, result.answer?.boxes[0]?.box ?? result.parse.problems[0]);
}
