/** The colour space of a JPEG frame: from the codestream, otherwise from the data set. */

/**
 * @param photometric the data set's PhotometricInterpretation. @returns undefined for a JPEG that libjpeg does not
 * decode to 8 bits (12-bit, lossless), which is handled elsewhere.
 */
export function jpegColour(jpeg: Uint8Array, photometric: string): "grey" | "rgb" | "ycbcr" | undefined {
  let stated: "rgb" | "ycbcr" | undefined;
  for (let at = 2; at + 4 <= jpeg.length && jpeg[at] === 0xff; ) {
    const marker = jpeg[at + 1];
    if (marker === 0xff) {
      at++;
      continue;
    }
    const body = at + 4;
    if (marker === 0xe0 && ascii(jpeg, body, 4) === "JFIF") stated = "ycbcr";
    if (marker === 0xee && ascii(jpeg, body, 5) === "Adobe") stated = jpeg[body + 11] === 0 ? "rgb" : "ycbcr";
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      const eightBitDct = marker <= 0xc2 && jpeg[body] === 8;
      const components = jpeg[body + 5];
      if (!eightBitDct || (components !== 1 && components !== 3)) return undefined;
      if (components === 1) return "grey";
      const factors = [0, 1, 2].map((i) => jpeg[body + 7 + 3 * i]);
      const ids = [0, 1, 2].map((i) => String.fromCharCode(jpeg[body + 6 + 3 * i])).join("");
      if (ids === "RGB") return "rgb";
      // Subsampled components are chrominance, whatever the data set says.
      const subsampled = factors.some((factor) => factor !== factors[0]);
      return stated ?? (photometric === "RGB" && !subsampled ? "rgb" : "ycbcr");
    }
    if (marker === 0xda) break;
    at += 2 + ((jpeg[at + 2] << 8) | jpeg[at + 3]);
  }
  return undefined;
}

function ascii(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
