/** `polyclinic neighbours`: an index of a user's own reports by their images, and what is most similar in it. */
import type { Command } from "commander";
import { embeddedName } from "../../base/embedded-model.ts";
import { progressBar } from "../../base/progress-bar.ts";
import { patientUnknown } from "../../strategy/neighbours/cautions.ts";
import { notForClinicalUse } from "../../task/result.ts";
import { dim, interrupted, note, print, strong } from "../shared/terminal.ts";
import { positiveWhole } from "../shared/values.ts";

const help = `
The CSV has the columns file (an image, relative to the CSV) and report, and may have label and patient (a DICOM file's own where it is empty). The embedder is a model with a vision tower:
nano, a folder, or one trained by contrast on your own pairs (polyclinic tune with the way contrastive), which tells reports apart best.

Examples:
  $ polyclinic neighbours build samples/reports.csv -o reports-index
  $ polyclinic neighbours find reports-index samples/chest-xray.jpg`;

export function registerNeighbours(program: Command): void {
  const command = program
    .command("neighbours")
    .description("an index of your own reports by their images, for `report --neighbours` and for labels by vote")
    .addHelpText("after", help);
  const build = command
    .command("build")
    .description("embed the images of a table of reports")
    .argument("<reports.csv>", "columns file, report, and optionally label, patient")
    .requiredOption("-o, --output <folder>", "the index")
    .option("--embedder <model>", "the embedded model's name or a checkpoint folder", embeddedName)
    .addHelpText("after", help)
    .action((path: string) => runBuild(path, build.opts()));
  const find = command
    .command("find")
    .description("the reports of the most similar images; the image's own report is excluded")
    .argument("<index>", "a folder written by build")
    .argument("<image>", "one image")
    .option("-k <n>", "how many", positiveWhole, 3)
    .option(
      "--patient <id>",
      "reports of this patient are excluded, as are those of the patient whom a DICOM file names",
    )
    .option("--json", "as JSON")
    .addHelpText("after", help)
    .action((index: string, image: string) => runFind(index, image, find.opts()));
}

async function runBuild(path: string, { output, embedder }: { output: string; embedder: string }): Promise<void> {
  const { indexOf, patientsOf, readReportTable } = await import("../../strategy/neighbours/index.ts");
  const { ImageEmbedder } = await import("../../learn/tune/embedder.ts");
  const rows = await readReportTable(path);
  const bar = progressBar();
  const model = await ImageEmbedder.open(embedder);
  try {
    const work = { signal: interrupted, onProgress: bar.onProgress, patientsOf };
    const index = await indexOf(rows, embedder, (file) => model.embed(file), work);
    bar.done();
    await index.save(output);
    print(`${rows.length} reports indexed in ${output}`);
  } finally {
    bar.done();
    await model.close();
  }
}

interface FindOptions {
  k: number;
  patient?: string;
  json?: boolean;
}

async function runFind(folder: string, image: string, { k, patient, json }: FindOptions): Promise<void> {
  const { neighbourCautions, neighboursOf, votedLabel, voteText } = await import("../../strategy/neighbours/index.ts");
  const { found, ownPatientUnknown } = await neighboursOf(folder, image, {
    k,
    ...(patient !== undefined && { patient }),
  });
  const vote = votedLabel(found);
  for (const caution of [...neighbourCautions(found, vote), ...(ownPatientUnknown ? [patientUnknown] : [])])
    note(strong(`Caution: ${caution}`));
  if (json) {
    // Whose reports they are is of no use to a reader of the result.
    const neighbours = found.map(({ patient: _, sha256: __, ...rest }) => rest);
    const result = { schema: "polyclinic.similar/1", neighbours, ...(vote && { vote }) };
    print(JSON.stringify({ ...result, notice: notForClinicalUse }, undefined, 2));
  } else {
    for (const { id, report, label, similarity } of found) {
      print(strong(`${similarity.toFixed(3)}  ${id}${label === undefined ? "" : `  ${label}`}`));
      print(`  ${report.replaceAll("\n", "\n  ")}`);
    }
    if (found.length === 0) print("no other report in the index");
    if (vote !== undefined) print(`label by vote: ${voteText(vote, found.length)}`);
  }
  note(dim(notForClinicalUse));
}
