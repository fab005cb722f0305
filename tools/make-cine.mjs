/**
 * Writes samples/cine.dcm: six seconds of a generated cine run, 8 frames a second, in which a disc moves in a circle and is bright from 2 s to 4 s. No real person.
 * `node tools/make-cine.mjs` after a build.
 */
import { writeFileSync } from "node:fs";
import { simulateCine } from "../dist/recipes/video/simulate.js";

writeFileSync(
  "samples/cine.dcm",
  simulateCine({ frames: 48, framesPerSecond: 8, event: { from: 2, to: 4 }, seed: 7, side: 32 }).dicom,
);
