/**
 * Pictures kept small until they are looked at: a slide's 126 patches are 300 MB of bytes, and a model encodes one at a time. The pixels are
 * stored without loss: green, red less green and blue less green, each predicted from its neighbours (the median edge detector of JPEG-LS,
 * ITU T.87 A.4), the errors in adaptive Golomb-Rice codes. Stained tissue takes about half its bytes; nothing but arithmetic is
 * needed, so that it works in a browser too.
 */
import type { Image } from "./types.ts";

/** Smaller pictures are not worth the time. */
const leastBytes = 1 << 20;
/** Packed to more than this share of its bytes, a picture is not worth unpacking again. */
const worthwhile = 0.85;
/** A unary part of this many zeros announces an error written as it is. */
const longestUnary = 12;
/** Errors that decide how the next is written. */
const memory = 32;

/** The picture unpacked last: who reads `image.data` pixel by pixel gets the same bytes each time. */
let latest: { readonly owner: Image; readonly data: Uint8Array } | undefined;

/**
 * The same RGB image with its bytes packed; `data` unpacks them when it is read, and must not be written to. Hold on to what it gives
 * rather than reading it again. Small images, those of other channels and
 * those that do not pack well come back as they are.
 */
export function packed(image: Image): Image {
  if (image.channels !== 3 || image.data.length < leastBytes) return image;
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

/** How large a channel's errors have been lately, and so how many low bits of the next stand outside its unary part. */
class Errors {
  private readonly sum = Int32Array.of(8, 8, 8);
  private readonly count = Int32Array.of(1, 1, 1);

  lowBits(channel: number): number {
    let bits = 0;
    while (this.count[channel] << bits < this.sum[channel]) bits++;
    return bits;
  }

  add(channel: number, size: number): void {
    this.sum[channel] += size;
    if (++this.count[channel] < memory) return;
    this.sum[channel] >>= 1;
    this.count[channel] >>= 1;
  }
}

/** The neighbours left, above and above left of the sample at `i` in lines with one pixel of margin: their median edge. */
function predict(line: Uint8Array, above: Uint8Array, i: number): number {
  const a = line[i - 3];
  const b = above[i];
  const c = above[i - 3];
  if (a < b) return c >= b ? a : c <= a ? b : a + b - c;
  return c >= a ? b : c <= b ? a : a + b - c;
}

let room = new Uint8Array(0);

/** @param data `[height, width, 3]`. @returns undefined when it saves too little. */
function pack(data: Uint8Array, width: number): Uint8Array | undefined {
  const most = Math.floor(data.length * worthwhile);
  if (room.length < most + 4) room = new Uint8Array(most + 4);
  const out = room;
  const errors = new Errors();
  let line = new Uint8Array(3 * (width + 1));
  let above = new Uint8Array(3 * (width + 1));
  let [held, bits, at] = [0, 0, 0];
  for (let pixel = 0; pixel < data.length; pixel += 3 * width) {
    for (let i = 3, from = pixel; i < line.length; i += 3, from += 3) {
      const green = data[from + 1];
      line[i] = green;
      line[i + 1] = data[from] - green + 128;
      line[i + 2] = data[from + 2] - green + 128;
      for (let channel = 0; channel < 3; channel++) {
        const error = ((line[i + channel] - predict(line, above, i + channel)) << 24) >> 24;
        const folded = (error << 1) ^ (error >> 31);
        const low = errors.lowBits(channel);
        const high = folded >> low;
        if (high < longestUnary) {
          held = (held << (high + 1 + low)) | (1 << low) | (folded & ((1 << low) - 1));
          bits += high + 1 + low;
        } else {
          held = (held << (longestUnary + 8)) | folded;
          bits += longestUnary + 8;
        }
        for (; bits >= 8; bits -= 8) out[at++] = held >> (bits - 8);
        errors.add(channel, folded);
      }
      if (at > most - 16) return undefined;
    }
    [line, above] = [above, line];
  }
  out[at++] = held << (8 - bits);
  return out.slice(0, at);
}

function unpack(code: Uint8Array, width: number, height: number): Uint8Array {
  const data = new Uint8Array(width * height * 3);
  const errors = new Errors();
  let line = new Uint8Array(3 * (width + 1));
  let above = new Uint8Array(3 * (width + 1));
  let [cache, valid, at] = [0, 0, 0];
  for (let pixel = 0; pixel < data.length; pixel += 3 * width) {
    for (let i = 3, to = pixel; i < line.length; i += 3, to += 3) {
      for (let channel = 0; channel < 3; channel++) {
        for (; valid <= 24; valid += 8) cache |= code[at++] << (24 - valid);
        const low = errors.lowBits(channel);
        const zeros = Math.clz32(cache);
        let folded: number;
        let used: number;
        if (zeros < longestUnary) {
          used = zeros + 1 + low;
          folded = (zeros << low) | ((cache >>> (32 - used)) & ((1 << low) - 1));
        } else {
          used = longestUnary + 8;
          folded = (cache >>> (32 - used)) & 255;
        }
        cache <<= used;
        valid -= used;
        line[i + channel] = predict(line, above, i + channel) + ((folded >> 1) ^ -(folded & 1));
        errors.add(channel, folded);
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
