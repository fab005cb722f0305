/** Our side of `dicom-series`, `jpeg2000` and `jpegls`, in a separate process: `node dicom-series.mjs FOLDER`. */
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { diskSource } from "../../dist/bytes/index.js";
import { assembleSeries, loadVolume, openInstance } from "../../dist/imaging/dicom/index.js";

const folder = process.argv[2];

const start = performance.now();
const used = process.cpuUsage();
const instances = [];
for (const name of readdirSync(folder)) instances.push(await openInstance(diskSource(join(folder, name))));
const [series] = (await assembleSeries(instances)).series;
const { volume } = await loadVolume(series, { threads: 2 });
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(used);

const peakMiB = process.resourceUsage().maxRSS / 1024;
const checksum = createHash("sha256").update(new Uint8Array(volume.data.buffer)).digest("hex");
console.log(JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, peakMiB, checksum, shape: volume.shape }));
process.exit(0);
