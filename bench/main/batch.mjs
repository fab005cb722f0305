/**
 * `batch-share-in-model`: 500 radiographs of the data folder, or the samples repeated; the share is taken from the
 * manifest.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, sample } from "./cli.mjs";

const [data] = process.argv.slice(2);
const films = data === undefined ? samples(100) : (await jpegs(join(data, "cxr-pneumonia", "test"))).slice(0, 500);
const folder = await mkdtemp(join(tmpdir(), "polyclinic-bench-"));
try {
  const list = join(folder, "studies.csv");
  await writeFile(list, ["id,study", ...films.map((film, i) => `${i},"${film}"`)].join("\n"));
  const output = join(folder, "results");
  const { endMs } = await run(["batch", list, "--task", "ask", "-q", "Is there pneumonia?", "-o", output]);
  const { modelShare, seconds, counts } = JSON.parse(await readFile(join(output, "manifest.json"), "utf8"));
  const note =
    `${films.length} ${data === undefined ? "times the samples" : "radiographs"}, ${seconds.toFixed(1)} s ` +
    `(${(endMs / 1000).toFixed(1)} s with the start); ${counts.answered} answered, ${counts.unparsed} unparsed, ${counts.failed} failed`;
  const row = { id: "batch-share-in-model", ours: modelShare * 100, atLeast: 85, unit: "%", note };
  console.log(JSON.stringify({ rows: [row] }));
} finally {
  await rm(folder, { recursive: true, force: true });
}

function samples(count) {
  const names = ["chest-xray.jpg", "chest-xray-normal.jpg", "chest-pair/1-prior.jpg", "chest-pair/2-current.jpg"];
  return Array.from({ length: count }, (_, i) => sample(names[i % names.length]));
}

async function jpegs(from) {
  const entries = await readdir(from, { recursive: true });
  return entries
    .filter((name) => /\.jpe?g$/i.test(name))
    .sort()
    .map((name) => join(from, name));
}
