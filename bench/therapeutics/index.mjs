/**
 * Molecules: how fast they are read, made canonical and fingerprinted (beside RDKit's WebAssembly build), and what a nearest-neighbour model on Morgan
 * fingerprints reaches on seven MoleculeNet sets, by named splits, beside a random forest and a multilayer perceptron of scikit-learn on the same
 * fingerprints and splits, alone and with the 32 descriptors that the embedded model's kernel regression reads. `--data` is the folder with `molecules/`.
 * `--only speed`, `model`, `domain` (the error by distance from the training molecules, and what is refused), a set, a split, or a split with sets (`deepchem-scaffold:BACE,Tox21`).
 * `--quick` leaves out the nearest neighbours, which `polyclinic tx evaluate` measures as well.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bootstrapInterval, mean } from "../../dist/measure/index.js";
import {
  canonicalSmiles,
  morganFingerprint,
  parseCsv,
  readSmiles,
  scaffoldName,
  splitByName,
} from "../../dist/molecules/index.js";
import { neighbourMean, scoreOf } from "../../dist/recipes/tx/score.js";
import { kernelFeatures } from "../../dist/task/therapeutics/kernel/features.js";

const sets = [
  { name: "BBBP", file: "BBBP.csv", smiles: "smiles", labels: ["BBBP"], kind: "auroc" },
  {
    name: "ESOL",
    file: "delaney-processed.csv",
    smiles: "smiles",
    labels: ["measured log solubility in mols per litre"],
    kind: "rmse",
  },
  { name: "FreeSolv", file: "SAMPL.csv", smiles: "smiles", labels: ["expt"], kind: "rmse" },
  { name: "Lipophilicity", file: "Lipophilicity.csv", smiles: "smiles", labels: ["exp"], kind: "rmse" },
  { name: "BACE", file: "bace.csv", smiles: "mol", labels: ["Class"], kind: "auroc" },
  { name: "ClinTox", file: "clintox.csv", smiles: "smiles", labels: ["FDA_APPROVED", "CT_TOX"], kind: "auroc" },
  {
    name: "Tox21",
    file: "tox21.csv",
    smiles: "smiles",
    labels: [
      "NR-AR",
      "NR-AR-LBD",
      "NR-AhR",
      "NR-Aromatase",
      "NR-ER",
      "NR-ER-LBD",
      "NR-PPAR-gamma",
      "SR-ARE",
      "SR-ATAD5",
      "SR-HSE",
      "SR-MMP",
      "SR-p53",
    ],
    kind: "auroc",
  },
];
/** @type {[import("../../dist/molecules/index.js").SplitName, number[]][]} */
const splits = [
  ["deepchem-scaffold", [0]],
  ["balanced-scaffold", [0, 1, 2]],
  ["random", [0, 1, 2]],
];
const neighbours = 10;

export async function rows({ data, only, quick, log }) {
  if (data === undefined) {
    log("therapeutics: skipped, needs --data FOLDER with a folder molecules/");
    return [];
  }
  // `--only deepchem-scaffold:BACE,Tox21` is that split of these sets.
  const [named, some] = only?.includes(":") ? only.split(":") : [only, undefined];
  const chosen = some === undefined ? sets : sets.filter(({ name }) => some.split(",").includes(name));
  if (chosen.length === 0)
    throw new Error(`--only: no set of ${some}; there are ${sets.map(({ name }) => name).join(", ")}`);
  if (only === "domain") return (await import("./domain.mjs")).domain(data, log);
  const loaded = chosen.map((set) => load(set, `${data}/molecules/${set.file}`));
  const out = [];
  if (only === undefined || only === "speed") out.push(...(await speed(loaded, log)));
  if (only === "speed") return out;
  if (only === undefined || only === "model") out.push(...(await ownModel(data, log)));
  if (only === "model") return out;
  const problems = [];
  const oneSplit = splits.filter(([split]) => split === named);
  for (const set of loaded.filter((set) => only === undefined || oneSplit.length > 0 || only === set.name)) {
    log(`${set.name}: ${set.molecules.length} molecules, ${set.refused} refused`);
    for (const [split, seeds] of oneSplit.length > 0 ? oneSplit : splits) {
      const results = seeds.map((seed) => {
        const parts = splitByName(split, set.keys, { seed });
        problems.push({ set, split, seed, parts });
        if (quick) return undefined;
        const result = scored(set, parts.test, nearestNeighbours(set, parts));
        log(`${set.name} ${set.kind} ${split}, kNN-${neighbours}, seed ${seed}: ${shown(result)}`);
        return result;
      });
      if (!quick) out.push(row(`${set.name} ${set.kind} ${split}, kNN-${neighbours}`, results));
    }
  }
  for (const [key, results] of sklearn(problems, log))
    out.push(
      row(
        key,
        results,
        "scikit-learn; 100 trees, 128 units where training molecules x tasks exceed 3,000, else 300, 256",
      ),
    );
  return out;
}

