/** Whole studies as people have them: archives from Windows, discs in lower case, pairs of files, pages. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import yazl from "yazl";
import { elements, sliceBytes } from "../../../test/support/dicom.ts";
import { buildTiff, type Field, type PageSpec, pixelFields } from "../../../test/support/slide-files.ts";
import { memorySource } from "../../bytes/index.ts";
import { writeDicom } from "../../imaging/dicom/write/write.ts";
import { openStudy, type Study } from "../index.ts";
import { recognise } from "./recognise.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-kinds-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const slices = (count: number) =>
  Array.from({ length: count }, (_, i) => sliceBytes({ ImagePositionPatient: [0, 0, 2 * i] }, 10 * i));
const shapes = ({ parts }: Study) => parts.map((part) => (part.kind === "volume" ? part.volume.shape : part.kind));

async function zipOf(entries: readonly (readonly [string, Uint8Array])[]): Promise<Buffer> {
  const zip = new yazl.ZipFile();
  for (const [name, bytes] of entries) zip.addBuffer(Buffer.from(bytes), name);
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

describe("archives", () => {
  /** The names of a zip with other bytes, of the same length. */
  const renamed = (zip: Buffer, from: string, to: string) =>
    Buffer.from(zip.toString("latin1").replaceAll(from, to), "latin1");

  test("with backslashes between folders, as Windows writes them", async () => {
    const zip = await zipOf(slices(3).map((bytes, i) => [`DICOM/SER1/${i}.dcm`, bytes] as const));
    for (const name of ["DICOM\\SER1\\", "DICOM\\SER1/", "DICOM/SER1\\"]) {
      const study = await openStudy({ name: "a.zip", data: renamed(zip, "DICOM/SER1/", name) });
      expect(shapes(study)).toEqual([[3, 3, 4]]);
      expect(study.parts[0].origin.files[0]).toBe("a.zip/DICOM/SER1/0.dcm");
    }
  });

  test("whose names lead out of them are still refused, with either slash", async () => {
    const zip = await zipOf([["AA/BB/0.dcm", slices(1)[0]]]);
    for (const name of ["../BB/", "..\\BB\\", "C:\\BB\\"].map((n) => n.padEnd(6, "x")))
      await expect(openStudy({ name: "a.zip", data: renamed(zip, "AA/BB/", name) })).rejects.toMatchObject({
        code: "archive/escaping-path",
      });
  });

  test("whose directory lies anywhere but in the file end by name", async () => {
    const zip64 = (offset: bigint) => {
      const bytes = Buffer.alloc(72);
      bytes.writeUInt32LE(0x04034b50, 0);
      bytes.writeUInt32LE(0x07064b50, 30);
      bytes.writeBigUInt64LE(offset, 38);
      bytes.writeUInt32LE(1, 46);
      bytes.writeUInt32LE(0x06054b50, 50);
      bytes.fill(0xff, 58, 70);
      return bytes;
    };
    for (const offset of [2n ** 60n, 2n ** 63n, 2n ** 64n - 1n, 71n, 1000n]) {
      await writeFile(join(folder, "x.zip"), zip64(offset));
      await expect(openStudy(join(folder, "x.zip"))).rejects.toMatchObject({ code: "archive/damaged" });
      await expect(openStudy({ name: "x.zip", data: zip64(offset) })).rejects.toMatchObject({
        code: "archive/damaged",
      });
    }
  });

  test("with an entry that would not fit into memory are refused before it is unpacked", async () => {
    const zip = await zipOf([["a.nii", Buffer.alloc(3_000_000)]]);
    const options = { limits: { maxMemory: 1_000_000, maxRatio: 1e6 } };
    await expect(openStudy({ name: "a.zip", data: zip }, options)).rejects.toMatchObject({
      code: "study/nothing-read",
    });
    const volume = nifti("n+1\0", 352, [64, 64, 64]);
    const swollen = await zipOf([["a.nii", volume]]);
    await expect(openStudy({ name: "a.zip", data: swollen }, options)).rejects.toMatchObject({ code: "limit/bytes" });
  });
});

