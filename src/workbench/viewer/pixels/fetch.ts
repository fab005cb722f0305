/** Fetches pixels: raw values, with their shape in the response headers. */
import { respond } from "../../api/client.ts";

export interface PixelSlice {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  /** `[y, x, channel]`. */
  readonly data: Uint8Array | Int16Array | Float32Array;
  /** Values displayed as black and white by default; absent for slices of volumes. */
  readonly range?: readonly [low: number, high: number];
  /** Low values are displayed white (MONOCHROME1). */
  readonly inverted: boolean;
  /** Pixels of the part's image along each side of one pixel, in a small image that is shown until the whole one is here. */
  readonly averaged?: number;
  /** The image at half size, quarter size and so on; made when it is displayed reduced. */
  readonly smaller?: PixelSlice[];
}

export interface FirstPicture {
  readonly pixels: PixelSlice;
  readonly modality: string;
  readonly window?: readonly [center: number, width: number];
  readonly spacing: readonly [row: number, column: number];
}

const arrays = { u8: Uint8Array, i16: Int16Array, f32: Float32Array } as const;

/** @param onProgress called with the share that has arrived, 0 to 1. @throws ApiError */
export async function fetchPixels(
  path: string,
  signal?: AbortSignal,
  onProgress?: (share: number) => void,
): Promise<PixelSlice> {
  return pixelsOf(await respond(path, signal ? { signal } : {}), onProgress);
}

async function pixelsOf(response: Response, onProgress?: (share: number) => void): Promise<PixelSlice> {
  const [type, width, height, channels] = (response.headers.get("x-pixels") ?? "").split(" ");
  const total =
    Number(width) * Number(height) * Number(channels) * (arrays[type as keyof typeof arrays]?.BYTES_PER_ELEMENT ?? 1);
  const bytes =
    onProgress && response.body ? await arriving(response.body, total, onProgress) : await response.arrayBuffer();
  const range = response.headers.get("x-pixel-range")?.split(" ").map(Number);
  return {
    width: Number(width),
    height: Number(height),
    channels: Number(channels) as 1 | 3 | 4,
    data: new arrays[type as keyof typeof arrays](bytes),
    inverted: response.headers.get("x-pixel-inverted") === "1",
    ...(range && { range: [range[0], range[1]] as const }),
    smaller: [],
  };
}

/** A body of a known size, into one buffer. @throws TypeError if it ends early. */
async function arriving(
  body: ReadableStream<Uint8Array>,
  total: number,
  onProgress: (share: number) => void,
): Promise<ArrayBuffer> {
  const all = new Uint8Array(total);
  const reader = body.getReader();
  let at = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    all.set(value, at);
    at += value.length;
    onProgress(at / total);
  }
  if (at !== total) throw new TypeError("The image did not arrive whole.");
  return all.buffer;
}

/** An image that can be shown before the parts of the study are known. */
export async function fetchFirst(study: string, signal?: AbortSignal): Promise<FirstPicture | undefined> {
  const response = await respond(`/api/studies/${study}/first`, signal ? { signal } : {});
  if (response.status === 204) return undefined;
  const window = response.headers.get("x-pixel-window")?.split(" ").map(Number);
  const [row, column] = (response.headers.get("x-pixel-spacing") ?? "1 1").split(" ").map(Number);
  return {
    pixels: await pixelsOf(response),
    modality: response.headers.get("x-pixel-modality") ?? "",
    spacing: [row, column],
    ...(window && { window: [window[0], window[1]] as const }),
  };
}
