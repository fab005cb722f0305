import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { version } from "../base/version.ts";
import { askTask } from "../task/ask/ask.ts";
import type { Task } from "../task/define.ts";
import { scripted } from "../task/testing.ts";
import { type Identity, Journal } from "./journal.ts";
import type { Line } from "./lines.ts";
import { resultsCsv } from "./results-csv.ts";
import { planBatch, runBatch } from "./run-batch.ts";
import { listStudies } from "./studies.ts";

let folder: string;
const at = (...names: string[]) => join(folder, ...names);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-batch-"));
  const picture = await sharp({ create: { width: 8, height: 8, channels: 3, background: "#777" } })
    .png()
    .toBuffer();
  await mkdir(at("films/one"), { recursive: true });
  for (const name of ["a.png", "b.png", "c.png", "d;e.png", "films/one/x.png", "films/one/y.png", "films/z.png"])
    await writeFile(at(name), picture);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const columns = askTask.options;
const csv = async (text: string | Uint8Array) => {
  await writeFile(at("list.csv"), text);
  return listStudies(at("list.csv"), { columns });
};

describe("a CSV is one study a row", () => {
  test.each<[string, string | Uint8Array, [string, string[], string?][]]>([
    [
      "commas",
      "study,question\na.png,Is it?\nb.png,\n",
      [
        ["a.png", ["a.png"], "Is it?"],
        ["b.png", ["b.png"]],
      ],
    ],
    [
      "semicolons, as spreadsheets of many countries write",
      'study;question\r\n"a.png;b.png";Is it, or not?\r\n',
      [["a.png;b.png", ["a.png", "b.png"], "Is it, or not?"]],
    ],
    [
      "tabs in UTF-16",
      Buffer.from("\uFEFFstudy\tquestion\r\na.png\tWas?\r\n", "utf16le"),
      [["a.png", ["a.png"], "Was?"]],
    ],
    ["sep=; and a byte order mark", "\uFEFFsep=;\nstudy;id\na.png;1\n", [["1", ["a.png"]]]],
    ["one column, several files, no line end", "study\na.png; b.png", [["a.png; b.png", ["a.png", "b.png"]]]],
    [
      "line ends of old Macs",
      "study\ra.png\rb.png\r",
      [
        ["a.png", ["a.png"]],
        ["b.png", ["b.png"]],
      ],
    ],
    ["a name with a semicolon", "study\nd;e.png\n", [["d;e.png", ["d;e.png"]]]],
    [
      "a question over several lines",
      'study,question\na.png,"Is it?\nSay yes, or no"\n',
      [["a.png", ["a.png"], "Is it?\nSay yes, or no"]],
    ],
    ["doubled quotes", 'study,question\na.png,"Is it ""new""?"\n', [["a.png", ["a.png"], 'Is it "new"?']]],
  ])("%s", async (_, text, expected) => {
    const { studies } = await csv(text);
    expect(studies.map(({ id, files, options }) => [id, files, options?.question])).toEqual(
      expected.map(([id, files, question]) => [id, files.map((file) => at(file)), question]),
    );
  });

  // One patient's files or words must not reach another's study: each of these is refused with its line.
  test.each<[string, string, RegExp]>([
    ["an empty name at the end", "study\na.png;\n", /line 2: an empty file name/],
    ["an empty name at the beginning", "study\nb.png\n;a.png\n", /line 3: an empty file name/],
    ["an empty name between", 'study;id\n"a.png;;b.png";1\n', /line 2: an empty file name/],
    ["an empty prior", "prior,current\na.png; ,b.png\n", /line 2: an empty file name/],
    ["an unclosed quote", 'study,question\na.png,"Is it?\nb.png,Is it?\n', /line 2: a quoted cell is not closed/],
    [
      "a stray quote in a cell",
      'study,question\na.png,Is it 5" wide?\nb.png,Is it?\n',
      /line 2: there is a quotation mark inside an unquoted cell/,
    ],
    [
      "quotes that pair over rows",
      'study,question\na.png,"Is it?\nb.png,Is it?\nc.png,"Is it?"\n',
      /line 4: there is text after a closing quotation mark/,
    ],
    [
      "quotes that pair exactly",
      'study,question\na.png,"Is it?\nb.png,Is it?"\n',
      /lines 2 to 3: a quoted cell contains what looks like another row/,
    ],
    [
      "the same, of files that are not there",
      'study,question\na.png,"Is it?\nlate.png,Is it?"\n',
      /lines 2 to 3: a quoted cell contains/,
    ],
    ["the same in one column", 'study\n"a.png\nb.png"\n', /lines 2 to 3: a quoted cell contains/],
    [
      "a comma that was not quoted",
      "study,question\na.png,Is it, or not?\n",
      /line 2: the row and the header have different numbers of cells .*expected 2 cells.*found 3 cells/,
    ],
    [
      "a row that ends early",
      "id,study,question\n1,a.png\n",
      /line 2: the row and the header have different numbers of cells/,
    ],
    ["no study", "study,question\n,Is it?\n", /line 2: the row has an empty file name/],
    [
      "the folder of the CSV",
      "study,id\n.,1\na.png,2\n",
      /line 3: a file of this study is inside the folder of another study/,
    ],
    [
      "a folder and a file in it",
      "study,id\nfilms,1\nfilms/z.png,2\n",
      /line 3: a file of this study is inside the folder of another study/,
    ],
    [
      "a prior inside the current",
      "prior,current\nfilms/one,films\n",
      /a file of this study is inside the folder of another study/,
    ],
    ["one file twice", "study\na.png;a.png\n", /line 2: the row lists the same file twice/],
    [
      "two columns of one name",
      "study,question,question\na.png,x,y\n",
      /two CSV columns have the same name .*question/,
    ],
    ["both study and current", "study,current\na.png,b.png\n", /two columns with the studies' files/],
    ["no column of studies", "file\na.png\n", /no column with the studies/],
    ["one id twice", "study,id\na.png,1\nb.png,1\n", /two studies have the same id/],
  ])("%s", async (_, text, message) => {
    await expect(csv(text)).rejects.toThrow(message);
    await expect(csv(text)).rejects.toMatchObject({ code: expect.stringMatching(/^batch\/(row|columns|twice)$/) });
  });

  test("letters of another encoding are not guessed; columns that are not used are said", async () => {
    await expect(csv(Buffer.from("study\nMüller.png\n", "latin1"))).rejects.toMatchObject({ code: "batch/row" });
    expect((await csv("study,ward,qestion\na.png,3,Is it?\n")).warnings).toEqual([
      expect.stringContaining("are ignored: ward, qestion"),
    ]);
  });
});

test("a folder: links are followed once, broken ones listed; folders of pictures are pointed out", async () => {
  await symlink(at("a.png"), at("films/link.png"));
  await symlink(at("nowhere.png"), at("films/broken.png"));
  await symlink(at("films"), at("films/one/back"));
  const direct = await listStudies(at("films"));
  expect(direct.studies.map(({ id }) => id)).toEqual(["broken.png", "link.png", "one", "z.png"]);
  expect(direct.warnings).toEqual([expect.stringMatching(/films\/one: several images in one folder .*--recursive/)]);
  const all = await listStudies(at("films"), { recursive: true });
  expect(all.studies.map(({ id }) => id)).toEqual(["broken.png", "link.png", "one/x.png", "one/y.png", "z.png"]);
  expect(all.warnings).toEqual([expect.stringMatching(/one\/back is a link to a folder that is already listed/)]);
  await expect(listStudies(at("none"))).rejects.toMatchObject({ code: "file/unreadable" });
});

test("a folder: what describes a data set is no study", async () => {
  await mkdir(at("set/reports"), { recursive: true });
  const about = ["LICENSES.md", "README", "README-data.txt", "citation.cff"];
  for (const name of [...about, "reports/notice.txt", "case.txt", "license-plate.png", "readmission.txt"])
    await writeFile(at("set", name), "x");
  const { studies, warnings } = await listStudies(at("set"), { recursive: true });
  expect(studies.map(({ id }) => id)).toEqual(["case.txt", "license-plate.png", "readmission.txt"]);
  expect(warnings).toEqual([expect.stringMatching(/citation\.cff, .* and 2 more: describes the folder/)]);
});

const model = (name: string) => ({ name, hash: undefined, precision: "unknown", engine: "remote:here" });
const identity: Identity = { version, task: "ask", options: {}, model: model("m1"), studiesSha256: "00" };
const studies = ["a", "b"].map((id) => ({ id, files: [id] }));
const failed = (id: string): Line => ({ id, files: [id], status: "failed", error: { code: "x/y", message: "no" } });
const manifest = (of: Identity) =>
  ({
    schema: "polyclinic.batch/1",
    ...of,
    studies: 2,
    finished: false,
    seconds: 0,
    modelShare: 0,
    notice: "",
  }) as never;

describe("an output folder holds the results of one run", () => {
  const opened = async (name: string, lines: readonly Line[] = [failed("a")]) => {
    const journal = await Journal.open(at(name), identity, studies);
    await journal.writeManifest(manifest(identity));
    for (const line of lines) await journal.add(line);
    return journal;
  };
  const open = (name: string, changes: Partial<Identity> = {}) =>
    Journal.open(at(name), { ...identity, ...changes }, studies);

  test.each<[string, Partial<Identity>, RegExp]>([
    ["another model of the same server", { model: model("m2") }, /model m1 \(remote:here/],
    ["another server", { model: { ...model("m1"), engine: "remote:there" } }, /model m1/],
    ["weights where there were none", { model: { ...model("m1"), hash: "ab" } }, /model m1/],
    ["another version", { version: "0.0.0" }, /polyclinic/],
    ["another task", { task: "report" }, /task ask/],
    ["other options", { options: { question: "x" } }, /options/],
    ["other studies", { studiesSha256: "11" }, /other studies/],
  ])("%s is another run", async (name, changes, message) => {
    await (await opened(name)).close();
    await expect(open(name, changes)).rejects.toThrow(message);
    await (await open(name)).close();
  });

  test("the same weights may be named otherwise", async () => {
    const hashed = { ...identity, model: { ...model("nano"), hash: "ab" } };
    const journal = await Journal.open(at("hashed"), hashed, studies);
    await journal.writeManifest(manifest(hashed));
    await journal.close();
    await (await open("hashed", { model: { ...hashed.model, name: "models/nano" } })).close();
    await expect(open("hashed", { model: { ...hashed.model, precision: "int8" } })).rejects.toThrow(/precision/);
  });

  test.each(["", "{", "{}", "null", "[]", '{"schema":"polyclinic.batch/1"}'])(
    "a manifest of %j is damage",
    async (text) => {
      await (await opened("damaged", [])).close();
      await writeFile(at("damaged/manifest.json"), text);
      await expect(open("damaged")).rejects.toMatchObject({
        code: "batch/damaged",
        where: at("damaged/manifest.json"),
      });
      await rm(at("damaged"), { recursive: true });
    },
  );

  test.each<[string, string, RegExp]>([
    ["no JSON", "{\n", /line 2: a line of the earlier results is damaged/],
    ["no line", "{}\n", /line 2: a line of the earlier results is damaged/],
    ["a study that is not in the list", `${JSON.stringify(failed("z"))}\n`, /line 2: .*not in the list/],
    [
      "two results",
      `${JSON.stringify({ ...failed("b"), status: "answered", result: {} })}\n`.repeat(2),
      /line 3: a study has two results/,
    ],
  ])("a line is damage: %s", async (name, text, message) => {
    await (await opened(name)).close();
    await writeFile(at(name, "results.jsonl"), text, { flag: "a" });
    await expect(open(name)).rejects.toThrow(message);
  });

  test("results without a manifest are of no known run", async () => {
    await mkdir(at("orphan"));
    await writeFile(at("orphan/results.jsonl"), `${JSON.stringify(failed("a"))}\n`);
    await expect(open("orphan")).rejects.toMatchObject({ code: "batch/damaged" });
  });

  test("two at once: the second is refused and names the first; a killed one blocks nobody", async () => {
    const first = await opened("both");
    await expect(open("both")).rejects.toMatchObject({
      code: "batch/in-use",
      found: expect.stringContaining(`process ${process.pid} on`),
    });
    await first.close();
    // A process of that number runs, but began at another time.
    const lock = async (changes: object) => {
      const journal = await open("both");
      const own = JSON.parse(await readFile(at("both/batch.lock"), "utf8"));
      await journal.close();
      await writeFile(at("both/batch.lock"), JSON.stringify({ ...own, token: "other", ...changes }));
    };
    const gone = spawn("true");
    await new Promise((resolve) => gone.on("close", resolve));
    await lock({ pid: gone.pid });
    await (await open("both")).close();
    if (process.platform === "linux") {
      await lock({ began: "1" });
      await (await open("both")).close();
    }
    await lock({ place: "another container", host: "elsewhere" });
    await expect(open("both")).rejects.toThrow(/on elsewhere.*delete batch\.lock/);
    await rm(at("both/batch.lock"));
    // Of many at one dead lock, one gets it.
    await lock({ pid: gone.pid });
    const ends = await Promise.allSettled(Array.from({ length: 20 }, () => open("both")));
    const won = ends.filter((end) => end.status === "fulfilled");
    expect(won.length).toBe(1);
    await won[0].value.close();
    expect((await readdir(at("both"))).sort()).toEqual(["manifest.json", "results.jsonl"]);
  });

  test("thousands of results stay on the disk, in any order, across resuming", async () => {
    const count = 2000;
    const many = Array.from({ length: count }, (_, i) => ({ id: `s${i}`, files: [`s${i}`] }));
    const text = "x".repeat(5000);
    const line = (i: number): Line =>
      i % 1000 === 7
        ? failed(`s${i}`)
        : ({
            id: `s${i}`,
            files: [],
            status: i % 2 ? "answered" : "deferred",
            result: { text: `${i} ${text}` },
          } as never);
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const journal = await Journal.open(at("many"), identity, many);
    await journal.writeManifest(manifest(identity));
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < count; i++) await journal.add(line(i));
    await journal.close();
    const again = await Journal.open(at("many"), identity, many, { retryFailed: true });
    collect();
    // The lines take 10 MB.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(3e6);
    expect(again.counts()).toMatchObject({ answered: 998, deferred: 1000, failed: 0 });
    await again.add(line(8));
    const texts: unknown[] = [];
    for await (const found of again.results(["s1999", "s7", "s0", "s8"]))
      texts.push((found?.result as { text?: string } | undefined)?.text?.split(" ")[0]);
    expect(texts).toEqual(["1999", undefined, "0", "8"]);
    await again.close();
  });

  test("studies that failed are done again in one line each", async () => {
    await (await opened("again", [failed("a"), failed("b")])).close();
    const journal = await Journal.open(at("again"), identity, studies, { retryFailed: true });
    expect(journal.has("a")).toBe(false);
    await journal.add({ ...failed("a"), error: { code: "x/y", message: "again" } });
    await journal.close();
    const lines = (await readFile(at("again/results.jsonl"), "utf8")).trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).error.message)).toEqual(["again"]);
  });
});