describe("a DICOMDIR of another case than its disc", () => {
  const medium = async (names: readonly string[], id: (i: number) => readonly string[]) => {
    const root = join(folder, `CD${names.length}${names[0].length}${id(0)[0]}`);
    for (const [i, name] of names.entries()) {
      await mkdir(join(root, name, ".."), { recursive: true });
      await writeFile(join(root, name), slices(3)[i]);
    }
    const records = names.map((_, i) => ({
      RecordInUseFlag: 0xffff,
      DirectoryRecordType: "IMAGE",
      ReferencedFileID: [...id(i)],
    }));
    await writeFile(
      join(root, "DICOMDIR"),
      writeDicom(elements({ SOPClassUID: "1.2.840.10008.1.3.10", DirectoryRecordSequence: records })),
    );
    return join(root, "DICOMDIR");
  };
  test.each<[string, (i: number) => string, (i: number) => readonly string[]]>([
    ["lower case on disc", (i) => `pt0/st0/im${i}`, (i) => ["PT0", "ST0", `IM${i}`]],
    ["capitals on disc", (i) => `PT0/ST0/IM${i}`, (i) => ["pt0", "st0", `im${i}`]],
    ["version numbers of ISO 9660", (i) => `PT0/IM${i};1`, (i) => ["PT0", `IM${i}`]],
    ["an empty ending", (i) => `pt0/im${i}.`, (i) => ["PT0", `IM${i}`]],
  ])("%s", async (_, name, id) => {
    expect(shapes(await openStudy(await medium([0, 1, 2].map(name), id)))).toEqual([[3, 3, 4]]);
  });
});

/** A volume of bytes; the header alone when `magic` is of a pair. */
function nifti(magic: "n+1\0" | "ni1\0", offset: number, dims = [4, 3, 2]): Uint8Array {
  const count = dims.reduce((a, b) => a * b, 1);
  const bytes = new Uint8Array(magic === "n+1\0" ? 352 + count : 348);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, 348, true);
  [3, ...dims, 1, 1, 1, 1].forEach((n, i) => {
    view.setInt16(40 + 2 * i, n, true);
  });
  view.setInt16(70, 2, true);
  for (let i = 0; i < 8; i++) view.setFloat32(76 + 4 * i, 1, true);
  view.setFloat32(108, offset, true);
  bytes.set(Buffer.from(magic), 344);
  for (let i = 352; i < bytes.length; i++) bytes[i] = i & 255;
  return bytes;
}

describe("NIfTI", () => {
  const voxels = Uint8Array.from({ length: 24 }, (_, i) => i);
  test.each([
    ["a.hdr", "a.img"],
    ["a.hdr.gz", "a.img.gz"],
    ["a.hdr", "a.img.gz"],
    ["a.hdr.gz", "a.img"],
    ["A.HDR", "A.IMG"],
  ])("%s and %s are one volume: named by either, in their folder, in an archive, as data", async (header, image) => {
    const files = [header, image].map((name, i) => {
      const bytes = i === 0 ? nifti("ni1\0", 0) : voxels;
      return [name, name.endsWith("z") ? gzipSync(bytes) : bytes] as const;
    });
    for (const [name, bytes] of files) await writeFile(join(folder, name), bytes);
    for (const input of [
      join(folder, header),
      join(folder, image),
      folder,
      { name: "a.zip", data: await zipOf(files) },
      files.map(([name, data]) => ({ name, data })),
    ]) {
      const study = await openStudy(input);
      expect(shapes(study)).toEqual([[2, 3, 4]]);
      expect(study.leftOut).toEqual([]);
      expect(study.parts[0].origin.files.length).toBe(2);
    }
  });

  test.each([
    ["beyond everything", 9e8, "nifti/damaged"],
    ["beyond the file", 5000, "nifti/truncated"],
    ["at infinity", Number.POSITIVE_INFINITY, "nifti/damaged"],
  ])("voxels that begin %s", async (_, offset, code) => {
    const bytes = nifti("n+1\0", offset);
    for (const data of [bytes, gzipSync(bytes)])
      await expect(openStudy({ name: "a.nii", data })).rejects.toMatchObject({ code });
  });

  test("voxels that begin inside the header are read behind it", async () => {
    for (const offset of [0, 100, Number.NaN]) {
      const study = await openStudy({ name: "a.nii", data: nifti("n+1\0", offset) });
      const [part] = study.parts;
      expect(part.kind === "volume" && [...part.volume.data].sort((a, b) => a - b)[0]).toBe(352 & 255);
    }
  });
});

