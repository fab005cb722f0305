/** `polyclinic prs`: polygenic scores of a genotype file, and images of them. No model is involved. */
import { type Command, Option } from "commander";
import { PolyclinicError } from "../../../base/errors.ts";
import { requireFree, writeWhole } from "../../../base/files.ts";
import { progressBar } from "../../../base/progress-bar.ts";
import type { GenomeBuild, ScoreResult } from "../../../genomes/index.ts";
import { notForClinicalUse } from "../../../task/result.ts";
import { prsCautions, prsCsv, prsJson, prsText } from "../../shared/prs-text.ts";
import { dim, interrupted, note, print, strong } from "../../shared/terminal.ts";
import { collect, number } from "../../shared/values.ts";

interface ScoringOptions {
  weights: string;
  build?: GenomeBuild;
  palindromes?: "auto" | "as-written" | "exclude";
  missing?: "skip" | "mean";
  leastMatched?: number;
  dosages: boolean;
  quiet?: boolean;
}

interface ScoreOptions extends ScoringOptions {
  csv?: string;
  saveJson?: string;
  json?: boolean;
}

interface ViewOptions extends ScoringOptions {
  person?: string[];
  svg?: string;
  tiles?: string;
}

export function registerPrs(program: Command): void {
  const prs = program
    .command("prs")
    .description("compute polygenic scores: match report, scores, percentile plots, tile image");
  prs.addHelpText("after", "\nExample:\n  $ polyclinic prs score samples/cohort.vcf.gz --weights samples/score.txt.gz");
  addScoringOptions(
    prs
      .command("score")
      .description("score every person in a genotype file, with a report of the matched variants")
      .argument("<genotypes>", "VCF (.vcf, .vcf.gz), or PLINK .bed with .bim and .fam next to it"),
  )
    .option("--csv <file.csv>", "write the scores as CSV")
    .option("--save-json <file.json>", "write report and scores as JSON")
    .option("--json", "print report and scores as JSON")
    .addHelpText("after", "\nExample:\n  $ polyclinic prs score samples/cohort.vcf.gz --weights samples/score.txt.gz")
    .action(score);
  addScoringOptions(
    prs
      .command("view")
      .description(
        "draw the cohort's distribution with selected people marked, and a person's scores as the tile image of Med-Gemini-Polygenic",
      )
      .argument("<genotypes>", "genotype file, as for prs score"),
  )
    .option("--person <id>", "a person to mark; can be repeated; --tiles draws the first", collect)
    .option("--svg <file.svg>", "write the distribution as SVG")
    .option("--tiles <file.png>", "write the tile image: three scores per tile, scaled to the range in this file")
    .addHelpText(
      "after",
      "\nExample:\n  $ polyclinic prs view samples/cohort.vcf.gz --weights samples/score.txt.gz --person P007 --svg prs.svg --tiles prs.png",
    )
    .action(view);
}

function addScoringOptions(command: Command): Command {
  return command
    .requiredOption("--weights <file>", "a PGS Catalog scoring file, or a PLINK score file with one column per score")
    .addOption(
      new Option("--build <name>", "genome build of the genotypes, if the file does not state it").choices([
        "GRCh37",
        "GRCh38",
      ]),
    )
    .addOption(
      new Option("--palindromes <how>", "how to treat A/T and C/G variants (auto)").choices([
        "auto",
        "as-written",
        "exclude",
      ]),
    )
    .addOption(new Option("--missing <how>", "how to treat missing genotypes (skip)").choices(["skip", "mean"]))
    .option("--least-matched <share>", "minimum share of the score's variants that must match, 0 to 1 (0.75)", number)
    .option("--no-dosages", "use genotype calls even if the VCF has dosages")
    .option("--quiet", "no notes on stderr; cautions remain");
}

async function score(path: string, options: ScoreOptions): Promise<void> {
  for (const file of [options.csv, options.saveJson]) if (file !== undefined) await requireFree(file);
  const results = await scored(path, options);
  if (options.json) print(prsJson(path, results));
  else print(results.map(prsText).join("\n"));
  await write(options.csv, prsCsv(results), options);
  await write(options.saveJson, prsJson(path, results), options);
  footer(options);
}

