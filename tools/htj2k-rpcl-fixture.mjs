/**
 * Writes src/imaging/dicom/fixtures/htj2k-202.dcm: the slice of explicit-little.dcm as lossless HTJ2K in the order of resolutions (RPCL)
 * with the tile-part lengths (TLM) of transfer syntax 1.2.840.10008.1.2.4.202, encoded by OpenJPH, and its row of expected.json. Run
 * after npm run build and tools/reference/imaging/dicom_fixtures.py: node tools/htj2k-rpcl-fixture.mjs
 */
import { readFileSync, writeFileSync } from "node:fs";
import openjph from "@cornerstonejs/codec-openjph";
import { locateFrames, parseDicom, readFrameBytes } from "../dist/imaging/dicom/index.js";
import { copyElement, writeDicom } from "../dist/imaging/dicom/write/write.js";

const rpcl = 2;
const folder = new URL("../src/imaging/dicom/fixtures/", import.meta.url);
const file = parseDicom(readFileSync(new URL("explicit-little.dcm", folder)));
const frames = await locateFrames(file);
const pixels = await readFrameBytes(frames, 0);
const { columns: width, rows: height } = frames.format;

const codec = await openjph({ print() {}, printErr() {} });
const encoder = new codec.HTJ2KEncoder();
// No value of the slice is negative (dicom_fixtures.py), so the encoder treats it as unsigned.
const info = { width, height, bitsPerSample: 16, componentCount: 1, isSigned: false, isUsingColorTransform: false };
encoder.getDecodedBuffer(info).set(pixels);
encoder.setQuality(true, 0);
encoder.setProgressionOrder(rpcl);
encoder.setDecompositions(5);
encoder.setTLMMarker(true);
encoder.encode();
const encoded = encoder.getEncodedBuffer().slice();
const padded = new Uint8Array(encoded.length + (encoded.length & 1));
padded.set(encoded);

const kept = [...file.dataset.elements.values()].map((element) => copyElement(file.dataset, element));
const elements = kept.map((element) =>
  element.tag === 0x7fe00010 ? { ...element, vr: "OB", value: { fragments: [new Uint8Array(0), padded] } } : element,
);
writeFileSync(new URL("htj2k-202.dcm", folder), writeDicom(elements, "1.2.840.10008.1.2.4.202"));

const path = new URL("expected.json", folder);
const expected = JSON.parse(readFileSync(path, "utf8"));
expected["htj2k-202.dcm"] = expected["htj2k-201.dcm"];
writeFileSync(path, `${JSON.stringify(Object.fromEntries(Object.entries(expected).sort()), null, 1)}\n`);
