/**
 * A polygenic score of a VCF against a plain Python reader (line by line, column by column), and a BED against the VCF. `--data` is the folder with
 * `genomes/`.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { applyScore, openGenotypes, readScoreFile } from "../../dist/genomes/index.js";

const runs = 5;

export async function rows({ data, log }) {
  if (data === undefined) {
    log("genomes: skipped, needs --data FOLDER with a folder genomes/");
    return [];
  }
  const stem = `${data}/genomes/cineca_synthetic_subset`;
  const [score] = await readScoreFile(`${data}/genomes/scorefile.txt`);
  const once = async (path) => {
    const before = process.cpuUsage();
    const started = performance.now();
    const result = await applyScore(await openGenotypes(path), score);
    const { user, system } = process.cpuUsage(before);
    return { result, clock: (performance.now() - started) / 1000, cpu: (user + system) / 1e6 };
  };
  const python = process.env.POLYCLINIC_PYTHON ?? "python3";
  const script = fileURLToPath(new URL("../peers/plain_vcf.py", import.meta.url));
  const ours = [];
  const theirs = [];
  // Alternately, so that other load on the machine affects both sides.
  for (let i = 0; i < runs; i++) {
    ours.push(await once(`${stem}.vcf.gz`));
    const run = spawnSync(python, [script, `${stem}.vcf.gz`, score.where], { encoding: "utf8", maxBuffer: 1 << 26 });
    if (run.status === 0) theirs.push(JSON.parse(run.stdout));
    else if (i === 0)
      log(`the plain Python reader was skipped: ${run.error?.message ?? run.stderr.split("\n").at(-2)}`);
  }
  const median = (values) => values.toSorted((x, y) => x - y)[values.length >> 1];
  const clock = median(ours.map((run) => run.clock));
  const cpu = median(ours.map((run) => run.cpu));
  const people = ours[0].result.people;
  const bed = await once(`${stem}.bed`);
  const difference = (others) => Math.max(...people.map((person, i) => Math.abs(person.sum - others[i])));
  const size = `${ours[0].result.report.matched} variants x ${people.length} people`;
  /** @type {import("../run.mjs").Row[]} */
  const out = [
    {
      id: "largest difference of a sum, VCF and BED",
      ours: difference(bed.result.people.map((p) => p.sum)),
      unit: "",
      note: size,
    },
  ];
  if (theirs.length > 0) {
    const [theirClock, theirCpu] = [median(theirs.map((run) => run.clock)), median(theirs.map((run) => run.cpu))];
    out.push(
      {
        id: "VCF scored",
        ours: clock,
        peer: theirClock,
        peerName: "plain Python reader",
        unit: "s",
        ratio: theirClock / clock,
        note: `${size}; median of ${runs}, in turns`,
      },
      {
        id: "VCF scored, processor time",
        ours: cpu,
        peer: theirCpu,
        peerName: "plain Python reader",
        unit: "s",
        ratio: theirCpu / cpu,
        note: size,
      },
      { id: "largest difference of a sum, ours and Python's", ours: difference(theirs[0].sums), unit: "" },
    );
  } else out.push({ id: "VCF scored", ours: clock, unit: "s", note: size });
  return out;
}
