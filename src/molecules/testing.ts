/** RDKit as an independent reader for the tests of this module; the product does not use it. */
import { readFileSync } from "node:fs";
import initRDKit, { type MainModule, type Mol } from "@rdkit/rdkit";

let module: MainModule | undefined;

export async function rdkit(): Promise<MainModule> {
  if (module === undefined) {
    module = await (initRDKit as unknown as () => Promise<MainModule>)();
    (module as unknown as { disable_logging?: () => void }).disable_logging?.();
  }
  return module;
}

/** Calls a function with RDKit's molecule; undefined if RDKit cannot read the text. */
export function withRdkit<T>(reader: MainModule, text: string, use: (molecule: Mol) => T): T | undefined {
  const molecule = reader.get_mol(text);
  if (molecule === null) return undefined;
  try {
    return use(molecule);
  } finally {
    molecule.delete();
  }
}

/** Molecules from eight MoleculeNet sets, see fixtures/README.md. */
export const corpus: readonly string[] = readFileSync(new URL("./fixtures/moleculenet.smi", import.meta.url), "utf8")
  .trim()
  .split("\n");
