/**
 * Pictures kept small until they are looked at: a slide's 126 patches are 300 MB of bytes, and a model encodes one at a time. The pixels
 * are stored without loss, as the QOI format does it (qoiformat.org: runs, recent colours, small differences), which costs a few
 * milliseconds a patch and needs nothing but arithmetic, so that it works in a browser too.
 */
import type { Image } from "./types.ts";

const tags = { index: 0x00, difference: 0x40, luma: 0x80, run: 0xc0, plain: 0xfe } as const;
const longestRun = 62;
/** Packed to more than this share of its bytes, a picture is not worth unpacking again. */
const worthwhile = 0.85;

/** The picture unpacked last: who reads `image.data` pixel by pixel gets the same bytes each time. */
let latest: { readonly owner: Image; readonly data: Uint8Array } | undefined;

/**
 * The same RGB image with its bytes packed; `data` unpacks them when it is read, and must not be written to. Hold on to what it gives
 * rather than reading it again. Images of other channels, and those that do not pack well, come back as they are.
 */
export function packed(image: Image): Image {
  if (image.channels !== 3) return image;
  const { width, height } = image;
  const code = pack(image.data);
  if (code === undefined) return image;
  const small: Image = {
    kind: "image",
    width,
    height,
    channels: 3,
    get data() {
      if (latest?.owner !== small) latest = { owner: small, data: unpack(code, width * height * 3) };
      return latest.data;
    },
  };
  return small;
}

let room = new Uint8Array(0);

/** @param data RGB bytes. @returns undefined when it saves too little. */
function pack(data: Uint8Array): Uint8Array | undefined {
  const most = Math.floor(data.length * worthwhile);
  if (room.length < most + 8) room = new Uint8Array(most + 8);
  const out = room;
  const recent = new Int32Array(64).fill(-1);
  let [r, g, b, run, at] = [0, 0, 0, 0, 0];
  for (let i = 0; i < data.length; i += 3) {
    if (at > most) return undefined;
    const [red, green, blue] = [data[i], data[i + 1], data[i + 2]];
    if (red === r && green === g && blue === b) {
      run++;
      if (run < longestRun && i + 3 < data.length) continue;
      out[at++] = tags.run | (run - 1);
      run = 0;
      continue;
    }
    if (run > 0) {
      out[at++] = tags.run | (run - 1);
      run = 0;
    }
    const colour = (red << 16) | (green << 8) | blue;
    const place = placeOf(red, green, blue);
    const dr = ((red - r) << 24) >> 24;
    const dg = ((green - g) << 24) >> 24;
    const db = ((blue - b) << 24) >> 24;
    if (recent[place] === colour) out[at++] = tags.index | place;
    else if (dr >= -2 && dr <= 1 && dg >= -2 && dg <= 1 && db >= -2 && db <= 1)
      out[at++] = tags.difference | ((dr + 2) << 4) | ((dg + 2) << 2) | (db + 2);
    else if (dg >= -32 && dg <= 31 && dr - dg >= -8 && dr - dg <= 7 && db - dg >= -8 && db - dg <= 7) {
      out[at++] = tags.luma | (dg + 32);
      out[at++] = ((dr - dg + 8) << 4) | (db - dg + 8);
    } else {
      out[at++] = tags.plain;
      out[at++] = red;
      out[at++] = green;
      out[at++] = blue;
    }
    recent[place] = colour;
    [r, g, b] = [red, green, blue];
  }
  return at > most ? undefined : out.slice(0, at);
}

function unpack(code: Uint8Array, length: number): Uint8Array {
  const data = new Uint8Array(length);
  const recent = new Int32Array(64);
  let [r, g, b, at] = [0, 0, 0, 0];
  for (let i = 0; i < length; ) {
    const byte = code[at++];
    let repeat = 1;
    if (byte === tags.plain) {
      r = code[at++];
      g = code[at++];
      b = code[at++];
    } else if (byte >= tags.run) repeat = (byte & 0x3f) + 1;
    else if (byte >= tags.luma) {
      const next = code[at++];
      const dg = (byte & 0x3f) - 32;
      r = (r + dg + (next >> 4) - 8) & 255;
      g = (g + dg) & 255;
      b = (b + dg + (next & 15) - 8) & 255;
    } else if (byte >= tags.difference) {
      r = (r + ((byte >> 4) & 3) - 2) & 255;
      g = (g + ((byte >> 2) & 3) - 2) & 255;
      b = (b + (byte & 3) - 2) & 255;
    } else {
      const colour = recent[byte];
      r = colour >> 16;
      g = (colour >> 8) & 255;
      b = colour & 255;
    }
    recent[placeOf(r, g, b)] = (r << 16) | (g << 8) | b;
    for (; repeat > 0; repeat--) {
      data[i++] = r;
      data[i++] = g;
      data[i++] = b;
    }
  }
  return data;
}

function placeOf(r: number, g: number, b: number): number {
  return (r * 3 + g * 5 + b * 7) & 63;
}
