/**
 * Images kept compressed until they are read: a slide's 126 patches take 300 MB uncompressed, and a model encodes one at a time. Compression
 * is lossless: green, red minus green and blue minus green, each predicted from its neighbours (the median edge detector of JPEG-LS,
 * ITU T.87 A.4), with the residuals of a line in Golomb-Rice codes. Stained tissue takes about half its size. Pure arithmetic,
 * so it also works in a browser.
 */
import type { Image } from "./types.ts";

/** Smaller images are not compressed. */
const minPackedBytes = 1 << 20;
/** If the compressed size exceeds this fraction of the original, the image is kept uncompressed. */
const worthwhile = 0.85;
/** A unary code of this many zeros is followed by the residual as plain bits. */
const maxUnaryLength = 12;

/** Cache of the last unpacked image, so that reading `image.data` repeatedly returns the same array. */
let latest: { readonly owner: Image; readonly data: Uint8Array } | undefined;

/**
 * The same RGB image with compressed pixels; `data` decompresses them when read, and must not be written to. Keep a reference to its value
 * rather than reading it again. Small images, images with other channel counts and
 * images that compress poorly are returned unchanged.
 */
export function packed(image: Image): Image {
  if (image.channels !== 3 || image.data.length < minPackedBytes) return image;
  const { width, height } = image;
  const code = pack(image.data, width);
  if (code === undefined) return image;
  const small: Image = {
    kind: "image",
    width,
    height,
    channels: 3,
    get data() {
      if (latest?.owner !== small) latest = { owner: small, data: unpack(code, width, height) };
      return latest.data;
    },
  };
  return small;
}

/**
 * Predicts sample `i` from its left, upper and upper-left neighbours (median edge detector); lines have a margin of one
 * pixel.
 */
function predict(line: Uint8Array, above: Uint8Array, i: number): number {
  const a = line[i - 3];
  const b = above[i];
  const c = above[i - 3];
  if (a < b) return c >= b ? a : c <= a ? b : a + b - c;
  return c >= a ? b : c <= b ? a : a + b - c;
}

let room = new Uint8Array(0);

/** @param data `[height, width, 3]`. @returns undefined if the saving is too small. */
function pack(data: Uint8Array, width: number): Uint8Array | undefined {
  const most = Math.floor(data.length * worthwhile);
  // A line takes 20 bits per sample at most, and one byte per channel for its low bits.
  if (room.length < most + 9 * width + 8) room = new Uint8Array(most + 9 * width + 8);
  const out = room;
  let line = new Uint8Array(3 * (width + 1));
  let above = new Uint8Array(3 * (width + 1));
  const folded = new Uint8Array(3 * (width + 1));
  let [held, bits, at] = [0, 0, 0];
  for (let pixel = 0; pixel < data.length && at <= most; pixel += 3 * width) {
    const sums = [0, 0, 0];
    for (let i = 3, from = pixel; i < line.length; i += 3, from += 3) {
      const green = data[from + 1];
      line[i] = green;
      line[i + 1] = data[from] - green + 128;
      line[i + 2] = data[from + 2] - green + 128;
      for (let channel = 0; channel < 3; channel++) {
        const error = ((line[i + channel] - predict(line, above, i + channel)) << 24) >> 24;
        sums[channel] += folded[i + channel] = (error << 1) ^ (error >> 31);
      }
    }
    for (let channel = 0; channel < 3; channel++) {
      const low = lowBits(sums[channel], width);
      held = (held << 8) | low;
      bits += 8;
      for (let i = 3 + channel; i < folded.length; i += 3) {
        for (; bits >= 8; bits -= 8) out[at++] = held >> (bits - 8);
        const high = folded[i] >> low;
        if (high < maxUnaryLength) {
          held = (held << (high + 1 + low)) | (1 << low) | (folded[i] & ((1 << low) - 1));
          bits += high + 1 + low;
        } else {
          held = (held << (maxUnaryLength + 8)) | folded[i];
          bits += maxUnaryLength + 8;
        }
      }
      for (; bits >= 8; bits -= 8) out[at++] = held >> (bits - 8);
    }
    [line, above] = [above, line];
  }
  if (at > most) return undefined;
  out[at++] = held << (8 - bits);
  return out.slice(0, at);
}

/** Golomb-Rice parameter of a line: about the logarithm of the mean residual. */
function lowBits(sum: number, width: number): number {
  let bits = 0;
  while (width << bits < sum) bits++;
  return bits;
}

function unpack(code: Uint8Array, width: number, height: number): Uint8Array {
  const data = new Uint8Array(width * height * 3);
  let line = new Uint8Array(3 * (width + 1));
  let above = new Uint8Array(3 * (width + 1));
  const folded = new Uint8Array(3 * (width + 1));
  let [cache, valid, at] = [0, 0, 0];
  for (let pixel = 0; pixel < data.length; pixel += 3 * width) {
    for (let channel = 0; channel < 3; channel++) {
      for (; valid <= 24; valid += 8) cache |= code[at++] << (24 - valid);
      const low = cache >>> 24;
      cache <<= 8;
      valid -= 8;
      for (let i = 3 + channel; i < folded.length; i += 3) {
        for (; valid <= 24; valid += 8) cache |= code[at++] << (24 - valid);
        const zeros = Math.clz32(cache);
        const used = zeros < maxUnaryLength ? zeros + 1 + low : maxUnaryLength + 8;
        const lowMask = zeros < maxUnaryLength ? (1 << low) - 1 : 255;
        folded[i] = ((zeros < maxUnaryLength ? zeros : 0) << low) | ((cache >>> (32 - used)) & lowMask);
        cache <<= used;
        valid -= used;
      }
    }
    for (let i = 3, to = pixel; i < line.length; i += 3, to += 3) {
      for (let channel = i; channel < i + 3; channel++) {
        const error = (folded[channel] >> 1) ^ -(folded[channel] & 1);
        line[channel] = predict(line, above, channel) + error;
      }
      const green = line[i];
      data[to] = line[i + 1] + green - 128;
      data[to + 1] = green;
      data[to + 2] = line[i + 2] + green - 128;
    }
    [line, above] = [above, line];
  }
  return data;
}
