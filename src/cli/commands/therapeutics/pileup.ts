/**
 * `polyclinic pileup`: the reads over a candidate variant as DeepVariant's image, and in the layout shown to Med-PaLM
 * M.
 */
import type { Command } from "commander";
import { writeWhole } from "../../../base/files.ts";
import { notForClinicalUse } from "../../../task/result.ts";
import { dim, interrupted, note, print, strong } from "../../shared/terminal.ts";

interface PileupOptions {
  reference: string;
  variant: string;
  output?: string;
  stacked?: string;
  json?: boolean;
}

export function registerPileup(program: Command): void {
  program
    .command("pileup")
    .description("count and draw the reads over a candidate variant; no genotype is called")
    .argument("<reads>", "aligned reads, SAM or BAM; the index of a sorted BAM file (.bai) is used")
    .requiredOption("--reference <file.fa>", "the genome they were aligned to (FASTA, plain or gzip)")
    .requiredOption("--variant <chr:pos:ref:alt>", "the candidate, as a VCF has it")
    .option("-o, --output <file.png>", "the six channels of the picture, side by side")
    .option("--stacked <file.png>", "224 x 224 x 3 as Med-PaLM M was shown it (benchmark precisionfda-pileups)")
    .option("--json", "print the counts as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  $ polyclinic pileup samples/pileup.sam --reference samples/pileup.fa --variant sim:511:GAACCAG:G -o pileup.png",
    )
    .action(pileup);
}

async function pileup(path: string, { reference, variant, output, stacked, json }: PileupOptions): Promise<void> {
  const { parseCandidate, pileupTensor, readsAround } = await import("../../../genomes/index.ts");
  const candidate = parseCandidate(variant);
  const found = await readsAround(path, reference, candidate, interrupted);
  const { data, omitted } = pileupTensor(found.reference, found.reads);
  const supporting = found.reads.filter(({ supportsVariant }) => supportsVariant);
  const counts = {
    variant: candidate,
    reads: found.reads.length,
    supporting: supporting.length,
    supportingReverse: supporting.filter(({ reverse }) => reverse).length,
    skipped: found.skipped,
    omitted,
    cautions: found.cautions,
  };
  for (const caution of found.cautions) note(strong(`Caution: ${caution}`));
  if (json) print(JSON.stringify({ ...counts, notice: notForClinicalUse }, null, 2));
  else {
    print(
      `${supporting.length} of ${found.reads.length} reads show the variant, ${counts.supportingReverse} of them on the reverse strand.`,
    );
    for (const [reason, count] of Object.entries(found.skipped)) print(`Not used: ${count}, ${reason}.`);
    if (omitted > 0) print(`Not drawn: ${omitted} reads beyond the 95 that fit.`);
    print("No genotype is called.");
  }
  if (output !== undefined) await writeWhole(output, await channelsPicture(data));
  if (stacked !== undefined) await writeWhole(stacked, await stackedPicture(data));
  for (const written of [output, stacked]) if (written !== undefined && !json) note(`Wrote ${written}`);
  if (!json) note(dim(notForClinicalUse));
}

async function stackedPicture(tensor: Uint8Array): Promise<Uint8Array> {
  const [{ stackPileup }, { default: sharp }] = await Promise.all([
    import("../../../genomes/index.ts"),
    import("sharp"),
  ]);
  return sharp(stackPileup(tensor), { raw: { width: 224, height: 224, channels: 3 } })
    .png()
    .toBuffer();
}

const [scale, gap, heading] = [2, 12, 22];

/** Two rows of three channels, each labelled, every cell 2 x 2 pixels. */
async function channelsPicture(tensor: Uint8Array): Promise<Uint8Array> {
  const [{ pileupChannels, pileupColumns, pileupRows }, { default: sharp }] = await Promise.all([
    import("../../../genomes/index.ts"),
    import("sharp"),
  ]);
  const [wide, tall] = [pileupColumns * scale, pileupRows * scale];
  const depth = pileupChannels.length;
  const panels = await Promise.all(
    pileupChannels.map(async (_, channel) => {
      const plane = Uint8Array.from({ length: pileupRows * pileupColumns }, (_, i) => tensor[i * depth + channel]);
      return sharp(plane, { raw: { width: pileupColumns, height: pileupRows, channels: 1 } })
        .resize(wide, tall, { kernel: "nearest" })
        .png()
        .toBuffer();
    }),
  );
  const at = (channel: number) => ({
    left: gap + (channel % 3) * (wide + gap),
    top: heading + Math.floor(channel / 3) * (tall + heading + gap),
  });
  const [width, height] = [3 * (wide + gap) + gap, 2 * (tall + heading + gap)];
  const names = pileupChannels
    .map((name, i) => `<text x="${at(i).left}" y="${at(i).top - 6}" fill="#eee" font-size="14">${name}</text>`)
    .join("");
  const words = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="Helvetica, Arial, sans-serif">${names}</svg>`,
  );
  return sharp({ create: { width, height, channels: 3, background: "#1a1a1e" } })
    .composite([...panels.map((input, i) => ({ input, ...at(i) })), { input: words, left: 0, top: 0 }])
    .png()
    .toBuffer();
}