describe("pages of a TIFF", () => {
  const page = (shade: number, fields: readonly Field[] = [], samples = 3, [width, height] = [40, 30]): PageSpec => ({
    width,
    height,
    data: [new Uint8Array(width * height * samples).fill(shade)],
    fields: [...pixelFields(1, samples === 3 ? 2 : 1, samples), ...fields],
  });
  const shades = ({ parts }: Study) => parts.map((part) => (part.kind === "image" ? part.image.data[0] : part.kind));
  test.each<[string, PageSpec[], object]>([
    ["in colour", [page(10), page(20), page(30)], {}],
    ["grey", [page(10, [], 1), page(20, [], 1), page(30, [], 1)], {}],
    ["of several sizes", [page(10), page(20, [], 3, [60, 20]), page(30, [], 1, [8, 8])], {}],
    ["big endian", [page(10), page(20), page(30)], { littleEndian: false }],
    ["in a BigTIFF", [page(10), page(20), page(30)], { big: true }],
  ])("%s are a picture each", async (_, pages, options) => {
    const study = await openStudy({ name: "scan.tif", data: buildTiff(pages, options) });
    expect(shades(study)).toEqual([10, 20, 30]);
    expect(study.parts.map(({ label }) => label)).toEqual(["scan, page 1", "scan, page 2", "scan, page 3"]);
    expect(study.leftOut).toEqual([]);
  });

  test("reductions, and pages beyond the fortieth, are said to be left out", async () => {
    const reduced = page(99, [{ tag: 254, long: [1] }], 3, [10, 8]);
    const two = await openStudy({ name: "a.tif", data: buildTiff([page(10), reduced, page(20)]) });
    expect([shades(two), two.leftOut.map(({ reason }) => reason)]).toEqual([
      [10, 20],
      ["1 page of 3: reduced copies or masks of others"],
    ]);
    const many = await openStudy({ name: "a.tif", data: buildTiff(Array.from({ length: 43 }, (_, i) => page(i))) });
    expect([many.parts.length, many.leftOut.map(({ reason }) => reason)]).toEqual([
      40,
      ["3 pages of 43: more than 40, of which the first are read"],
    ]);
  });

  test("a tiled pyramid stays one slide", async () => {
    const flat = sharp({ create: { width: 600, height: 500, channels: 3, background: "red" } });
    const data = await flat.tiff({ tile: true, pyramid: true, compression: "deflate" }).toBuffer();
    const study = await openStudy(memorySource("slide.tif", data));
    expect(study.parts.map(({ kind }) => kind)).toEqual(["slide"]);
    await study.close();
  });
});

test("genotypes, reads and molecules are refused with the command that takes them, compressed or not", () => {
  const reasonOf = (content: Uint8Array | string) => {
    const kind = recognise(typeof content === "string" ? Buffer.from(content, "latin1") : content);
    return kind.kind === "other" ? kind.reason : kind.kind;
  };
  const vcf = "##fileformat=VCFv4.2\n#CHROM\tPOS\n";
  expect([reasonOf(vcf), reasonOf(gzipSync(vcf))].every((reason) => reason.includes("polyclinic prs score"))).toBe(
    true,
  );
  expect(reasonOf("\x6c\x1b\x01\xff\xff\xff\xff\xff")).toContain("prs score");
  expect(reasonOf("@HD\tVN:1.6\tSO:coordinate\n")).toContain("polyclinic pileup");
  expect(reasonOf(gzipSync(Buffer.from("BAM\x01\0\0\0\0", "latin1")))).toContain("polyclinic pileup");
  expect(reasonOf("aspirin\n  program\n\n 13 13  0  0  0  0            999 V2000\n")).toContain(
    "polyclinic tx predict",
  );
  // A note that mentions a version is text.
  expect(reasonOf("Seen today.\nWith V2000 scanner.\nNo change.\nPlan: none\n")).toBe("text");
});
