/**
 * Makes a dataset from labelled images: a folder with one subfolder per label, or a CSV. The conversations, the split
 * and a configuration with defaults suited to the number of images are written into the run's folder, where they can be
 * read and changed.
 */
import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { stringify } from "yaml";
import { decodeText, parseCsv } from "../../base/csv.ts";
import { embeddedName } from "../../base/embedded-model.ts";
import { PolyclinicError } from "../../base/errors.ts";
import { writeWhole } from "../../base/files.ts";
import { Random } from "../../base/random.ts";
import { classifyAnswer, classifyPrompt } from "../../prompts/index.ts";

export interface LabelledOptions {
  /** The run's folder. */
  readonly out: string;
  /** Default: the embedded model. */
  readonly base?: string;
  /**
   * The question asked about every image; ask the tuned model the same one. Default: which of the labels describes the
   * image best.
   */
  readonly question?: string;
  /** Seed of the split and of the run. Default 42. */
  readonly seed?: number;
}

type Split = "train" | "validation" | "test";

interface Labelled {
  readonly image: string;
  readonly label: string;
  readonly split?: Split;
  /** Patient identifier; all images of one patient go to the same side of the split. */
  readonly patient?: string;
}

const splitNames: Readonly<Record<string, Split>> = {
  train: "train",
  training: "train",
  val: "validation",
  valid: "validation",
  validation: "validation",
  test: "test",
  testing: "test",
};
const picture = /\.(?:jpe?g|png|webp|tiff?|gif|avif|dcm)$/i;
/** Share of the patients held out to select the checkpoint. */
const validationShare = 0.25;
/** Total number of image presentations that a few dozen images need; more images need fewer epochs. */
const [imageVisits, minEpochs, maxEpochs] = [480, 3, 30];

/**
 * @param source a folder (`label/picture.jpg`, or `train/label/picture.jpg` beside `validation` and `test`), or a CSV
 * with the columns image and label, and optionally patient and split.
 * @returns the path of a configuration for `readTuneFile`.
 * @throws learn/labelled when the source is not such a dataset.
 */
export async function labelledConfig(source: string, options: LabelledOptions): Promise<string> {
  const { out, base = embeddedName, question, seed = 42 } = options;
  const all = (await stat(source)).isDirectory() ? await fromFolder(source) : await fromCsv(source);
  const labels = [...new Set(all.map(({ label }) => label))].sort();
  if (labels.length < 2)
    throw fault("has fewer than two labels", source, "one folder per label, or a label column", labels.join(", "));
  const splits = await splitOf(all, source, seed);
  const brief = base === embeddedName;
  const { before, after } = classifyPrompt({
    labels,
    subject: "image",
    form: brief ? "brief" : "instructed",
    ...(question !== undefined && { question }),
  });
  const line = ({ image, label }: Labelled) =>
    JSON.stringify({
      messages: [
        {
          role: "user",
          content: [
            ...(before === undefined ? [] : [{ type: "text", text: before }]),
            { type: "image", image: resolve(image) },
            { type: "text", text: after },
          ],
        },
        { role: "assistant", content: [{ type: "text", text: classifyAnswer(label) }] },
      ],
    });
  const data: Partial<Record<Split, string>> = {};
  for (const [split, examples] of Object.entries(splits) as [Split, Labelled[]][]) {
    if (examples.length === 0) continue;
    data[split] = join("data", `${split}.jsonl`);
    await writeWhole(join(out, data[split]), `${examples.map(line).join("\n")}\n`, { overwrite: true });
  }
  const epochs = Math.min(maxEpochs, Math.max(minEpochs, Math.ceil(imageVisits / splits.train.length)));
  const config = {
    base: brief ? base : resolve(base),
    out: ".",
    data: { ...data, labels },
    learner: { kind: "lora", rank: 16, alpha: 16 },
    schedule: { epochs, learningRate: brief ? 1e-3 : 2e-4 },
    seed,
  };
  const path = join(out, "tune.yaml");
  await writeWhole(path, `# Generated from ${basename(source)}: ${all.length} images.\n${stringify(config)}`, {
    overwrite: true,
  });
  return path;
}

function fault(summary: string, where: string, expected: string, found: string): PolyclinicError {
  return new PolyclinicError("learn/labelled", summary, {
    where,
    expected,
    found: found || "none",
    hint: "`polyclinic tune --help` describes the dataset formats.",
  });
}

const byName = new Intl.Collator("en", { numeric: true }).compare;

async function fromFolder(folder: string): Promise<Labelled[]> {
  const inside = await foldersIn(folder);
  const splits = inside.filter((name) => splitNames[name.toLowerCase()] !== undefined);
  if (splits.length > 0 && splits.length < inside.length)
    throw fault(
      "contains both split folders and other folders",
      folder,
      "only train, validation and test, or one folder per label",
      inside.join(", "),
    );
  if (splits.length === 0) return labelsIn(folder);
  if (!splits.some((name) => splitNames[name.toLowerCase()] === "train"))
    throw fault("has no training folder", folder, "train", splits.join(", "));
  const all: Labelled[] = [];
  for (const name of splits)
    for (const one of await labelsIn(join(folder, name))) all.push({ ...one, split: splitNames[name.toLowerCase()] });
  return all;
}

const foldersIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map(({ name }) => name)
    .sort(byName);

async function labelsIn(folder: string): Promise<Labelled[]> {
  // Loose images have no label: a folder of studies, or one that was only partly sorted, would be learned wrongly.
  const loose = (await readdir(folder, { withFileTypes: true })).filter(
    (entry) => entry.isFile() && picture.test(entry.name) && !entry.name.startsWith("."),
  );
  if (loose.length > 0)
    throw fault(
      "contains images outside the folders of the labels",
      folder,
      "every image in the folder named after its label",
      loose
        .slice(0, 3)
        .map(({ name }) => name)
        .join(", ") + (loose.length > 3 ? ` and ${loose.length - 3} more` : ""),
    );
  const all: Labelled[] = [];
  for (const name of await foldersIn(folder)) {
    const files = (await readdir(join(folder, name), { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile() && picture.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name));
    const label = name.replace(/[-_]+/g, " ").trim();
    for (const image of files.sort(byName)) all.push({ image, label });
  }
  if (all.length === 0)
    throw fault(
      "contains no labelled images",
      folder,
      "folders named after their label, with JPEG, PNG, TIFF, WebP or DICOM files",
      "",
    );
  return all;
}

async function fromCsv(path: string): Promise<Labelled[]> {
  const named = { where: path, code: "learn/labelled" };
  const { rows } = parseCsv(decodeText(await readFile(path), named), named);
  const [header, ...others] = rows;
  const columns = (header?.cells ?? []).map((name) => name.trim().toLowerCase());
  if (!columns.includes("image") || !columns.includes("label"))
    throw fault(
      "lacks the column image or label",
      path,
      "image, label, and optionally patient and split",
      columns.join(", "),
    );
  return others.map(({ line, cells }) => {
    const where = `${path}, line ${line}`;
    if (cells.length !== columns.length)
      throw fault(
        "a row has a different number of cells from the header",
        where,
        `${columns.length}`,
        `${cells.length}`,
      );
    const cell = (name: string) => (columns.includes(name) ? cells[columns.indexOf(name)].trim() : "");
    const [image, label, patient, split] = ["image", "label", "patient", "split"].map(cell);
    if (image === "" || label === "")
      throw fault("a row has no image or no label", where, "both", `${image}, ${label}`);
    const known = splitNames[split.toLowerCase()];
    if (split !== "" && known === undefined)
      throw fault("a row has an unknown split", where, "train, validation or test", split);
    return {
      image: resolve(dirname(path), image),
      label,
      ...(patient !== "" && { patient }),
      ...(known !== undefined && { split: known }),
    };
  });
}

/**
 * Uses given splits as they are. Otherwise a seeded quarter of each label's patients is held out; an image without a
 * patient counts as a patient of its own, together with its exact copies.
 */
async function splitOf(all: readonly Labelled[], source: string, seed: number): Promise<Record<Split, Labelled[]>> {
  const splits: Record<Split, Labelled[]> = { train: [], validation: [], test: [] };
  const stated = all.filter(({ split }) => split !== undefined).length;
  if (stated > 0 && stated < all.length)
    throw fault(
      "states the split of some images only",
      source,
      "a split for all images or for none",
      `${stated} of ${all.length}`,
    );
  const held = all.some(({ split }) => split === "validation");
  for (const one of all) if (one.split !== undefined && (held || one.split === "test")) splits[one.split].push(one);
  const rest = held ? [] : all.filter(({ split }) => split !== "test");
  const groups = new Map<string, Labelled[]>();
  for (const one of rest) {
    const key = one.patient ?? (await digestOf(one.image));
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const random = new Random(seed);
  const byLabel = new Map<string, Labelled[][]>();
  for (const group of groups.values()) {
    const labels = [...new Set(group.map(({ label }) => label))].sort().join(" and ");
    byLabel.set(labels, [...(byLabel.get(labels) ?? []), group]);
  }
  for (const [label, own] of [...byLabel].sort(([a], [b]) => byName(a, b))) {
    if (own.length < 2 && !label.includes(" and "))
      throw fault(
        "a label has too few images for a held-out split",
        source,
        "images of at least two patients",
        `one of ${label}`,
      );
    random.shuffle(own);
    const count = own.length < 2 ? 0 : Math.max(1, Math.round(own.length * validationShare));
    for (const [i, group] of own.entries()) splits[i < count ? "validation" : "train"].push(...group);
  }
  return splits;
}

async function digestOf(path: string): Promise<string> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw fault("cannot be read", path, "an image file", cause.code ?? cause.message);
  });
  return createHash("sha256").update(bytes).digest("hex");
}
