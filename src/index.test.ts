/** The public surface: what is here is promised, what is not can change. */
import { expect, test } from "vitest";
import * as polyclinic from "./index.ts";

test("the public surface", () => {
  expect(Object.keys(polyclinic).sort()).toEqual([
    "PolyclinicError",
    "ask",
    "askRecordAgent",
    "canary",
    "classify",
    "compare",
    "createPolyclinic",
    "defineTask",
    "embed",
    "extract",
    "fromJson",
    "layOut",
    "layoutFor",
    "loadEmbedder",
    "loadModel",
    "locate",
    "notForClinicalUse",
    "openStudy",
    "pairOf",
    "planBatch",
    "prefillLayout",
    "pullModel",
    "registerTask",
    "report",
    "resultJsonSchema",
    "run",
    "runBatch",
    "saveExports",
    "studyOf",
    "taskNamed",
    "tasks",
    "toDicomSr",
    "toFhir",
    "toJson",
    "toOverlay",
    "viewOf",
  ]);
});
