/** Small whole files of every format that is read, from the repository's fixtures and samples or made here. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import sharp from "sharp";
import yazl from "yazl";
import { answerSeeds } from "./readers/answers.ts";
import { modelSeeds } from "./readers/models.ts";
import { recordSeeds } from "./readers/records.ts";
import { tableSeeds } from "./readers/tables.ts";
import { root, type Seed, textBytes } from "./seed.ts";

/** Of everything that is read, in a fixed order: the same number always means the same file. */
export async function seeds(): Promise<Seed[]> {
  return [...(await files()), ...recordSeeds(), ...tableSeeds(), ...(await answerSeeds()), ...modelSeeds()];
}

/** Files that are opened as studies. */
export async function files(): Promise<Seed[]> {
  const found: Seed[] = [];
  for (const folder of ["src/imaging/dicom/fixtures", "src/imaging/page/fixtures", "samples"]) {
    const names = readdirSync(join(root, folder), { recursive: true }) as string[];
    for (const name of names.sort()) {
      const path = join(root, folder, name);
      if (!/\.(dcm|svs|pdf|gz)$/.test(name) || statSync(path).size > 1_500_000) continue;
      found.push({ name: join(folder, name), bytes: readFileSync(path) });
    }
  }
  const film = sharp(join(root, "samples/chest-xray.jpg")).resize(96, 80);
  const volume = nifti();
  const header = volume.slice(0, 348);
  header.set(textBytes("ni1"), 344);
  const pair: Readonly<Record<string, Uint8Array>> = { "pair.hdr": header, "pair.img": volume.slice(352) };
  found.push(
    { name: "film.jpg", bytes: await film.clone().jpeg().toBuffer() },
    { name: "progressive.jpg", bytes: await film.clone().jpeg({ progressive: true }).toBuffer() },
    { name: "film.png", bytes: await film.clone().png().toBuffer() },
    { name: "deep.png", bytes: await film.clone().toColourspace("rgb16").png().toBuffer() },
    { name: "film.webp", bytes: await film.clone().webp().toBuffer() },
    { name: "film.gif", bytes: await film.clone().gif().toBuffer() },
    { name: "film.avif", bytes: await film.clone().avif({ effort: 0 }).toBuffer() },
    { name: "cmyk.jpg", bytes: await film.clone().toColourspace("cmyk").jpeg().toBuffer() },
    { name: "film.tif", bytes: await film.clone().tiff({ compression: "lzw" }).toBuffer() },
    {
      name: "pyramid.tif",
      bytes: await film
        .clone()
        .resize(600, 500)
        .tiff({
          tile: true,
          pyramid: true,
          compression: "jpeg",
          tileWidth: 128,
          tileHeight: 128,
          xres: 1000,
          yres: 1000,
        })
        .toBuffer(),
    },
    {
      name: "deflated.tif",
      bytes: await film.clone().resize(300, 260).tiff({ tile: true, compression: "deflate", bigtiff: true }).toBuffer(),
    },
    { name: "volume.nii", bytes: volume },
    { name: "volume.nii.gz", bytes: gzipSync(volume) },
    ...Object.keys(pair).map((file) => ({ name: file, file, bytes: pair[file], beside: pair })),
    {
      name: "study.zip",
      bytes: await zipOf([
        ["volume.nii", volume],
        ["film.jpg", await film.clone().jpeg().toBuffer()],
      ]),
    },
    { name: "hl7.xml", bytes: readFileSync(join(root, "src/signals/fixtures/hl7.xml")) },
  );
  // Buffers share their memory when sliced; plain arrays are copied, and a seed must never change.
  return found.map((seed) => ({ ...seed, bytes: Uint8Array.from(seed.bytes) }));
}

function nifti(): Uint8Array {
  const bytes = new Uint8Array(352 + 6 * 7 * 8 * 2);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, 348, true);
  [3, 6, 7, 8, 1, 1, 1, 1].forEach((n, i) => {
    view.setInt16(40 + 2 * i, n, true);
  });
  view.setInt16(70, 4, true);
  [1, 1, 1, 1].forEach((n, i) => {
    view.setFloat32(76 + 4 * i, n, true);
  });
  view.setFloat32(108, 352, true);
  view.setInt16(254, 1, true);
  [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0].forEach((n, i) => {
    view.setFloat32(280 + 4 * i, n, true);
  });
  bytes.set(Buffer.from("n+1\0"), 344);
  for (let i = 352; i < bytes.length; i++) bytes[i] = (i * 37) & 255;
  return bytes;
}

async function zipOf(entries: readonly [string, Uint8Array][]): Promise<Uint8Array> {
  const zip = new yazl.ZipFile();
  for (const [name, bytes] of entries)
    zip.addBuffer(Buffer.from(bytes), name, { mtime: new Date("2024-01-01T00:00:00Z") });
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