const shown = ({ estimate, low, high, n }) =>
  `${estimate.toFixed(3)} (95 % ${low.toFixed(3)} to ${high.toFixed(3)}, n ${n})`;

/** One split's score with its interval over molecules; several seeds' mean with the score of each. */
function row(id, results, source) {
  const [{ n, low, high }] = results;
  const spread =
    results.length === 1
      ? `95 % [${low.toFixed(3)}, ${high.toFixed(3)}]`
      : `seeds ${results.map(({ estimate }) => estimate.toFixed(3)).join(" ")}`;
  return {
    id,
    ours: mean(results.map(({ estimate }) => estimate)),
    unit: "",
    note: [source, `n test ${n}`, spread].filter(Boolean).join("; "),
  };
}

/** The embedded model on the test parts, beside ten nearest neighbours, with bootstrap intervals. */
async function ownModel(data, log) {
  const [{ evaluateTx }, { loadModel }, { openTherapeutics }, { therapeuticsFolder }] = await Promise.all([
    import("../../dist/recipes/tx/evaluate.js"),
    import("../../dist/model/index.js"),
    import("../../dist/task/therapeutics/index.js"),
    import("../../dist/base/embedded-model.js"),
  ]);
  const therapeutics = await openTherapeutics(await loadModel(therapeuticsFolder), therapeuticsFolder);
  const interval = ({ low, high }) => `[${low.toFixed(3)}, ${high.toFixed(3)}]`;
  const found = await evaluateTx(therapeutics, {
    data: `${data}/molecules`,
    onRow: ({ set }) => log(`model: ${set} done`),
  });
  await therapeutics.model.close();
  return found.map(({ set, metric, split, molecules, tasks, model, neighbours }) => ({
    id: `${set} ${metric} ${split}, embedded model`,
    ours: model.value,
    unit: "",
    peer: neighbours.value,
    peerName: `10 nearest neighbours ${interval(neighbours)}`,
    note: `ours ${interval(model)}; ${molecules} test molecules x ${tasks} tasks`,
  }));
}

function load(set, path) {
  const table = parseCsv(readFileSync(path, "utf8"), path);
  const at = table.header.indexOf(set.smiles);
  const labelsAt = set.labels.map((label) => table.header.indexOf(label));
  const molecules = [];
  let refused = 0;
  for (const { cells } of table.rows) {
    let molecule;
    try {
      molecule = readSmiles(cells[at]);
    } catch {
      refused++;
      continue;
    }
    const labels = labelsAt.map((i) => (cells[i] === "" ? Number.NaN : Number(cells[i])));
    molecules.push({ text: cells[at].trim(), molecule, labels, fingerprint: morganFingerprint(molecule) });
  }
  return { ...set, molecules, refused, keys: molecules.map(({ molecule }) => scaffoldName(molecule)) };
}

