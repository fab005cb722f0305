// A box in the pixels of the file, and a picture with the box on it.
//
//     node examples/locate.mjs
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadModel, locate, openStudy, saveExports } from "polyclinic";

const study = await openStudy("samples/chest-pair/1-prior.jpg");
const model = await loadModel("nano");
const result = await locate(study, model, { object: "right lung" });
await model.close();

for (const { label, box } of result.answer?.boxes ?? []) console.log(label, box);
// A folder of its own: exports never go over a file that is there.
const folder = await mkdtemp(join(tmpdir(), "polyclinic-locate-"));
console.log(await saveExports({ overlay: join(folder, "right-lung.png") }, result, study));
