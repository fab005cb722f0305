/** Reads a DICOM archive and writes its volume as raw floats, for both sides of `volume-views`: `node volume-to-raw.mjs archive raw`. */
import { writeFileSync } from "node:fs";
import { openStudy } from "../../dist/study/index.js";

const [archive, raw] = process.argv.slice(2);
const { parts } = await openStudy(archive);
const { volume } = parts.find((part) => part.kind === "volume");
writeFileSync(raw, new Uint8Array(volume.data.buffer, volume.data.byteOffset, volume.data.byteLength));
console.log(JSON.stringify({ shape: volume.shape }));
process.exit(0);
