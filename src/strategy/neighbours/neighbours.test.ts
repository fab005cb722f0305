import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Study } from "../../study/types.ts";
import { indexOf, NeighbourIndex, patientsOf, readReportTable, votedLabel, voteText, withNeighbours } from "./index.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "neighbours-"));
});
afterAll(() => rm(folder, { recursive: true }));

// "Images" whose embedding is written in them, with a large component that all share.
const embed = async (path: string) => {
  const { readFile } = await import("node:fs/promises");
  const [x, y] = (await readFile(path, "utf8")).split(" ").map(Number);
  return Float32Array.of(100 + x, 100 + y, 100);
};

async function table(rows: readonly string[]): Promise<string> {
  const path = join(folder, "reports.csv");
  await writeFile(path, ["file,report,label,patient", ...rows].join("\n"));
  return path;
}

test("the nearest reports come first, never the study's own or its patient's; the index is the same from disk", async () => {
  for (const [name, text] of [
    ["a", "1 0"],
    ["b", "0.9 0.1"],
    ["c", "-1 0"],
    ["d", "-0.9 -0.1"],
  ])
    await writeFile(join(folder, name), text);
  const rows = await readReportTable(
    await table(['a,"One, two.",ill,p', "b,Two.,ill,q", "c,Three.,well,r", "d,Four.,well,r"]),
  );
  const made = await indexOf(rows, "an embedder", embed);
  await made.save(join(folder, "index"));
  const index = await NeighbourIndex.open(join(folder, "index"));
  for (const one of [made, index]) {
    const found = one.nearest(Float32Array.of(101, 100, 100), 3);
    expect(found.map(({ id }) => id)).toEqual(["a", "b", "d"]);
    expect(found[0].similarity).toBeCloseTo(1, 2);
    expect(votedLabel(found)).toEqual({ label: "ill", share: 2 / 3 });
    expect(voteText(votedLabel(found)!, 3)).toBe("ill (2 of 3)");
    expect(voteText(votedLabel([found[0], {}, {}])!, 3)).toBe("none (most votes: ill, 1 of 3)");
  }
  const own = index.reports[0].sha256;
  expect(index.nearest(await embed(join(folder, "a")), 1, { sha256: own })[0].report).toBe("Two.");
  expect(
    index.nearest(await embed(join(folder, "a")), 4, { sha256: own, patients: ["r"] }).map(({ id }) => id),
  ).toEqual(["b"]);
  const withoutC = index.nearest(await embed(join(folder, "c")), 4, { sha256: index.reports[2].sha256 });
  // d is of the patient of c.
  expect(withoutC.map(({ id }) => id).sort()).toEqual(["a", "b"]);
  expect(index.nearest(Float32Array.of(101, 100, 100), 4, { patients: ["other", " R"] }).map(({ id }) => id)).toEqual([
    "a",
    "b",
  ]);
  expect(() => index.nearest(Float32Array.of(1), 1)).toThrow(/a different embedding model/);
  const study = { parts: [], leftOut: [], warnings: [] } as unknown as Study;
  expect(withNeighbours(study, []).parts).toEqual([]);
  expect(withNeighbours(study, index.nearest(await embed(join(folder, "a")), 1)).parts).toMatchObject([
    { kind: "text", text: expect.stringContaining("[1] One, two.") },
  ]);
});

test("a DICOM file names its patient, so that the patient's other reports are excluded without being told", async () => {
  const film = fileURLToPath(new URL("../../../samples/cine.dcm", import.meta.url));
  const own = await patientsOf(film);
  expect(own).toEqual(["SIMULATED-CINE"]);
  expect(await patientsOf(fileURLToPath(new URL("../../../samples/chest-xray.jpg", import.meta.url)))).toEqual([]);
  const rows = await readReportTable(await table([`${film},One.,,`, "a,Two.,,simulated-cine", "b,Three.,,q"]));
  const index = await indexOf(rows, "an embedder", async () => Float32Array.of(1, Math.random(), 0), {
    patientsOf: async (path) => (path === film ? own : []),
  });
  // The row of the film had no patient; its file has.
  expect(index.reports.map(({ patient }) => patient)).toEqual(["SIMULATED-CINE", "simulated-cine", "q"]);
  expect(index.nearest(Float32Array.of(1, 0, 0), 3, { patients: own }).map(({ report }) => report)).toEqual(["Three."]);
});

test("a table without a report, and a folder that is no index, are refused by their place", async () => {
  await expect(table(["a,,ill,p"]).then(readReportTable)).rejects.toThrow(/line 2, column report/);
  await expect(table([]).then(readReportTable)).rejects.toThrow(/at least one report/);
  await expect(readReportTable(join(folder, "none.csv"))).rejects.toMatchObject({ code: "strategy/reports" });
  await expect(NeighbourIndex.open(folder)).rejects.toMatchObject({ code: "strategy/neighbours" });
  await writeFile(join(folder, "index", "vectors.f32"), new Uint8Array(8));
  await expect(NeighbourIndex.open(join(folder, "index"))).rejects.toThrow(/8 bytes/);
});
