/** Tools of an agent that reasons over molecules: property models, structure, similar training molecules, and a folder of texts. */
import { PolyclinicError } from "../../base/errors.ts";
import {
  canonicalSmiles,
  componentsWithKinds,
  descriptors,
  morganFingerprint,
  readSmiles,
  scaffoldName,
} from "../../molecules/index.ts";
import { refusalText } from "../../task/scope/reason.ts";
import { predict, type Therapeutics } from "../../task/therapeutics/index.ts";
import type { Corpus } from "../retrieval/corpus.ts";
import type { Tool } from "./tool-agent.ts";

const aspirin = "CC(=O)Oc1ccccc1C(=O)O";
const passages = 4;

/** One tool for each task of a property model whose prompt needs only a molecule. */
export function propertyTools(therapeutics: Therapeutics): Tool[] {
  return [...therapeutics.prompts.keys()].map((task) => ({
    name: task,
    description: `predicts ${task.replaceAll("_", " ")} of a molecule with ${therapeutics.model.identity.name}; takes one SMILES.`,
    example: aspirin,
    run: async (argument, signal) => {
      const { answer, probability, low, high, cautions, neighbours, status, refusal } = await predict(
        therapeutics,
        task,
        argument,
        readSmiles(argument),
        { ...(signal && { signal }) },
      );
      const isMolecule =
        probability !== undefined
          ? `probability of the second class ${probability.toFixed(2)}`
          : low === undefined
            ? ""
            : `four fifths of the likelihood between ${low.toFixed(2)} and ${high!.toFixed(2)}`;
      const near = neighbours.map(
        ({ smiles, similarity, labelText }) => `${smiles} (similarity ${similarity.toFixed(2)}): ${labelText}`,
      );
      const answered = status === "refused" ? refusalText(task, refusal!) : answer;
      return [answered, isMolecule, ...cautions, ...near.map((line) => `measured: ${line}`)]
        .filter((line) => line !== "")
        .join("\n");
    },
  }));
}

/** Describes the structure of a molecule; computed without a model. */
export const structureTool: Tool = {
  name: "Molecule",
  description:
    "describes the structure of a molecule: formula, mass, logP, polar surface, counts, scaffold; takes one SMILES.",
  example: aspirin,
  run: async (argument) => {
    const molecule = readSmiles(argument);
    const pieces = componentsWithKinds(molecule);
    const { formula, molecularWeight, logP, polarSurfaceArea, ...counts } = descriptors(molecule);
    return [
      `canonical SMILES ${canonicalSmiles(molecule)}`,
      `formula ${formula}, ${molecularWeight.toFixed(2)} Da, logP ${logP.toFixed(2)} (Crippen), polar surface ${polarSurfaceArea.toFixed(1)} square angstrom`,
      `donors ${counts.hydrogenBondDonors}, acceptors ${counts.hydrogenBondAcceptors}, rotatable bonds ${counts.rotatableBonds}, rings ${counts.rings}, aromatic rings ${counts.aromaticRings}, Lipinski rules broken ${counts.lipinskiViolations}`,
      `scaffold ${scaffoldName(molecule) || "none"}`,
      ...(pieces.length > 1 ? [`pieces: ${pieces.map(({ kind, formula: of }) => `${kind} ${of}`).join(", ")}`] : []),
    ].join("\n");
  },
};

/** Measured values of similar molecules, without a model. */
export function similarTool({ neighbours, library }: Therapeutics): Tool[] {
  if (neighbours === undefined || library === undefined) return [];
  const tasks = library.sets.flatMap(({ tasks: of }) => of.map(({ name }) => name));
  return [
    {
      name: "Similar",
      description: `lists the most similar molecules whose property was measured; takes a task and a SMILES. Tasks: ${tasks.join(", ")}.`,
      example: `${tasks[0]} ${aspirin}`,
      run: async (argument) => {
        const [task, smiles = ""] = argument.split(/\s+/);
        if (!tasks.includes(task))
          throw new PolyclinicError("therapeutics/task", "unknown therapeutics task", {
            where: task,
            expected: tasks.join(", "),
          });
        return neighbours
          .of(task, morganFingerprint(readSmiles(smiles)), 5)
          .map((each) => `${each.smiles} (similarity ${each.similarity.toFixed(2)}): ${each.labelText}`)
          .join("\n");
      },
    },
  ];
}

/** Passages of the user's own texts; nothing leaves the machine. */
export const literatureTool = (corpus: Corpus): Tool => ({
  name: "Literature",
  description: "searches a folder of texts and gives the best passages with their sources; takes words.",
  example: "blood-brain barrier aspirin",
  run: async (argument) => {
    const found = corpus.search(argument, passages);
    return found.length === 0 ? "Nothing was found." : found.map(({ source, text }) => `${source}: ${text}`).join("\n");
  },
});
