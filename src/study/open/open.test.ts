import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import sharp from "sharp";
import { afterEach, beforeEach, expect, test } from "vitest";
import yazl from "yazl";
import { openStudy, type Part } from "../index.ts";
import { isoTime } from "./dicom/facts.ts";
import { clinicalOrder } from "./order.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-study-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const png = (shade: number, width = 8) =>
  sharp({ create: { width, height: 6, channels: 3, background: { r: shade, g: shade, b: shade } } })
    .png()
    .toBuffer();

async function zip(entries: [name: string, bytes: Buffer, mode?: number][]): Promise<Buffer> {
  const file = new yazl.ZipFile();
  for (const [name, bytes, mode = 0o100644] of entries) file.addBuffer(bytes, name, { mode });
  file.end();
  const chunks: Buffer[] = [];
  for await (const chunk of file.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** A small CT slice, explicit VR little endian. */
function dicom(
  patient: string,
  instance: number,
  extra: [tag: number, vr: string, value: string][] = [],
  sopClass = "1.2.840.10008.5.1.4.1.1.2",
): Buffer {
  const element = (tag: number, vr: string, value: string | Buffer) => {
    const body =
      typeof value === "string" ? Buffer.from(value.length % 2 ? `${value}${vr === "UI" ? "\0" : " "}` : value) : value;
    const long = vr === "OW";
    const head = Buffer.alloc(long ? 12 : 8);
    head.writeUInt16LE(tag >>> 16, 0);
    head.writeUInt16LE(tag & 0xffff, 2);
    head.write(vr, 4);
    if (long) head.writeUInt32LE(body.length, 8);
    else head.writeUInt16LE(body.length, 6);
    return Buffer.concat([head, body]);
  };
  const us = (value: number) => {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16LE(value);
    return bytes;
  };
  const pixels = Buffer.alloc(4 * 4 * 2);
  for (let i = 0; i < 16; i++) pixels.writeInt16LE(i * 10 + instance, i * 2);
  const elements: [number, string, string | Buffer][] = [
    [0x00080016, "UI", sopClass],
    [0x00080018, "UI", `1.2.3.${patient.length}.${instance}`],
    [0x00080020, "DA", "20240131"],
    [0x00080060, "CS", "CT"],
    [0x00100020, "LO", patient],
    [0x0020000d, "UI", "1.2.3.1"],
    [0x0020000e, "UI", "1.2.3.2"],
    [0x00200013, "IS", String(instance)],
    [0x00200032, "DS", `0\\0\\${instance * 2}`],
    [0x00200037, "DS", "1\\0\\0\\0\\1\\0"],
    [0x00280002, "US", us(1)],
    [0x00280004, "CS", "MONOCHROME2"],
    [0x00280010, "US", us(4)],
    [0x00280011, "US", us(4)],
    [0x00280030, "DS", "1\\1"],
    [0x00280100, "US", us(16)],
    [0x00280101, "US", us(16)],
    [0x00280102, "US", us(15)],
    [0x00280103, "US", us(1)],
    [0x00281052, "DS", "-1024"],
    [0x00281053, "DS", "1"],
    [0x7fe00010, "OW", pixels],
  ];
  for (const own of extra) {
    const at = elements.findIndex(([tag]) => tag === own[0]);
    if (at < 0) elements.push(own);
    else elements[at] = own;
  }
  elements.sort(([a], [b]) => a - b);
  const meta = element(0x00020010, "UI", "1.2.840.10008.1.2.1");
  return Buffer.concat([Buffer.alloc(128), Buffer.from("DICM"), meta, ...elements.map((e) => element(...e))]);
}

test("files are recognised by content, whatever they are called, and what is left out has a reason", async () => {
  await writeFile(join(folder, "film.txt"), await png(100));
  await writeFile(join(folder, "notes.png"), "no picture at all");
  await writeFile(join(folder, "empty.dcm"), "");
  await writeFile(join(folder, "words.md"), "a note");
  const study = await openStudy(folder);
  expect(study.parts.map(({ label, kind }) => [label, kind])).toEqual([["film", "image"]]);
  expect(study.leftOut.map(({ reason }) => reason)).toEqual([
    expect.stringContaining("the file is empty"),
    "plain text, not an image: to read it, give it the extension .txt or .md and name the file itself",
    "plain text, not an image: to read it, name the file itself",
  ]);
});

test("a text file that is named is a text part; in another encoding, or blank, it is an error", async () => {
  const path = join(folder, "letter.md");
  await writeFile(path, "Größe: 3 mm\r\nsince May\n");
  await using study = await openStudy(path);
  expect(study.parts).toMatchObject([
    { kind: "text", label: "letter", modality: "DOC", text: "Größe: 3 mm\nsince May" },
  ]);
  expect(study.parts[0].origin.sha256).toMatch(/^[0-9a-f]{64}$/);
  await writeFile(path, Buffer.from("Gr\xf6\xdfe: 3 mm", "latin1"));
  await expect(openStudy(path)).rejects.toMatchObject({ code: "study/text-encoding", where: path });
  await writeFile(path, " \n");
  await expect(openStudy(path)).rejects.toMatchObject({ code: "study/empty-file" });
});

test("a file named alone that cannot be read throws its reader's own error", async () => {
  const broken = (await png(9, 400)).subarray(0, 60);
  for (const [name, bytes, code] of [
    ["broken.png", broken, "photo/damaged"],
    ["empty", Buffer.alloc(0), "study/empty-file"],
    ["short.nii", Buffer.concat([Buffer.from([92, 1, 0, 0]), Buffer.alloc(20)]), "nifti/truncated"],
  ] as const) {
    await writeFile(join(folder, name), bytes);
    await expect(openStudy(join(folder, name))).rejects.toMatchObject({ code });
  }
  await expect(openStudy(join(folder, "missing"))).rejects.toMatchObject({ code: "file/unreadable" });
});

test("undated pictures keep the order they were named in; dated parts go by time", async () => {
  await writeFile(join(folder, "b.png"), await png(1));
  await writeFile(join(folder, "a.png"), await png(2));
  const study = await openStudy([join(folder, "b.png"), join(folder, "a.png")]);
  expect(study.parts.map(({ label }) => label)).toEqual(["b", "a"]);
  const part = (label: string, acquiredAt?: string) => ({ label, acquiredAt }) as Part;
  const parts = [part("current", "2024-05-01"), part("beside it"), part("prior", "2023-01-01T10:00:00")];
  expect(clinicalOrder(parts).map(({ label }) => label)).toEqual(["prior", "current", "beside it"]);
});

test("zip archives are read in place; links, system files and nested archives are left out with reasons", async () => {
  const inner = await zip([["deep.png", await png(3)]]);
  const bytes = await zip([
    ["study/10.png", await png(1)],
    ["study/9.png", await png(2)],
    ["link.png", Buffer.from("/etc/passwd"), 0o120777],
    ["__MACOSX/._9.png", Buffer.from("x")],
    ["inner.zip", inner],
  ]);
  await writeFile(join(folder, "study.zip"), bytes);
  const study = await openStudy(join(folder, "study.zip"));
  expect(study.parts.map(({ label }) => label)).toEqual(["9", "10"]);
  expect(study.leftOut.map(({ reason }) => reason).sort()).toEqual([
    "a file of the operating system",
    "a symbolic link inside an archive is not followed",
    "an archive inside an archive is not opened: extract the outer one first",
  ]);
});

test("archives that lead out of themselves, swell, hold too much or are cut short are refused by name", async () => {
  const path = join(folder, "bad.zip");
  const refused = async (bytes: Buffer, options = {}) => {
    await writeFile(path, bytes);
    return openStudy(path, options).then(
      () => "read",
      (error) => error.code,
    );
  };
  const harmless = await zip([["aa/evil.png", await png(1)]]);
  const escaping = Buffer.from(harmless.toString("latin1").replaceAll("aa/evil.png", "../evil.png"), "latin1");
  expect(await refused(escaping)).toBe("archive/escaping-path");
  const bomb = await zip([["zeros", Buffer.alloc(1 << 22)]]);
  expect(await refused(bomb, { limits: { maxRatio: 100 } })).toBe("limit/ratio");
  expect(await refused(bomb, { limits: { maxBytes: 1 << 20, maxRatio: 1e6 } })).toBe("limit/bytes");
  const many = await zip(Array.from({ length: 20 }, (_, i) => [`${i}.txt`, Buffer.from("x")]));
  expect(await refused(many, { limits: { maxEntries: 10 } })).toBe("limit/entries");
  expect(await refused(many.subarray(0, many.length - 30))).toBe("archive/damaged");
});

test("a loop of links is walked once and told", async () => {
  await mkdir(join(folder, "inside"));
  await writeFile(join(folder, "inside", "film.png"), await png(5));
  await symlink(folder, join(folder, "inside", "loop"));
  await symlink(join(folder, "inside", "film.png"), join(folder, "zz-again.png"));
  await symlink(join(folder, "nowhere"), join(folder, "zz-dangling"));
  const study = await openStudy(folder);
  expect(study.parts).toHaveLength(1);
  expect(study.warnings.map(({ code }) => code)).toEqual(["study/folder-again"]);
  expect(study.leftOut.map(({ reason }) => reason)).toEqual([
    "the same file is named or linked twice",
    expect.stringContaining("no such file"),
  ]);
});

test("a DICOM series becomes one volume in HU with what an export repeats", async () => {
  for (const instance of [3, 1, 2]) await writeFile(join(folder, `${instance}`), dicom("P1", instance));
  const [part] = (await openStudy(folder)).parts;
  if (part.kind !== "volume") throw new Error("not a volume");
  expect(part.volume).toMatchObject({ shape: [3, 4, 4], unit: "HU" });
  expect([part.volume.data[0], part.volume.data[16]]).toEqual([-1023, -1022]);
  expect(part).toMatchObject({ modality: "CT", acquiredAt: "2024-01-31" });
  expect(part.origin.dicom?.instances.map(({ sopInstanceUID }) => sopInstanceUID.at(-1))).toEqual(["1", "2", "3"]);
  expect(part.origin.dicom?.attributes).toMatchObject({ PatientID: "P1", StudyDate: "20240131" });
});

test("several patients are refused unless asked for, and localizers stand aside", async () => {
  await writeFile(join(folder, "a"), dicom("P1", 1));
  await writeFile(join(folder, "b"), dicom("P02", 2));
  await expect(openStudy(folder)).rejects.toMatchObject({ code: "study/mixed-patients" });
  expect((await openStudy(folder, { mixedPatients: true })).parts.length).toBeGreaterThan(0);
  const issued = (by: string): Parameters<typeof dicom>[2] => [[0x00100021, "LO", by]];
  await writeFile(join(folder, "a"), dicom("P1", 1, issued("North")));
  await writeFile(join(folder, "b"), dicom("P1", 2, issued("South")));
  await expect(openStudy(folder)).rejects.toMatchObject({
    code: "study/mixed-patients",
    found: expect.stringContaining("P1^^^North"),
  });
  expect((await openStudy(folder, { patient: "P1^^^South" })).leftOut.map(({ file }) => file)).toEqual([
    join(folder, "a"),
  ]);
  await expect(openStudy(folder, { patient: "P1" })).rejects.toMatchObject({ code: "study/no-patient" });
  const called = (name: string): Parameters<typeof dicom>[2] => [[0x00100010, "PN", name]];
  await writeFile(join(folder, "a"), dicom("", 1, called("DOE^JANE")));
  await writeFile(join(folder, "b"), dicom("", 2, called("ROE^JANE")));
  await expect(openStudy(folder)).rejects.toMatchObject({
    code: "study/mixed-patients",
    found: expect.stringMatching(/DOE.*ROE/),
  });
  await writeFile(join(folder, "a"), dicom("P1", 1));
  await writeFile(join(folder, "b"), dicom("P1", 2, [[0x00080008, "CS", "ORIGINAL\\PRIMARY\\LOCALIZER"]]));
  const study = await openStudy(folder);
  expect(study.parts).toHaveLength(1);
  expect(study.leftOut.map(({ reason }) => reason)).toEqual(["a localizer, not part of the acquisition"]);
});

test("bytes and streams are read as files are, archives too, within the limits", async () => {
  const slices = [3, 1, 2].map((instance) => ({ name: `upload ${instance}`, data: dicom("P1", instance) }));
  const [part] = (await openStudy(slices)).parts;
  expect(part).toMatchObject({
    kind: "volume",
    modality: "CT",
    origin: { files: ["upload 1", "upload 2", "upload 3"] },
  });
  await writeFile(join(folder, "1"), dicom("P1", 1));
  const [fromDisk] = (await openStudy(join(folder, "1"))).parts;
  const pieces = () => new Blob([new Uint8Array(dicom("P1", 1))]).stream() as unknown as AsyncIterable<Uint8Array>;
  const [streamed] = (await openStudy({ name: "piece by piece", data: pieces() })).parts;
  expect(streamed.origin.sha256).toBe(fromDisk.origin.sha256);
  const archive = { name: "sent.zip", data: Readable.from([await zip([["film.png", await png(1)]])]) };
  expect((await openStudy(archive)).parts[0].origin.files).toEqual(["sent.zip/film.png"]);
  await expect(openStudy({ name: "endless", data: pieces() }, { limits: { maxBytes: 200 } })).rejects.toMatchObject({
    code: "limit/bytes",
    where: "endless",
  });
  const broken = Readable.from(
    (async function* () {
      yield Buffer.from("DICM");
      throw new Error("connection lost");
    })(),
  );
  await expect(openStudy({ name: "broken", data: broken })).rejects.toMatchObject({
    code: "file/unreadable",
    found: "connection lost",
  });
  await expect(openStudy([{ name: "no data" } as never])).rejects.toMatchObject({ code: "study/paths" });
});

test("a slide inside an archive is read where it lies, a broken one is left out by name", async () => {
  const noise = { create: { width: 600, height: 500, channels: 3 as const, background: "red" } };
  const tiled = await sharp(noise)
    .tiff({ tile: true, pyramid: true, compression: "deflate", bigtiff: true })
    .toBuffer();
  const study = await openStudy({
    name: "sent.zip",
    data: await zip([
      ["broken.svs", tiled.subarray(0, 40)],
      ["film.png", await png(1)],
      ["slide.svs", tiled],
    ]),
  });
  expect(study.parts.map(({ kind }) => kind)).toEqual(["image", "slide"]);
  const [, part] = study.parts;
  const region = part.kind === "slide" ? await part.slide.readRegion(0, 599, 499, 1, 1) : undefined;
  expect([...(region?.data ?? [])]).toEqual([255, 0, 0]);
  expect(study.leftOut).toEqual([
    { file: "sent.zip/broken.svs", reason: expect.stringContaining("ends before the data it declares") },
  ]);
  await study.close();
});

test("a DICOM slide inside an archive is opened by the slide reader", async () => {
  const bytes = await zip([["slide.dcm", dicom("P1", 1, [], "1.2.840.10008.5.1.4.1.1.77.1.6")]]);
  await expect(openStudy({ name: "sent.zip", data: bytes })).rejects.toMatchObject({
    code: "slide/damaged",
    where: "sent.zip/slide.dcm: TotalPixelMatrixColumns, TotalPixelMatrixRows",
  });
});

test("more frames or slices than the limit are refused", async () => {
  const data = dicom("P1", 1, [[0x00280008, "IS", "9"]]);
  await expect(openStudy({ name: "cine", data }, { limits: { maxFrames: 8 } })).rejects.toMatchObject({
    code: "dicom/bomb",
    where: "cine",
  });
  const nifti = Buffer.alloc(352 + 2 * 2 * 9);
  nifti.writeInt32LE(348, 0);
  for (const [i, dim] of [3, 2, 2, 9, 1, 1, 1, 1].entries()) nifti.writeInt16LE(dim, 40 + 2 * i);
  nifti.writeInt16LE(2, 70);
  nifti.writeInt16LE(8, 72);
  for (let i = 0; i < 4; i++) nifti.writeFloatLE(1, 76 + 4 * i);
  nifti.writeFloatLE(352, 108);
  nifti.write("n+1\0", 344);
  const volume = { name: "volume", data: nifti };
  await expect(openStudy(volume, { limits: { maxFrames: 8 } })).rejects.toMatchObject({ code: "limit/frames" });
  expect((await openStudy(volume, { limits: { maxFrames: 9 } })).parts).toHaveLength(1);
});

test("a dose is left out, and a volume without a recipe is said to be laid out as MR", async () => {
  const dose = dicom("P1", 1, [], "1.2.840.10008.5.1.4.1.1.481.2");
  const study = await openStudy([
    { name: "ct", data: dicom("P1", 2) },
    { name: "dose", data: dose },
  ]);
  expect(study.parts.map(({ origin }) => origin.files)).toEqual([["ct"]]);
  expect(study.leftOut).toEqual([{ file: "dose", reason: expect.stringContaining("radiotherapy dose") }]);
  const pet = dicom("P1", 1, [[0x00080060, "CS", "PT"]]);
  expect((await openStudy({ name: "pet", data: pet })).parts[0].warnings).toMatchObject([{ code: "study/no-recipe" }]);
});

test("an abort stops the reading", async () => {
  await writeFile(join(folder, "a.png"), await png(1));
  await expect(openStudy(folder, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "abort/aborted" });
});

test("a picture's TIFF is a picture, a tiled one a slide that is closed with its study", async () => {
  const noise = { create: { width: 600, height: 500, channels: 3 as const, background: "white" } };
  await sharp(noise).tiff({ compression: "lzw" }).toFile(join(folder, "plain.tif"));
  await sharp(noise).tiff({ tile: true, pyramid: true, compression: "deflate" }).toFile(join(folder, "tiled.tif"));
  const study = await openStudy(folder);
  expect(study.parts.map(({ kind, label }) => `${label} ${kind}`)).toEqual(["plain image", "tiled slide"]);
  await study.close();
  const slide = study.parts[1];
  if (slide.kind !== "slide") throw new Error("not a slide");
  await expect(slide.slide.readRegion(0, 0, 0, 10, 10)).rejects.toMatchObject({ code: "slide/closed" });
});

test("DICOM dates and times become ISO 8601, old spellings too", () => {
  expect(isoTime("20240131", "235959.123")).toBe("2024-01-31T23:59:59");
  expect(isoTime("2024.01.31", "")).toBe("2024-01-31");
  expect(isoTime("", "120000")).toBeUndefined();
  expect(isoTime("19930000", "10")).toBeUndefined();
});
