/** Windows a reader chooses by a digit. Those of CT are OHIF's, in Hounsfield units. */

import type { PartManifest } from "../api/types.ts";
import type { PixelSlice } from "./pixels/fetch.ts";

export interface ViewWindow {
  readonly center: number;
  readonly width: number;
}

export interface Preset extends ViewWindow {
  readonly name: string;
  readonly key: string;
}

export const ctPresets: readonly Preset[] = [
  { key: "1", name: "Soft tissue", center: 40, width: 400 },
  { key: "2", name: "Lung", center: -600, width: 1500 },
  { key: "3", name: "Liver", center: 90, width: 150 },
  { key: "4", name: "Bone", center: 480, width: 2500 },
  { key: "5", name: "Brain", center: 40, width: 80 },
];

export const levelsOf = ({ center, width }: ViewWindow) => ({ low: center - width / 2, high: center + width / 2 });
export const windowOf = (low: number, high: number): ViewWindow => ({ center: (low + high) / 2, width: high - low });

/** What a part is shown with first: an image's own range, as `inspect` shows it; the header's window; or what the values span. */
export function firstWindow(manifest: PartManifest, slice: PixelSlice): ViewWindow {
  if (slice.range !== undefined) return windowOf(...slice.range);
  const [stated] = manifest.windows ?? [];
  if (stated !== undefined) return stated;
  if (manifest.volume?.unit === "HU") return ctPresets[0];
  return spanOf(slice);
}

/** From the darkest to all but the brightest half percent: one bright vessel does not darken a head. */
export function spanOf({ data }: PixelSlice): ViewWindow {
  const step = Math.max(1, Math.floor(data.length / 20_000));
  const sample: number[] = [];
  for (let i = 0; i < data.length; i += step) if (Number.isFinite(data[i])) sample.push(data[i]);
  sample.sort((a, b) => a - b);
  const low = sample[0] ?? 0;
  const high = sample[Math.floor(sample.length * 0.995)] ?? 1;
  return windowOf(low, Math.max(high, low + 1e-6));
}
