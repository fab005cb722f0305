/** Where a viewer gets a study from: the server, or in the tab alone the worker beside the page. */
import { get } from "../api/client.ts";
import type { StudyParts } from "../api/types.ts";
import { type FirstPicture, fetchFirst, fetchPixels, type PixelSlice } from "./pixels/fetch.ts";

export interface StudySource {
  /**
   * Address of the study on a server, which also draws thumbnails, slides, ECGs and timelines and reads laboratory values. Undefined in the tab
   * alone: parts without pixels are then named only.
   */
  readonly address?: string;
  parts(signal: AbortSignal): Promise<StudyParts>;
  /** What can be shown before all parts are known. */
  first(signal: AbortSignal): Promise<FirstPicture | undefined>;
  /** @param index slice of a volume or page of a document, from 0; 0 of an image. */
  pixels(part: number, index: number, signal: AbortSignal): Promise<PixelSlice>;
}

export function serverSource(study: string): StudySource {
  const address = `/api/studies/${study}`;
  return {
    address,
    parts: (signal) => get<StudyParts>(`${address}/parts`, signal),
    first: (signal) => fetchFirst(study, signal),
    pixels: (part, index, signal) => fetchPixels(`${address}/parts/${part}/pixels/${index}`, signal),
  };
}
