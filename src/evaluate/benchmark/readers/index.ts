/** Readers of published layouts by name; most benchmarks are tables and need only their fields named. */
import { PolyclinicError } from "../../../base/errors.ts";
import type { Item } from "../item.ts";
import type { Source } from "../load.ts";
import { readBoxes } from "./boxes.ts";
import { readCourse } from "./course.ts";
import { readEquity } from "./equity.ts";
import { readFindings } from "./findings.ts";
import { readFolders } from "./folders.ts";
import { readGrades } from "./grades.ts";
import { readHealthBench } from "./health-bench.ts";
import { readLabPages } from "./lab-pages.ts";
import { readLinePairs } from "./line-pairs.ts";
import { readPubmedqa } from "./pubmedqa.ts";
import { readReports } from "./reports.ts";
import { readTable } from "./table.ts";
import { readTdc } from "./tdc.ts";

export type Reader = (source: Source) => Promise<Item[]>;

const readers: Readonly<Record<string, Reader>> = {
  table: readTable,
  folders: readFolders,
  findings: readFindings,
  reports: readReports,
  boxes: readBoxes,
  course: readCourse,
  grades: readGrades,
  "line-pairs": readLinePairs,
  "lab-pages": readLabPages,
  pubmedqa: readPubmedqa,
  "health-bench": readHealthBench,
  equity: readEquity,
  tdc: readTdc,
};

/** @throws PolyclinicError `evaluate/definition`. */
export function readerNamed(name: string): Reader {
  const reader = readers[name];
  if (reader !== undefined) return reader;
  throw new PolyclinicError("evaluate/definition", "field reader: there is no reader with this name", {
    where: name,
    expected: Object.keys(readers).join(", "),
  });
}
