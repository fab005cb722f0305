/** Runs of the reader over generated documents, with their counts. */
import { readLabDocument } from "../../../dist/records/labs/index.js";
import { makeDocument, pdfPages, picturePage } from "./pages.mjs";
import { add, scorePage } from "./score.mjs";

/** @param {{ ocr?: any, onProblem?: (problem: object) => void }} [options] */
export async function runPdf(layouts, seeds, options = {}) {
  const { ocr, onProblem } = options;
  const total = {};
  for (const layout of layouts)
    for (const seed of seeds) {
      const pages = await pdfPages(makeDocument(layout, seed));
      /** @type {readonly import("../../../dist/records/labs/index.js").LabRow[]} */
      let rows = [];
      try {
        ({ rows } = await readLabDocument(
          pages.map(({ page }) => page),
          ocr ? { ocr } : {},
        ));
      } catch (error) {
        onProblem?.({ layout, seed, kind: String(error) });
      }
      for (const [i, { gold }] of pages.entries()) {
        const { counts, problems } = scorePage(
          gold,
          rows.filter(({ page }) => page === i + 1),
        );
        add(total, counts);
        for (const problem of problems) onProblem?.({ layout, seed, ...problem });
      }
    }
  return total;
}

/** @param {{ onProblem?: (problem: object) => void }} [options] */
export async function runPictures(kind, layouts, seeds, ocr, options = {}) {
  const { onProblem } = options;
  const total = { seconds: 0, pages: 0 };
  for (const layout of layouts)
    for (const seed of seeds) {
      const { page, gold } = await picturePage(makeDocument(layout, seed), kind);
      const before = process.cpuUsage();
      /** @type {readonly import("../../../dist/records/labs/index.js").LabRow[]} */
      let rows = [];
      try {
        ({ rows } = await readLabDocument([page], { ocr }));
      } catch (error) {
        onProblem?.({ layout, seed, kind: String(error) });
      }
      const { user, system } = process.cpuUsage(before);
      total.seconds += (user + system) / 1e6;
      total.pages++;
      const { counts, problems } = scorePage(gold, rows, { exact: false });
      add(total, counts);
      for (const problem of problems) onProblem?.({ layout, seed, ...problem });
    }
  return total;
}
