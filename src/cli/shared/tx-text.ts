/** Predictions as text, CSV and drawing. */
import { depict, readSmiles } from "../../molecules/index.ts";
import type { TxRow } from "../../recipes/tx/evaluate.ts";
import type { TaskRow } from "../../recipes/tx/evaluate-table.ts";
import { refusalText } from "../../task/scope/reason.ts";
import type { Prediction } from "../../task/therapeutics/index.ts";

const methodWords = {
  language: {
    name: "language model",
    probabilities: "from the model's likelihoods; not calibrated",
    ranges: "80 % of the model's likelihood",
  },
  kernel: {
    name: "kernel regression on environments and descriptors, no language model",
    probabilities: "calibrated on validation molecules",
    ranges: "covers the error on 80 % of the validation molecules",
  },
};

/** A long molecule would fill the screen; files and JSON hold it whole. */
const shortened = (smiles: string) =>
  smiles.length <= 300 ? smiles : `${smiles.slice(0, 280)}... (${smiles.length} characters)`;

export function predictionText(prediction: Prediction): string {
  const { task, method, smiles, answer, probability, low, high, unit, neighbours, status, refusal } = prediction;
  const { name, probabilities, ranges } = methodWords[method];
  const lines =
    status === "refused"
      ? [`${task}: ${refusalText("The model", refusal!)}`, `  molecule     ${shortened(smiles)}`]
      : [`${task}: ${answer}`, `  molecule     ${shortened(smiles)}`, `  method       ${name}`];
  if (probability !== undefined)
    lines.push(`  probability  ${probability.toFixed(2)} of the second class, ${probabilities}`);
  if (low !== undefined && high !== undefined)
    lines.push(
      `  range        ${low.toFixed(2)} to ${high.toFixed(2)}${unit === undefined ? "" : ` ${unit}`}: ${ranges}`,
    );
  if (neighbours.length > 0) lines.push("  nearest training molecules, as measured");
  for (const each of neighbours) lines.push(`    ${each.similarity.toFixed(2)}  ${each.labelText}  ${each.smiles}`);
  return `${lines.join("\n")}\n`;
}

/** A row a prediction; cautions that hold for all are left to the head of the output. */
export function predictionsCsv(predictions: readonly Prediction[]): string {
  const header =
    "given,smiles,task,status,method,answer,probability,value,low,high,unit,nearest_similarity,nearest_smiles,cautions";
  const rows = predictions.map(
    ({
      given,
      smiles,
      task,
      status,
      method,
      answer,
      probability,
      value,
      low,
      high,
      unit,
      neighbours,
      cautions,
      refusal,
    }) =>
      [
        given,
        smiles,
        task,
        status,
        method,
        answer,
        rounded(probability),
        rounded(value),
        rounded(low),
        rounded(high),
        unit ?? "",
        rounded(neighbours[0]?.similarity),
        neighbours[0]?.smiles ?? "",
        // Those of a forced answer begin with its brand.
        [
          ...(status === "refused" ? refusal!.reasons.map(({ message }) => message) : []),
          ...cautions.filter((caution) => !general.test(caution)),
        ].join(" "),
      ]
        .map(cell)
        .join(","),
  );
  return `${header}\n${rows.join("\n")}\n`;
}

/** Holds for every prediction and is said once, before the rows. */
const general = /^Research only/;
const rounded = (value: number | undefined) => (value === undefined ? "" : String(Number(value.toFixed(4))));
const cell = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const [width, height] = [300, 240];

/** The molecule on the left, its nearest training molecules after it. */
export function neighboursSvg({ smiles, answer, task, status, neighbours }: Prediction): string {
  const drawings = [
    { smiles, caption: `${task}: ${status === "refused" ? "NOT ANSWERED" : answer}` },
    ...neighbours.map((each) => ({ smiles: each.smiles, caption: `${each.similarity.toFixed(2)}: ${each.labelText}` })),
  ].map(({ smiles: text, caption }, i) => {
    const svg = depict(readSmiles(text), { width, height, caption: caption.slice(0, 48) });
    return svg.replace(/^<svg /, `<svg x="${i * width}" y="0" `);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${drawings.length * width}" height="${height}">\n${drawings.join("\n")}\n</svg>\n`;
}

/** The figure of one task on a table, with its interval. */
export function taskTable({ task, metric, molecules, model, neighbours }: TaskRow): string {
  const figure = ({ value, low, high }: TaskRow["model"]) =>
    `${value.toFixed(3)} (95 % ${low.toFixed(3)} to ${high.toFixed(3)})`;
  return [
    `${task}: ${metric} ${figure(model)}, n ${molecules}`,
    ...(neighbours ? [`ten nearest training molecules: ${metric} ${figure(neighbours)}`] : []),
  ].join("\n");
}

export function evaluationTable(rows: readonly TxRow[]): string {
  const number = (estimate: TxRow["model"] | undefined) =>
    estimate === undefined
      ? ""
      : `${estimate.value.toFixed(3)} [${estimate.low.toFixed(3)}, ${estimate.high.toFixed(3)}]`;
  const both = rows.some(({ language }) => language !== undefined);
  const lines = rows.map((row) => [
    row.set,
    row.metric,
    `${row.split}, ${row.part}`,
    `${row.molecules} x ${row.tasks}`,
    row.method,
    ...(both ? [number(row.language), number(row.kernel)] : [number(row.model)]),
    number(row.neighbours),
  ]);
  const methods = both ? ["language model", "kernel regression"] : ["model"];
  const header = ["set", "metric", "split", "molecules x tasks", "answers", ...methods, "10 nearest neighbours"];
  const table = [header, ...lines];
  const widths = table[0].map((_, c) => Math.max(...table.map((row) => row[c].length)));
  return `${table
    .map((row) =>
      row
        .map((text, c) => text.padEnd(widths[c]))
        .join("  ")
        .trimEnd(),
    )
    .join("\n")}\n`;
}
