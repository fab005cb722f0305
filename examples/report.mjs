// A report, and with it what a hospital takes: a DICOM structured report and a FHIR bundle, both marked as unverified.
//
//     node examples/report.mjs
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadModel, openStudy, report, saveExports } from "polyclinic";

const study = await openStudy("samples/chest-xray.jpg");
const model = await loadModel("nano");
const result = await report(study, model);
await model.close();

console.log(result.answer?.findings, result.answer?.impression);
// A folder of its own: exports never go over a file that is there.
const folder = await mkdtemp(join(tmpdir(), "polyclinic-report-"));
const at = (name) => join(folder, name);
console.log(
  await saveExports({ sr: at("report.dcm"), fhir: at("report.fhir.json"), json: at("report.json") }, result, study),
);
