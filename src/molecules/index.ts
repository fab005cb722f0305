/** Molecules: SMILES, mol and SD files read and checked, canonical forms, fingerprints, descriptors, scaffolds, splits. Pure TypeScript. */
export { type CanonicalRanks, canonicalRanks } from "./canonical/rank.ts";
export { type Component, type ComponentKind, componentsWithKinds, type Parent, parentOf } from "./components.ts";
export { type DepictionOptions, depict } from "./depict/svg.ts";
export { type Descriptors, descriptors, formulaOf } from "./descriptors/descriptors.ts";
export { type CsvTable, parseCsv, readMoleculesCsv } from "./files/csv.ts";
export { readMolBlock } from "./files/mol-block.ts";
export { type MoleculeRecord, type ReadSummary, summarise } from "./files/record.ts";
export { readSdf } from "./files/sdf.ts";
export { writeMolBlock } from "./files/write-mol-block.ts";
export { countTanimoto, type EnvironmentCounts, environmentCounts } from "./fingerprint/counts.ts";
export { type Fingerprint, type MorganOptions, morganEnvironments, morganFingerprint } from "./fingerprint/morgan.ts";
export { nearest, type SimilarityHit, tanimoto } from "./fingerprint/similarity.ts";
export type { Atom, Bond, DoubleBondStereo, Molecule, Neighbour, Note, Ring, TetrahedralStereo } from "./molecule.ts";
export { murckoScaffold, scaffoldName } from "./scaffold.ts";
export { readSmiles } from "./smiles/read.ts";
export { canonicalSmiles, writeSmiles } from "./smiles/write.ts";
export { type Split, type SplitName, type SplitOptions, splitByName, splitNames } from "./split/split.ts";
