/**
 * Loads a benchmark with the items of one split: finds the definition, reads the files, and checks counts, hashes and
 * ids.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, extname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { PolyclinicError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import { type Benchmark, isSuite, parseDefinition, type Split, type Suite } from "./definition.ts";
import { tableDefinition } from "./from-table.ts";
import type { Item } from "./item.ts";
import { readerNamed } from "./readers/index.ts";
import { tdcBenchmark, tdcSuite } from "./tdc-tasks.ts";

/** Folder of the definitions that come with the package. */
export const builtInFolder = fileURLToPath(new URL("../../../benchmarks/", import.meta.url));

export interface LoadBenchmarkOptions {
  /**
   * Folder of the published files. Default: the definition's own folder, or the package's samples for built-in data.
   */
  readonly data?: string;
  readonly split?: string;
  /**
   * Maximum number of items, drawn with a fixed seed; the items of a smaller limit are a subset of those of a larger
   * one.
   */
  readonly limit?: number;
}

/** A benchmark with the items of one split, ready to run. */
export interface LoadedBenchmark {
  readonly definition: Benchmark;
  readonly split: string;
  readonly items: readonly Item[];
  /** All items of the split regardless of the limit; none of them may be an exemplar. */
  readonly all: readonly Item[];
  /** Number of items before `limit`. */
  readonly total: number;
  /** SHA-256 over the files read (hex). */
  readonly dataHash: string;
  /** Problems that affect the results: a count that differs from the published one, duplicates. */
  readonly warnings: readonly string[];
}

/** All definitions of the package, sorted by name. */
export async function listBenchmarks(): Promise<(Benchmark | Suite)[]> {
  const names = (await readdir(builtInFolder)).filter((name) => name.endsWith(".yaml")).sort();
  const read = names.map(async (name) => parseDefinition(await readFile(join(builtInFolder, name), "utf8"), name));
  return [...(await Promise.all(read)), tdcSuite()];
}

/**
 * Finds a definition: by name, by the path of a `.yaml` file or of a folder with a `benchmark.yaml`, or made from a
 * table with the columns question, answer and optionally options or image.
 *
 * @throws PolyclinicError `evaluate/unknown-benchmark`, `evaluate/definition`.
 */
export async function findDefinition(name: string): Promise<{ definition: Benchmark | Suite; folder: string }> {
  if (/^[a-z0-9-]+$/.test(name)) {
    const path = join(builtInFolder, `${name}.yaml`);
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text !== undefined) return { definition: parseDefinition(text, `${name}.yaml`), folder: builtInFolder };
    const made = name === "tdc" ? tdcSuite() : tdcBenchmark(name);
    if (made !== undefined) return { definition: made, folder: builtInFolder };
  }
  const there = await stat(name).catch(() => undefined);
  if (there === undefined) {
    const names = (await listBenchmarks()).map((definition) => definition.name);
    throw new PolyclinicError("evaluate/unknown-benchmark", "is neither a benchmark of the package nor a file path", {
      where: name,
      expected: `${names.join(", ")}; or the path of a benchmark.yaml, .csv or .jsonl`,
    });
  }
  const path = there.isDirectory() ? join(name, "benchmark.yaml") : name;
  if (/\.ya?ml$/i.test(path)) {
    const text = await readFile(path, "utf8").catch((cause) => {
      throw new PolyclinicError("evaluate/unknown-benchmark", "the folder contains no benchmark.yaml", {
        where: name,
        cause,
      });
    });
    return { definition: parseDefinition(text, path), folder: dirname(path) };
  }
  return { definition: await tableDefinition(path), folder: dirname(resolve(path)) };
}

/**
 * Reads the definition and the items of one benchmark: a name of the package, or a path of a `benchmark.yaml`, `.csv` or `.jsonl`.
 *
 * @throws PolyclinicError `evaluate/data...` naming file and row; `evaluate/duplicate-ids`; `evaluate/no-data` for a
 * folder without the published files.
 */
