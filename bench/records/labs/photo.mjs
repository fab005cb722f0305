/** Simulates a scanner and a phone camera: rotation, perspective, uneven light, blur, noise, JPEG. */
import sharp from "sharp";

/**
 * @param image `{ width, height, data }`, RGB.
 * @returns {Promise<{ bytes: Buffer, place: (x: number, y: number) => number[] }>} a JPEG, and where a point of the page is in it.
 */
export async function photograph(image, random, { strength = 1 } = {}) {
  const { width, height } = image;
  const margin = 0.05 * width;
  const out = { width: Math.round(width + 2 * margin), height: Math.round(height + 2 * margin) };
  const shift = () => random.between(-1, 1) * 0.028 * strength * width;
  const angle = (random.between(-3, 3) * strength * Math.PI) / 180;
  const turn = ([x, y]) => {
    const [cx, cy] = [out.width / 2, out.height / 2];
    return [
      cx + (x - cx) * Math.cos(angle) - (y - cy) * Math.sin(angle),
      cy + (x - cx) * Math.sin(angle) + (y - cy) * Math.cos(angle),
    ];
  };
  const corners = [
    [margin, margin],
    [margin + width, margin],
    [margin + width, margin + height],
    [margin, margin + height],
  ].map(([x, y]) => turn([x + shift(), y + shift()]));
  const from = [
    [0, 0],
    [width, 0],
    [width, height],
    [0, height],
  ];
  const forward = homography(from, corners);
  const warped = warp(image, homography(corners, from), out, [92, 78, 64]);
  light(warped, random, strength);
  return {
    bytes: await finish(warped, random, {
      blur: random.between(0.5, 1.1) * strength,
      noise: random.between(2, 7) * strength,
      quality: random.pick([70, 80, 88]),
    }),
    place: (x, y) => project(forward, x, y),
  };
}

/** A flat-bed scan: a small turn, grey, a little blur and noise. */
export async function scan(image, random) {
  const { width, height } = image;
  const angle = (random.between(-1, 1) * Math.PI) / 180;
  const [cx, cy] = [width / 2, height / 2];
  const place = (x, y) => [
    cx + (x - cx) * Math.cos(angle) - (y - cy) * Math.sin(angle),
    cy + (x - cx) * Math.sin(angle) + (y - cy) * Math.cos(angle),
  ];
  const back = [
    Math.cos(angle),
    Math.sin(angle),
    cx - cx * Math.cos(angle) - cy * Math.sin(angle),
    -Math.sin(angle),
    Math.cos(angle),
    cy + cx * Math.sin(angle) - cy * Math.cos(angle),
    0,
    0,
    1,
  ];
  const warped = warp(image, back, { width, height }, [250, 250, 250]);
  for (let i = 0; i < warped.data.length; i += 3) {
    const grey = (warped.data[i] * 77 + warped.data[i + 1] * 150 + warped.data[i + 2] * 29) >> 8;
    warped.data[i] = warped.data[i + 1] = warped.data[i + 2] = grey;
  }
  return {
    bytes: await finish(warped, random, {
      blur: random.between(0.3, 0.7),
      noise: random.between(1, 5),
      quality: random.pick([70, 80, 90]),
    }),
    place,
  };
}

async function finish({ width, height, data }, random, { blur, noise, quality }) {
  let buffer = Buffer.from(data.buffer);
  if (blur > 0.3)
    buffer = await sharp(buffer, { raw: { width, height, channels: 3 } })
      .blur(blur)
      .raw()
      .toBuffer();
  // A table of normal numbers read from a random offset: drawing five million of them would dominate the time.
  const table = Float32Array.from({ length: 65_537 }, () => random.normal() * noise);
  let at = random.below(table.length);
  for (let i = 0; i < buffer.length; i++) {
    at = at + 1 === table.length ? random.below(1000) : at + 1;
    const value = buffer[i] + table[at];
    buffer[i] = value < 0 ? 0 : value > 255 ? 255 : value;
  }
  return sharp(buffer, { raw: { width, height, channels: 3 } })
    .jpeg({ quality })
    .toBuffer();
}

function light({ width, height, data }, random, strength) {
  const [gx, gy] = [random.between(-0.22, 0.22) * strength, random.between(-0.22, 0.22) * strength];
  const base = random.between(0.78, 0.98);
  const tint = [1, random.between(0.96, 1), random.between(0.88, 1)];
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < 3; c++, i++) {
        const value = data[i] * tint[c] * (base + gx * (x / width - 0.5) + gy * (y / height - 0.5));
        data[i] = value > 255 ? 255 : value;
      }
}

/** Bilinear, from a map of target pixels to source pixels. */
function warp({ width, height, data }, back, out, ground) {
  const target = new Uint8Array(out.width * out.height * 3);
  for (let y = 0, o = 0; y < out.height; y++)
    for (let x = 0; x < out.width; x++, o += 3) {
      const [u, v] = project(back, x, y);
      if (u < 0 || v < 0 || u >= width - 1 || v >= height - 1) {
        target[o] = ground[0];
        target[o + 1] = ground[1];
        target[o + 2] = ground[2];
        continue;
      }
      const [x0, y0] = [Math.floor(u), Math.floor(v)];
      const [fx, fy] = [u - x0, v - y0];
      const i = (y0 * width + x0) * 3;
      const j = i + width * 3;
      for (let c = 0; c < 3; c++)
        target[o + c] =
          (data[i + c] * (1 - fx) + data[i + 3 + c] * fx) * (1 - fy) +
          (data[j + c] * (1 - fx) + data[j + 3 + c] * fx) * fy;
    }
  return { width: out.width, height: out.height, data: target };
}

export function project(h, x, y) {
  const w = h[6] * x + h[7] * y + h[8];
  return [(h[0] * x + h[1] * y + h[2]) / w, (h[3] * x + h[4] * y + h[5]) / w];
}

/** The projective map of four points to four points, by Gauss's elimination. */
export function homography(from, to) {
  const rows = from.flatMap(([x, y], i) => {
    const [u, v] = to[i];
    return [
      [x, y, 1, 0, 0, 0, -u * x, -u * y, u],
      [0, 0, 0, x, y, 1, -v * x, -v * y, v],
    ];
  });
  for (let i = 0; i < 8; i++) {
    const pivot = rows
      .slice(i)
      .reduce((best, row, j) => (Math.abs(row[i]) > Math.abs(rows[best][i]) ? i + j : best), i);
    [rows[i], rows[pivot]] = [rows[pivot], rows[i]];
    for (let j = 0; j < 8; j++) {
      if (j === i) continue;
      const factor = rows[j][i] / rows[i][i];
      for (let k = i; k < 9; k++) rows[j][k] -= factor * rows[i][k];
    }
  }
  return [...rows.map((row, i) => row[8] / row[i]), 1];
}
