/** The public surface: what is here is promised, what is not can change. */
import { expect, test } from "vitest";
import * as polyclinic from "./index.ts";

test("the public surface", () => {
  expect(Object.keys(polyclinic).sort()).toEqual([
    "PolyclinicError",
    "ask",
    "canary",
    "classify",
    "closeStudy",
    "compare",
    "createPolyclinic",
    "extract",
    "fromJson",
    "keepLayout",
    "layOut",
    "layOutPair",
    "loadModel",
    "locate",
    "notForClinicalUse",
    "openStudy",
    "pairOf",
    "pullModel",
    "releaseLayout",
    "report",
    "resultJsonSchema",
    "saveExports",
    "toDicomSr",
    "toFhir",
    "toJson",
    "toOverlay",
    "viewOf",
  ]);
});
