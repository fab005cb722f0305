/**
 * `dicom-series`: the 384-slice head from unpacked files to an ordered float volume, against pydicom + numpy. `jpeg2000` and `jpegls`: 48
 * CT slices of 512 x 512 in that lossless syntax, likewise from files to volume, against pydicom with the fastest plugin that is
 * installed. The peer runs in one process and in two, and its better figure counts. Both sides must give the same floats.
 *
 * A peer with every decoder, on Debian: `apt-get install python3-gdcm`, a virtual environment of /usr/bin/python3 with
 * --system-site-packages (GDCM is built for that Python), and in it `pip install pydicom numpy pillow`; POLYCLINIC_PYTHON names its python.
 * GDCM is pydicom's plugin for JPEG-LS there (its CharLS); where pyjpegls or pylibjpeg are installed too, the fastest counts.
 */
import { createWriteStream, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import yauzl from "yauzl";
import { ours, peer, ratiosOfRounds, roundsOf } from "./child.mjs";

const rounds = roundsOf(5);
const slices = 48;
const slice = "dicom/syntaxes/CTImage.dcm_";
const sources = {
  "dicom-series": "mri-t1-dicom.zip",
  jpeg2000: `${slice}JPEG2000LosslessOnlyTransferSyntax_1.2.840.10008.1.2.4.90.dcm`,
  jpegls: `${slice}JPEGLSLosslessTransferSyntax_1.2.840.10008.1.2.4.80.dcm`,
};

/** @param {{ data?: string, only?: string, log?: (line: string) => void }} options `data`: the folder that holds the sources. */
export async function rows({ data, only, log = () => {} } = {}) {
  const found = [];
  for (const [id, source] of Object.entries(sources)) {
    if (only !== undefined && only !== id) continue;
    const path = data === undefined ? undefined : join(data, source);
    if (path === undefined || !existsSync(path)) {
      log(`${id} was skipped: it needs ${path ?? `${source} in the data folder (--data)`}`);
      continue;
    }
    const folder = await mkdtemp(join(tmpdir(), "polyclinic-dicom-"));
    try {
      if (id === "dicom-series") await unpack(path, folder);
      else await repeatSlice(path, folder);
      found.push(await row(id, folder, log));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return found;
}

async function row(id, folder, log) {
  const mine = [];
  const theirs = [[], []];
  for (let round = 0; round < rounds; round++) {
    mine.push(await ours("dicom-series.mjs", folder));
    for (const [i, processes] of ["1", "2"].entries()) {
      const other = await peer("dicom_series.py", log, folder, processes);
      if (other === undefined) return { id, ours: median(mine), unit: "s" };
      if (other.checksum !== mine[0].checksum) throw new Error(`${id}: the two readers returned different volumes`);
      theirs[i].push({ ...other, processes });
    }
  }
  const [better] = theirs.sort((a, b) => median(a) - median(b));
  return {
    id,
    ours: median(mine),
    peer: median(better),
    peerName: better[0].name,
    unit: "s",
    ratio: median(better) / median(mine),
    note: `pydicom decodes on one thread a process: ${better[0].processes === "1" ? "1 process was faster than 2" : "2 processes were faster than 1"}; equal floats; ${ratiosOfRounds(mine, better)}; processor ${median(mine, "cpuSeconds").toFixed(2)} against ${median(better, "cpuSeconds").toFixed(2)} s; peak ${Math.round(mine[0].peakMiB)} against ${Math.round(better[0].peakMiB)} MiB`,
  };
}

const median = (runs, of = "seconds") => runs.map((run) => run[of]).sort((a, b) => a - b)[runs.length >> 1];

/** Extracts every slice of the archive into `folder`. */
async function unpack(archive, folder) {
  const zip = await yauzl.openPromise(archive);
  for await (const entry of zip.eachEntry()) {
    if (!entry.fileName.endsWith(".dcm")) continue;
    await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(join(folder, basename(entry.fileName))));
  }
}

/** Copies of one slice, each with its own UID and position. */
async function repeatSlice(path, folder) {
  const { parseDicom } = await import("../../dist/imaging/dicom/index.js");
  const { copyElement, textElement, writeDicom } = await import("../../dist/imaging/dicom/write/write.js");
  const file = parseDicom(readFileSync(path));
  const kept = [...file.dataset.elements.values()].map((element) => copyElement(file.dataset, element));
  mkdirSync(folder, { recursive: true });
  for (let i = 0; i < slices; i++) {
    const own = [
      textElement("SOPInstanceUID", "UI", `2.25.${i + 1}`),
      textElement("ImagePositionPatient", "DS", "0", "0", String(i * 3)),
    ];
    const elements = [...kept.filter(({ tag }) => own.every((element) => element.tag !== tag)), ...own];
    writeFileSync(join(folder, `${(i * 29) % slices}.dcm`), writeDicom(elements, file.transferSyntax.uid));
  }
}