export async function loadBenchmark(name: string, options: LoadBenchmarkOptions = {}): Promise<LoadedBenchmark> {
  const { definition, folder } = await findDefinition(name);
  if (isSuite(definition))
    throw new PolyclinicError("evaluate/suite", "is a suite; its benchmarks are run one by one", {
      where: name,
      expected: `one of ${definition.suite.flatMap(({ benchmark }) => benchmark ?? []).join(", ")}`,
    });
  const splitName = options.split ?? definition.split;
  const split = definition.splits[splitName];
  if (split === undefined)
    throw new PolyclinicError("evaluate/split", "there is no split with this name", {
      where: `${name}: ${splitName}`,
      expected: Object.keys(definition.splits).join(", "),
    });
  const data = resolve(options.data ?? dataFolder(definition, folder));
  const source = new Source(data, definition, split);
  const items = await readerNamed(definition.reader)(source);
  if (items.length === 0)
    throw new PolyclinicError("evaluate/no-data", "contains no items of this split", {
      where: data,
      expected: splitName,
    });
  requireUnique(items, data);
  const dataHash = source.hash();
  const warnings = [...source.warnings];
  if (split.n !== undefined && items.length !== split.n)
    warnings.push(
      `the split has ${items.length} items here but ${split.n} as published: results cannot be compared with published numbers`,
    );
  const known = split.sha256 === undefined ? undefined : [split.sha256].flat();
  if (known !== undefined && !known.includes(dataHash))
    warnings.push(`the files differ from those that the definition expects (SHA-256 ${dataHash.slice(0, 12)}...)`);
  return {
    definition,
    split: splitName,
    items: limited(items, options.limit),
    all: items,
    total: items.length,
    dataHash,
    warnings,
  };
}

function dataFolder({ name, data, source }: Benchmark, folder: string): string {
  if (data !== undefined) return isAbsolute(data) ? data : join(folder, data);
  if (folder !== builtInFolder) return folder;
  throw new PolyclinicError("evaluate/no-data", "the benchmark's files are not part of this package", {
    where: name,
    expected: "--data FOLDER with the published files",
    hint: source === undefined ? undefined : `Download them from ${source}.`,
  });
}

function requireUnique(items: readonly Item[], where: string): void {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { id } of items) {
    if (seen.has(id)) twice.add(id);
    seen.add(id);
  }
  if (twice.size === 0) return;
  throw new PolyclinicError("evaluate/duplicate-ids", "item ids are not unique", {
    where,
    expected: "a unique id per item",
    found: `${twice.size}: ${[...twice].slice(0, 3).join(", ")}`,
    hint: "Results could not be matched to items. Remove the duplicates, or use another id field.",
  });
}

function limited(items: readonly Item[], limit: number | undefined): readonly Item[] {
  if (limit === undefined || limit >= items.length) return items;
  return new Random(0).shuffle([...items]).slice(0, limit);
}

/** The files of a split for a reader: found by their published names, and hashed when they are read. */
export class Source {
  readonly warnings: string[] = [];
  private readonly hashes = new Map<string, string>();

  constructor(
    readonly data: string,
    readonly definition: Benchmark,
    readonly split: Split,
  ) {}

  /**
   * The split's tables, each with the category of its items.
   *
   * @param partly some of the files suffice; missing ones cause a warning.
   */
  async tables(partly = false): Promise<{ path: string; category?: string }[]> {
    if (this.split.files === undefined) return [{ path: await this.find(this.split.file ?? []) }];
    const all = Object.entries(this.split.files);
    const found: { path: string; category: string }[] = [];
    const missing: string[] = [];
    for (const [i, [category, names]] of all.entries()) {
      const path = await this.find(names).catch((error: unknown) => {
        if (!partly || (i === all.length - 1 && found.length === 0)) throw error;
        missing.push(category);
      });
      if (path !== undefined) found.push({ path, category });
    }
    if (missing.length > 0) this.warnings.push(`missing and left out: ${missing.join(", ")}`);
    return found;
  }

  /**
   * The first of the published names that exists; its content is hashed. @throws PolyclinicError `evaluate/no-data`.
   */
  async find(names: string | readonly string[]): Promise<string> {
    const candidates = [names].flat();
    for (const name of candidates) {
      const path = join(this.data, name);
      if ((await stat(path).catch(() => undefined))?.isFile()) {
        this.hashes.set(name, await fileHash(path));
        return path;
      }
    }
    const there = await readdir(this.data).catch(() => undefined);
    throw new PolyclinicError("evaluate/no-data", "a file of the benchmark is missing", {
      where: this.data,
      expected: candidates.join(" or "),
      found: there === undefined ? "a path that does not exist" : there.slice(0, 8).join(", ") || "an empty folder",
      hint: this.definition.source && `Download it from ${this.definition.source}.`,
    });
  }

  /** Adds names to the hash for data without a table (folders of images). */
  note(names: readonly string[]): void {
    this.hashes.set("list", createHash("sha256").update(names.join("\n")).digest("hex"));
  }

  hash(): string {
    const lines = [...this.hashes]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, hash]) => `${hash}  ${extname(name)}`);
    return lines.length === 1 ? lines[0].slice(0, 64) : createHash("sha256").update(lines.join("\n")).digest("hex");
  }
}

export async function fileHash(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
