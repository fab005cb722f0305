/** C-CDA and HL7 v2 files: read or a clear error, coded results found; 100 MB of NDJSON: seconds and memory. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openRecord, readNdjson } from "../../dist/records/index.js";
import { readBundles } from "./raw.mjs";
import { share } from "./statistics.mjs";

export async function rows({ data, log }) {
  const result = [];
  const gold = JSON.parse(readFileSync(new URL("ccda-results.json", import.meta.url), "utf8")).files;
  const read = { ccda: [0, 0], hl7: [0, 0] };
  let [found, total] = [0, 0];
  for (const [folder, kind] of [
    ["ccda-hl7", "ccda"],
    ["ccda-vendors", "ccda"],
    ["hl7v2", "hl7"],
  ]) {
    const path = `${data}/records/${folder}`;
    if (!existsSync(path)) continue;
    for (const name of readdirSync(path)) {
      read[kind][1]++;
      let record;
      try {
        record = await openRecord(readFileSync(`${path}/${name}`), { name });
        read[kind][0]++;
      } catch (error) {
        if (error.code?.startsWith("records/")) read[kind][0]++;
        log(`${name}: ${error.message}`);
      }
      // Each reference result uses up one fact with its code, value and unit.
      const left = [...(record?.facts ?? [])];
      for (const [code, value, unit] of gold[name] ?? []) {
        total++;
        const at = left.findIndex(
          (fact) =>
            fact.kind === "observation" &&
            [fact.code, ...(fact.translations ?? [])].some((coding) => coding?.code === code) &&
            String(fact.printedValue ?? fact.value) === value &&
            (!unit || unit === "1" || [fact.unit, fact.printedUnit].includes(unit)),
        );
        if (at < 0) log(`${name}: no fact for ${code} ${value} ${unit ?? ""}`);
        else {
          found++;
          left.splice(at, 1);
        }
      }
    }
  }
  if (read.ccda[1] > 0)
    result.push(
      share(
        "ccda-read",
        ...read.ccda,
        "read, or rejected with an error that names the fault (one file is a licence text)",
      ),
      share(
        "ccda-results",
        found,
        total,
        "coded results with code, value and unit; gold by lxml (tools/reference/ccda_results.py)",
      ),
    );
  if (read.hl7[1] > 0) result.push(share("hl7-read", ...read.hl7));
  result.push(...(await ndjson(data)));
  return result;
}

/** In a separate process, so that memory is that of the reader. */
async function ndjson(data) {
  const bundles = readBundles(`${data}/fhir`);
  if (bundles.length === 0) return [];
  const folder = mkdtempSync(join(tmpdir(), "polyclinic-bench-"));
  try {
    const file = join(folder, "large.ndjson");
    const { size, lines } = await write(bundles, file);
    const { seconds, cpu, memory, facts } = JSON.parse(
      execFileSync(process.execPath, [fileURLToPath(import.meta.url), file], { encoding: "utf8" }),
    );
    const note = `${(size / 1e6).toFixed(0)} MB, ${lines} resources, ${facts} facts, ${cpu.toFixed(1)} s of processor time`;
    return [
      { id: "ndjson-seconds", ours: seconds, unit: "s", note },
      { id: "ndjson-memory", ours: memory, unit: "MB", note: "largest resident size of the process" },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The bundles repeated with new ids, to 100 MB. */
async function write(bundles, file) {
  const out = createWriteStream(file);
  let [size, lines] = [0, 0];
  for (let round = 1; size < 100e6; round++)
    for (const { source } of bundles) {
      const mark = round.toString(16).padStart(4, "0");
      const { entry } = JSON.parse(
        source.replace(/((?:urn:uuid:|"id":\s*")[0-9a-f]{8}-[0-9a-f]{4})-[0-9a-f]{4}/g, `$1-${mark}`),
      );
      const types = Object.fromEntries(
        entry.map(({ fullUrl, resource }) => [fullUrl, `${resource.resourceType}/${resource.id}`]),
      );
      for (const { resource } of entry) {
        const line = `${JSON.stringify(resource).replace(/urn:uuid:[0-9a-f-]{36}/g, (url) => types[url] ?? url)}\n`;
        size += line.length;
        lines++;
        if (!out.write(line)) await once(out, "drain");
      }
    }
  out.end();
  await once(out, "finish");
  return { size, lines };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const start = performance.now();
  const set = await readNdjson(createReadStream(process.argv[2], { highWaterMark: 1 << 18 }));
  const usage = process.resourceUsage();
  console.log(
    JSON.stringify({
      seconds: (performance.now() - start) / 1000,
      cpu: (usage.userCPUTime + usage.systemCPUTime) / 1e6,
      memory: usage.maxRSS / 1024,
      facts: set.records.reduce((sum, { facts }) => sum + facts.length, 0),
    }),
  );
}
