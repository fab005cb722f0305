// A report, and with it what a hospital takes: a DICOM structured report and a FHIR bundle, both marked as unverified.
//
//     node examples/report.mjs
import { loadModel, openStudy, report, saveExports } from "polyclinic";

const study = await openStudy("samples/chest-xray.jpg");
const model = await loadModel("nano");
const result = await report(study, model);
await model.close();

console.log(result.answer?.findings, result.answer?.impression);
console.log(await saveExports({ sr: "report.dcm", fhir: "report.fhir.json", json: "report.json" }, result, study));
