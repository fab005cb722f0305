/** WADO-RS (PS3.18 10.4): unmodified files, metadata, frames, and rendered images. */
import { randomUUID } from "node:crypto";
import sharp from "sharp";
import { locateFrames, readFrameBytes, renderFrame, slicesOf } from "../../imaging/dicom/index.ts";
import { HttpError } from "../http-error.ts";
import type { Store } from "../store/index.ts";
import { type JsonDataSet, jsonOf } from "./json-model.ts";
import { type OutgoingPart, writeParts } from "./multipart.ts";
import { readInstance } from "./register.ts";

export interface Place {
  readonly study: string;
  readonly series?: string;
  readonly instance?: string;
}

interface Found {
  readonly uid: string;
  readonly series: string;
  readonly sha256: string;
}

/** @throws HttpError 404 `server/not-found`. */
export async function instancesAt({ database }: Store, { study, series, instance }: Place): Promise<Found[]> {
  const { rows } = await database.query<Found>(
    `select instance.uid, instance.series_uid as series, instance.sha256 from instance join study on study.id = instance.study
      where study.uid = $1 and ($2::text is null or series_uid = $2) and ($3::text is null or instance.uid = $3)
      order by series_number nulls last, series_uid, instance_number nulls last, instance.uid`,
    [study, series ?? null, instance ?? null],
  );
  if (rows.length > 0) return [...rows];
  throw new HttpError(404, "server/not-found", "the instances are not on this server", {
    where: [study, series, instance].filter(Boolean).join("/"),
  });
}

/** Unmodified files as multipart. */
export async function retrieve(store: Store, place: Place): Promise<Response> {
  const found = await instancesAt(store, place);
  return multipart(
    "application/dicom",
    found.map(({ sha256 }) => ({ contentType: "application/dicom", body: store.files.read(sha256) })),
  );
}

/** @param address returns the URL of an instance, from which the URL of its pixel data is made. */
export async function metadata(store: Store, place: Place, address: (found: Found) => string): Promise<JsonDataSet[]> {
  const found = await instancesAt(store, place);
  const all: JsonDataSet[] = [];
  for (const one of found) {
    const { file } = await readInstance(store.files.path(one.sha256));
    all.push(jsonOf(file.dataset, () => `${address(one)}/frames/1`));
  }
  return all;
}

/** @param numbers frame numbers, from 1. @throws HttpError 400 for a frame that does not exist. */
export async function frames(store: Store, place: Place, numbers: readonly number[]): Promise<Response> {
  const [found] = await instancesAt(store, place);
  const { file, source } = await readInstance(store.files.path(found.sha256));
  const located = await locateFrames(file, source);
  requireFrames(numbers, located.ranges.length);
  const type = located.encapsulated
    ? `${encapsulatedTypes[file.transferSyntax.uid] ?? "application/octet-stream"}; transfer-syntax=${file.transferSyntax.uid}`
    : "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1";
  const parts: OutgoingPart[] = [];
  for (const number of numbers) parts.push({ contentType: type, body: await readFrameBytes(located, number - 1) });
  return multipart(type.split(";")[0], parts);
}

/** An image rendered for display, as PNG or JPEG. */
export async function rendered(store: Store, place: Place, number: number): Promise<Response> {
  const [found] = await instancesAt(store, place);
  const slices = slicesOf(await readInstance(store.files.path(found.sha256)));
  requireFrames([number], slices.length);
  const { image } = await renderFrame(slices[number - 1]);
  const { width, height, channels, data } = image;
  const png = await sharp(data, { raw: { width, height, channels } }).png({ compressionLevel: 3 }).toBuffer();
  return new Response(new Uint8Array(png), { headers: { "Content-Type": "image/png" } });
}

function requireFrames(numbers: readonly number[], count: number): void {
  const wrong = numbers.filter((number) => !Number.isInteger(number) || number < 1 || number > count);
  if (wrong.length > 0 || numbers.length === 0)
    throw new HttpError(400, "server/frame", "the frame number is out of range", {
      where: "frames",
      expected: `1 to ${count}`,
      found: wrong.join(", "),
    });
}

/** Media types of PS3.18 table 8.7.3-2, by transfer syntax. */
const encapsulatedTypes: Readonly<Record<string, string>> = {
  "1.2.840.10008.1.2.4.50": "image/jpeg",
  "1.2.840.10008.1.2.4.51": "image/jpeg",
  "1.2.840.10008.1.2.4.57": "image/jpeg",
  "1.2.840.10008.1.2.4.70": "image/jpeg",
  "1.2.840.10008.1.2.4.80": "image/jls",
  "1.2.840.10008.1.2.4.81": "image/jls",
  "1.2.840.10008.1.2.4.90": "image/jp2",
  "1.2.840.10008.1.2.4.91": "image/jp2",
  "1.2.840.10008.1.2.4.201": "image/jphc",
  "1.2.840.10008.1.2.4.202": "image/jphc",
  "1.2.840.10008.1.2.4.203": "image/jphc",
  "1.2.840.10008.1.2.5": "image/dicom-rle",
};

function multipart(type: string, parts: Iterable<OutgoingPart>): Response {
  const boundary = randomUUID();
  return new Response(ReadableStream.from(writeParts(parts, boundary)) as ReadableStream, {
    headers: { "Content-Type": `multipart/related; type="${type}"; boundary=${boundary}` },
  });
}
