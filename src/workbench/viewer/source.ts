/** The source of a study for the viewer: the server, or the worker in the tab application. */
import { get } from "../api/client.ts";
import type { StudyParts } from "../api/types.ts";
import { type FirstPicture, fetchFirst, fetchPixels, type PixelSlice } from "./pixels/fetch.ts";

export interface StudySource {
  /**
   * URL of the study on a server, which also renders thumbnails, slides, ECGs and timelines and reads laboratory
   * values. Undefined in the tab application: parts without pixels are then only listed.
   */
  readonly address?: string;
  /** Another study of the same patient; absent in the tab application, which holds one study. */
  readonly other?: (study: string) => StudySource;
  parts(signal: AbortSignal): Promise<StudyParts>;
  /** An image that can be shown before all parts are known. */
  first(signal: AbortSignal): Promise<FirstPicture | undefined>;
  /** @param index slice of a volume or page of a document, 0-based; 0 for an image. */
  pixels(part: number, index: number, signal: AbortSignal, onProgress?: (share: number) => void): Promise<PixelSlice>;
  /** The same averaged over squares, where pixels come over a network. */
  averaged?(part: number, index: number, by: number, signal: AbortSignal): Promise<PixelSlice>;
  /** A very large image at one of its smaller sizes, or a tile of it: level n is averaged over squares of side 2^n. */
  level?(part: number, level: number, signal: AbortSignal, tile?: readonly [x: number, y: number]): Promise<PixelSlice>;
}

export function serverSource(study: string): StudySource {
  const address = `/api/studies/${study}`;
  return {
    address,
    other: serverSource,
    parts: (signal) => get<StudyParts>(`${address}/parts`, signal),
    first: (signal) => fetchFirst(study, signal),
    pixels: (part, index, signal, onProgress) =>
      fetchPixels(`${address}/parts/${part}/pixels/${index}`, signal, onProgress),
    averaged: async (part, index, by, signal) => ({
      ...(await fetchPixels(`${address}/parts/${part}/pixels/${index}?average=${by}`, signal)),
      averaged: by,
    }),
    level: async (part, level, signal, tile) => ({
      ...(await fetchPixels(`${address}/parts/${part}/levels/${[level, ...(tile ?? [])].join("/")}`, signal)),
      averaged: 2 ** level,
    }),
  };
}
