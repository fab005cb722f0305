/** Our side of `volume-views`, in a process of its own: `node volume-views.mjs raw z,y,x`. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mriView } from "../../dist/study/index.js";

const [z, y, x] = process.argv[3].split(",").map(Number);
const bytes = readFileSync(process.argv[2]);
const data = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
const affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
/** @type {import("../../dist/study/index.js").VolumePart} */
const part = {
  kind: "volume",
  label: "head",
  modality: "MR",
  origin: { files: [], sha256: "" },
  warnings: [],
  volume: { kind: "volume", shape: [z, y, x], data, affine, unit: "arbitrary" },
};
const limits = { imageSize: 896, tokensPerImage: 260, contextTokens: 131072 };

const start = performance.now();
const used = process.cpuUsage();
const view = mriView([{ part, index: 0 }], limits);
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(used);
const hash = createHash("sha256");
for (const item of view.items) if (item.kind === "image") hash.update(item.image.data);
const peakMiB = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, peakMiB, checksum: hash.digest("hex") }));