test("the table of results: answers, cautions and failures in one row each; no cell is a formula", async () => {
  await writeFile(at("list.csv"), "id,study\n=1+1,a.png\nfolder,films/one\nlost,late.png\n");
  const task = askTask as unknown as Task;
  const request = {
    task,
    source: at("list.csv"),
    output: at("table"),
    csv: at("table.csv"),
    options: { question: "Is it?" } as never,
  };
  const model = scripted(() => "Final Answer: yes");
  const summary = await runBatch(await planBatch(request), model);
  expect(summary.counts).toMatchObject({ answered: 2, failed: 1, withCautions: 1 });
  const rows = (await readFile(at("table.csv"), "utf8")).split("\r\n");
  expect(rows[0]).toBe("\uFEFFid,status,answer,probability,cautions,problems,error,files");
  expect(rows[1]).toMatch(/^'=1\+1,answered,yes,[\d.]*,,,,/);
  expect(rows[2]).toMatch(/^folder,answered,yes,[\d.]*,.*2 images from a folder/);
  expect(rows[3]).toMatch(/^lost,failed,,,,,"?file\/unreadable: /);
  // Its own table of an earlier run is replaced, a file of the user's is not.
  await runBatch(await planBatch(request), model);
  await writeFile(at("table.csv"), "mine");
  await expect(planBatch(request)).rejects.toMatchObject({ code: "file/exists" });
  let text = "";
  for await (const row of resultsCsv(task, [{ id: "a", files: ["a"] }])) text += row;
  expect(text).toContain("\r\na,not answered,,,,,,a\r\n");
});
