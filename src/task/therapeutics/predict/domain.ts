/** Whether a molecule lies outside what the training molecules of a task cover, and what a reader must know about its prediction. */
import { componentsWithKinds, type Molecule, readSmiles } from "../../../molecules/index.ts";
import type { Refusal } from "../../scope/reason.ts";
import { domainCaution, sizeCaution } from "../shots.ts";
import type { KnownNeighbour } from "./neighbours.ts";

const heavyAtoms = ({ atoms }: Molecule) => atoms.filter(({ element }) => element !== 1).length;

/** Kinds of what was written and is not in the molecule; other changes are other ways to write the same one. */
const lostMarks: ReadonlySet<string> = new Set(["stereo-ignored", "bond-direction-unused"]);

/** Undefined for a molecule near the training molecules, or in them, and where they are not known. */
export function refusalOf(
  molecule: Molecule,
  smiles: string,
  task: string,
  near: readonly KnownNeighbour[],
  comparable: boolean,
): Refusal | undefined {
  if (!comparable || near.some((each) => each.smiles === smiles)) return undefined;
  const outside = domainCaution(
    near.map(({ similarity }, index) => ({ index, similarity })),
    task,
  );
  const larger = sizeCaution(
    heavyAtoms(molecule),
    near.map((each) => heavyAtoms(readSmiles(each.smiles))),
    task,
  );
  const reasons = [outside, larger].flatMap((message) =>
    message === undefined ? [] : [{ code: "extrapolation" as const, message }],
  );
  return reasons.length === 0
    ? undefined
    : { reasons, answers: [`${task} of molecules that resemble its training molecules`] };
}

export function cautionsOf(
  molecule: Molecule,
  smiles: string,
  task: string,
  near: readonly KnownNeighbour[],
  comparable: boolean,
): string[] {
  const cautions: string[] = molecule.notes.flatMap(({ kind, text }) =>
    kind === "radical" ? [`${text}.`] : lostMarks.has(kind) ? [`A stereo mark was ignored: ${text}.`] : [],
  );
  const pieces = componentsWithKinds(molecule);
  if (pieces.length > 1)
    cautions.push(
      `${pieces.length} pieces, ${pieces.map(({ kind, formula }) => `${kind} ${formula}`).join(", ")}: the model read all of them as one molecule.`,
    );
  const same = [...new Set(near.filter((each) => each.smiles === smiles).map(({ labelText }) => labelText))];
  if (same.length > 1)
    cautions.push(
      `The training set of ${task} contains this molecule with different labels (${same.join("; ")}): no answer is reliable.`,
    );
  else if (same.length === 1)
    cautions.push(
      `The model was trained on this molecule for ${task} (${same[0]}): its answer is memorised, not predicted.`,
    );
  else if (!comparable)
    cautions.push(
      "The training molecules of this model are not available: whether this prediction is an extrapolation is unknown.",
    );
  return cautions;
}