/** @returns one row per test molecule, one column per task. */
function nearestNeighbours(set, parts) {
  const columns = set.labels.map((_, task) => {
    const train = parts.train.filter((i) => !Number.isNaN(set.molecules[i].labels[task]));
    const library = train.map((i) => set.molecules[i].fingerprint);
    const labels = train.map((i) => set.molecules[i].labels[task]);
    return parts.test.map((i) => neighbourMean(set.molecules[i].fingerprint, library, labels));
  });
  return parts.test.map((_, k) => columns.map((column) => column[k]));
}

/** Mean over the tasks of a set that have both classes in the test part, with a 95 % bootstrap over molecules. */
function scored(set, test, predicted) {
  const tasks = set.labels.map(() => ({ kind: set.kind === "rmse" ? "regression" : "binary" }));
  const labels = test.map((i) => set.molecules[i].labels);
  const interval = bootstrapInterval(test.length, (indices) => scoreOf(tasks, labels, predicted, indices));
  return { ...interval, n: test.length };
}

function sklearn(problems, log) {
  const python = process.env.POLYCLINIC_PYTHON ?? "python3";
  const results = new Map();
  for (const { set, split, seed, parts } of problems) {
    const input = JSON.stringify({
      kind: set.kind,
      seed,
      bits: set.molecules.map(({ fingerprint }) => Buffer.from(fingerprint.words.buffer).toString("base64")),
      descriptors: set.molecules.map(({ molecule }) => [...kernelFeatures(molecule).values]),
      labels: set.molecules.map(({ labels }) => labels.map((y) => (Number.isNaN(y) ? null : y))),
      train: parts.train,
      test: parts.test,
    });
    const run = spawnSync(python, [fileURLToPath(new URL("../peers/therapeutics.py", import.meta.url))], {
      input,
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
    if (run.status !== 0) {
      log(`scikit-learn was skipped: ${(run.stderr || run.error?.message || "").split("\n").at(-2) ?? ""}`);
      return results;
    }
    for (const [model, columns] of Object.entries(JSON.parse(run.stdout))) {
      const key = `${set.name} ${set.kind} ${split}, ${model}`;
      const predicted = parts.test.map((_, k) => columns.map((column) => column[k] ?? Number.NaN));
      const result = scored(set, parts.test, predicted);
      results.set(key, [...(results.get(key) ?? []), result]);
      // With its interval: a whole run takes long, and what is done should not be lost.
      log(`${key}, seed ${seed}: ${shown(result)}`);
    }
  }
  return results;
}

async function speed(loaded, log) {
  const texts = [...loaded[0].molecules, ...loaded[3].molecules].map(({ text }) => text).slice(0, 5000);
  const ours = () => {
    for (const text of texts) {
      const molecule = readSmiles(text);
      canonicalSmiles(molecule);
      morganFingerprint(molecule);
    }
  };
  const { best, cpu } = timed(ours);
  const row = {
    id: `${texts.length} molecules read, canonical, fingerprinted`,
    ours: best,
    unit: "s",
    note: `best of 3, wall time; ${cpu.toFixed(2)} s of processor time`,
  };
  try {
    /** @type {any} Its types describe a global of a page. */
    const { default: init } = await import("@rdkit/rdkit");
    const rdkit = await init();
    const theirs = timed(() => {
      for (const text of texts) {
        const molecule = rdkit.get_mol(text);
        if (molecule === null) continue;
        molecule.get_smiles();
        molecule.get_morgan_fp_as_uint8array(JSON.stringify({ radius: 2, nBits: 2048 }));
        molecule.delete();
      }
    });
    return [{ ...row, peer: theirs.best, peerName: "RDKit 2026.09.1 (WebAssembly)", ratio: theirs.best / best }];
  } catch {
    log("RDKit was skipped: @rdkit/rdkit is not installed");
    return [row];
  }
}

function timed(work) {
  let [best, cpu] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let i = 0; i < 3; i++) {
    const before = process.cpuUsage();
    const started = performance.now();
    work();
    best = Math.min(best, (performance.now() - started) / 1000);
    const { user, system } = process.cpuUsage(before);
    cpu = Math.min(cpu, (user + system) / 1e6);
  }
  return { best, cpu };
}
