/** Tables, configurations, molecules, genomes and recordings. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { parseCsv } from "../../../src/base/csv.ts";
import { studiesOfCsv } from "../../../src/batch/csv-studies.ts";
import { parseDefinition } from "../../../src/evaluate/benchmark/definition.ts";
import { loadBenchmark } from "../../../src/evaluate/benchmark/load.ts";
import { readLabels } from "../../../src/evaluate/labels/read.ts";
import { loadRubric } from "../../../src/evaluate/study/rubric.ts";
import { applyScore, openGenotypes, parseCandidate, readScoreFile, readsAround } from "../../../src/genomes/index.ts";
import { readDataset } from "../../../src/learn/data/index.ts";
import { readTuneConfig } from "../../../src/learn/tune/config.ts";
import {
  canonicalSmiles,
  depict,
  descriptors,
  type Molecule,
  morganFingerprint,
  murckoScaffold,
  readMoleculesCsv,
  readSdf,
  readSmiles,
  writeMolBlock,
} from "../../../src/molecules/index.ts";
import { isSelfTraining, readSelfTraining } from "../../../src/strategy/self-training/config.ts";
import { root, type Seed, textBytes } from "../seed.ts";

const read = (path: string) => readFileSync(join(root, path));

function useMolecule(molecule: Molecule): void {
  canonicalSmiles(molecule);
  descriptors(molecule);
  morganFingerprint(molecule);
  murckoScaffold(molecule);
  depict(molecule);
}

const smiles = [
  "CC(=O)Oc1ccccc1C(=O)O",
  "C[C@H](N)C(=O)O.[Na+].[Cl-]",
  "F/C=C\\Br",
  "[13CH4]",
  "c1ccc2c(c1)[nH]c1ccccc12",
  "O=C1CC[C@@]2(C)[C@H]1CC[C@@H]1[C@@H]2CCC2=CC(=O)CC[C@]12C",
];
const sdf = () =>
  `${writeMolBlock(readSmiles(smiles[0]))}\n> <NAME>\naspirin\n\n$$$$\n${writeMolBlock(readSmiles(smiles[2]))}\n$$$$\n`;

const bed = Uint8Array.from([0x6c, 0x1b, 1, 0b00_10_11_00, 0b01_11_10_00]);
const plink = {
  "t.bed": bed,
  "t.bim": textBytes("22\trs1\t0\t100\tA\tG\n22\trs2\t0\t200\tC\tT\n"),
  "t.fam": textBytes("a a 0 0 0 -9\nb b 0 0 0 -9\nc c 0 0 0 -9\n"),
};
const weights =
  "#genome_build=GRCh38\nchr_name\tchr_position\teffect_allele\tother_allele\teffect_weight\n22\t100\tA\tG\t0.3\n22\t200\tC\tT\t-0.7\n";

const selfTraining =
  "base: clinic\nout: run\nselfTraining: { questions: q.jsonl, heldOut: h.jsonl, rounds: 2 }\nlearner: { kind: full }\n";
const ecgCsv = `# sampling rate: 250 Hz\ntime,I (mV),II (mV),V1 (mV)\n${Array.from({ length: 600 }, (_, i) => `${(i / 250).toFixed(3)},${Math.sin(i / 9).toFixed(3)},${Math.cos(i / 7).toFixed(3)},${i % 200 === 0 ? 1 : 0}`).join("\n")}\n`;

const radgraph = JSON.stringify({
  "0": {
    text: "No effusion .",
    entities: { "1": { tokens: "effusion", label: "OBS-DA", start_ix: 1, end_ix: 1, relations: [["modify", "1"]] } },
  },
});
const green = 'reference,prediction,GREEN,"(a) False report of a finding in the candidate"\nNo edema.,No edema.,1,0\n';

export function tableSeeds(): Seed[] {
  const text = (name: string, content: string | Uint8Array, more: Partial<Seed>): Seed => ({
    name,
    bytes: typeof content === "string" ? textBytes(content) : Uint8Array.from(content),
    ...more,
  });
  const cohort = gunzipSync(read("samples/cohort.vcf.gz"));
  const score = gunzipSync(read("samples/score.txt.gz"));
  const sam = read("samples/pileup.sam");
  const reference = read("samples/pileup.fa");
  const scored = async (genotypes: string, scores: string) => {
    const [first] = await readScoreFile(scores);
    await applyScore(await openGenotypes(genotypes, { build: "GRCh38" }), first, { minMatchedShare: 0 });
  };
  const beside = (path: string, name: string) => join(dirname(path), name);
  const pileup = async (path: string) => {
    await readsAround(beside(path, "pileup.sam"), beside(path, "pileup.fa"), parseCandidate("sim:511:GAACCAG:G"));
  };
  const film = Uint8Array.from(read("samples/chest-xray.jpg"));
  const described = { question: { type: "text", describe: "a question" } } as never;
  const wfdb = ["wfdb16", "wfdb212"].flatMap((name): Seed[] => {
    const files = Object.fromEntries(
      ["hea", "dat"].map((ending) => [
        `${name}.${ending}`,
        Uint8Array.from(read(`src/signals/fixtures/${name}.${ending}`)),
      ]),
    );
    return Object.entries(files).map(([file, bytes]) => ({ name: file, file, bytes, beside: files }));
  });
  return [
    text("ecg.scp", read("src/signals/fixtures/ecg.scp"), { file: "ecg.scp" }),
    ...wfdb,
    text("ecg.csv", ecgCsv, { file: "ecg.csv" }),
    ...smiles.map((one, i) => text(`SMILES ${i}`, one, { parse: (broken) => useMolecule(readSmiles(broken)) })),
    text("molecules.sdf", sdf(), {
      parse: (broken) => {
        for (const record of readSdf(broken, "molecules.sdf"))
          if ("molecule" in record) useMolecule(record.molecule as Molecule);
      },
    }),
    text("molecules.csv", read("samples/bbb.csv"), { parse: (broken) => readMoleculesCsv(broken, "molecules.csv") }),
    text("cohort.vcf", cohort, {
      file: "cohort.vcf",
      beside: { "score.txt": Uint8Array.from(score) },
      open: (path) => scored(path, beside(path, "score.txt")),
    }),
    text("cohort.vcf.gz", read("samples/cohort.vcf.gz"), {
      file: "cohort.vcf.gz",
      beside: { "score.txt": Uint8Array.from(score) },
      open: (path) => scored(path, beside(path, "score.txt")),
    }),
    text("score.txt", weights, {
      file: "score.txt",
      beside: plink,
      open: (path) => scored(beside(path, "t.bed"), path),
    }),
    ...Object.entries(plink).map(([file, bytes]) => ({
      name: file,
      bytes,
      file,
      beside: { ...plink, "score.txt": textBytes(weights) },
      open: (path: string) => scored(beside(path, "t.bed"), beside(path, "score.txt")),
    })),
    text("pileup.sam", sam, { file: "pileup.sam", beside: { "pileup.fa": Uint8Array.from(reference) }, open: pileup }),
    text("pileup.fa", reference, { file: "pileup.fa", beside: { "pileup.sam": Uint8Array.from(sam) }, open: pileup }),
    text("studies.csv", 'study,id,question\nfilm.jpg,a,"What, ""this""?"\nfilm.jpg,b,Where?\n', {
      file: "studies.csv",
      beside: { "film.jpg": film },
      open: (path) => studiesOfCsv(path, described),
    }),
    text("reports.csv", read("samples/reports.csv"), {
      parse: (broken) => parseCsv(broken, { where: "reports.csv", code: "batch/row" }),
    }),
    text("questions.csv", read("benchmarks/samples-closed.csv"), {
      file: "samples-closed.csv",
      beside: { "benchmark.yaml": Uint8Array.from(read("benchmarks/samples-closed.yaml")) },
      open: (path) => loadBenchmark(beside(path, "benchmark.yaml")),
    }),
    text("benchmark.yaml", read("benchmarks/samples-closed.yaml"), {
      file: "benchmark.yaml",
      beside: { "samples-closed.csv": Uint8Array.from(read("benchmarks/samples-closed.csv")) },
      open: (path) => loadBenchmark(path),
    }),
    ...["medqa", "multimedbench", "vindr-mammo"].map((name) =>
      text(`${name}.yaml`, read(`benchmarks/${name}.yaml`), {
        parse: (broken) => parseDefinition(broken, `${name}.yaml`),
      }),
    ),
    ...["cxr-errors", "med-palm"].map((name) =>
      text(`rubric ${name}.yaml`, read(`rubrics/${name}.yaml`), { file: `${name}.yaml`, open: loadRubric }),
    ),
    text("tune.yaml", read("samples/cells/tune.yaml"), {
      parse: (broken) => readTuneConfig(broken, "tune.yaml", "/"),
    }),
    text("self-training.yaml", selfTraining, {
      parse: (broken) =>
        isSelfTraining(broken) && readSelfTraining(broken, "/self-training.yaml").roundOf("/t.jsonl", "/o"),
    }),
    text("train.jsonl", read("samples/cells/validation.jsonl"), {
      file: "train.jsonl",
      open: (path) =>
        readDataset(path, { checkImage: async () => {}, labels: ["platelets", "red cell", "white cell"] }),
    }),
    text("radgraph.json", radgraph, { file: "radgraph.json", open: (path) => readLabels(path) }),
    text("green.csv", green, { file: "green.csv", open: (path) => readLabels(path) }),
  ];
}