async function view(path: string, options: ViewOptions): Promise<void> {
  const { person: marked = [], svg, tiles } = options;
  if (svg === undefined && tiles === undefined)
    throw new PolyclinicError("usage/outputs", "no output was requested", {
      where: "prs view",
      expected: "--svg, --tiles, or both",
    });
  if (tiles !== undefined && (marked.length === 0 || !/\.png$/i.test(tiles)))
    throw new PolyclinicError("usage/outputs", "the tile image is a PNG of one person's scores", {
      where: `--tiles ${tiles}`,
      expected: "--person and a name that ends in .png",
    });
  for (const file of [svg, tiles]) if (file !== undefined) await requireFree(file);
  const results = await scored(path, options);
  const [first] = results;
  const places = marked.map((id) => placeOf(id, first, path));
  if (svg !== undefined) {
    if (results.length > 1) note(`The distribution shows the first of ${results.length} scores, ${first.score}.`);
    const { distributionSvg } = await import("../../../genomes/index.ts");
    const averages = first.people.map(({ average }) => average);
    const lines = places.map((at, i) => ({ label: marked[i], value: averages[at] }));
    await write(svg, distributionSvg(averages, { title: `${first.score} (average)`, marked: lines }), options);
  }
  if (tiles !== undefined) await writeTiles(tiles, results, places[0], options);
  print(
    marked
      .map(
        (id, i) =>
          `${id}: ${results.map(({ score: name, people }) => `${name} ${people[places[i]].average}`).join(", ")}`,
      )
      .join("\n"),
  );
  footer(options);
}

function placeOf(id: string, { people }: ScoreResult, where: string): number {
  const at = people.findIndex(({ person }) => person === id);
  if (at >= 0) return at;
  const some = people.slice(0, 5).map(({ person }) => person);
  throw new PolyclinicError("genomes/person", "is not in the genotypes", {
    where: `${where}, ${id}`,
    expected: `one of ${people.length} people: ${some.join(", ")}${people.length > some.length ? ", ..." : ""}`,
  });
}

/** Three scores per tile, in the order of the file; missing ones are drawn as missing. */
async function writeTiles(
  path: string,
  results: readonly ScoreResult[],
  person: number,
  options: ViewOptions,
): Promise<void> {
  const [{ fitTileScale, readTiles, renderTiles, tileLayout }, { default: sharp }] = await Promise.all([
    import("../../../genomes/index.ts"),
    import("sharp"),
  ]);
  const traits = Math.ceil(results.length / 3);
  const scoresOf = (at: number) =>
    Float64Array.from({ length: traits * 3 }, (_, i) => results[i]?.people[at].average ?? Number.NaN);
  const scale = fitTileScale(results[0].people.map((_, at) => scoresOf(at)));
  const layout = tileLayout(traits);
  const { data, width, height } = renderTiles(scoresOf(person), scale, layout);
  const png = await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  // Verifies the inverse transform on the written file.
  const stored = await sharp(png).removeAlpha().raw().toBuffer();
  const back = readTiles({ width, height, data: new Uint8Array(stored) }, scale, layout);
  const worst = scoresOf(person).reduce(
    (most, value, i) => (Number.isNaN(value) ? most : Math.max(most, Math.abs(value - back[i]))),
    0,
  );
  await write(path, png, options);
  print(
    `${width} x ${height} pixels, ${traits} ${traits === 1 ? "tile" : "tiles"} of 8 x 8; scores read back from the image differ by at most ${worst.toExponential(1)}.`,
  );
}

async function scored(path: string, options: ScoringOptions): Promise<ScoreResult[]> {
  const { openGenotypes, readScoreFile, applyScore } = await import("../../../genomes/index.ts");
  const { weights, build, palindromes, missing, leastMatched, dosages, quiet } = options;
  if (leastMatched !== undefined && leastMatched > 1)
    throw new PolyclinicError("usage/least-matched", "is not a share", {
      where: "--least-matched",
      expected: "0 to 1",
      found: String(leastMatched),
    });
  const bar = progressBar();
  const results: ScoreResult[] = [];
  try {
    const scores = await readScoreFile(weights);
    for (const each of scores) {
      // Opened for each score, because records are read in one pass.
      const genotypes = await openGenotypes(path, { build, dosages });
      const work = { signal: interrupted, onProgress: quiet ? undefined : bar.onProgress };
      results.push(await applyScore(genotypes, each, { palindromes, missing, minMatchedShare: leastMatched, ...work }));
    }
  } finally {
    bar.done();
  }
  for (const caution of prsCautions(results)) note(strong(`Caution: ${caution}`));
  return results;
}

async function write(
  path: string | undefined,
  content: string | Uint8Array,
  { quiet }: { quiet?: boolean },
): Promise<void> {
  if (path === undefined) return;
  await writeWhole(path, content);
  if (!quiet) note(`Wrote ${path}`);
}

function footer({ quiet, json }: { quiet?: boolean; json?: boolean }): void {
  if (!quiet && !json) note(dim(notForClinicalUse));
}
