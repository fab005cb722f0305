/** The transform from image to screen (fit, zoom, rotate, mirror, pan) and its inverse. */
export interface Placement {
  /** 1 fits the image into the frame. */
  readonly zoom: number;
  /** Offset of the image's centre from the frame's, screen pixels. */
  readonly x: number;
  readonly y: number;
  /** Quarter turns clockwise. */
  readonly turns: number;
  readonly mirrored: boolean;
  readonly upsideDown: boolean;
}

export const fitted: Placement = { zoom: 1, x: 0, y: 0, turns: 0, mirrored: false, upsideDown: false };

export interface PictureSize {
  readonly width: number;
  readonly height: number;
  /** Screen pixels per image pixel before stretching: 1 along the finer axis. */
  readonly aspect: readonly [x: number, y: number];
}

/** `[a, b, c, d, e, f]` as for a canvas: x' = a x + c y + e, y' = b x + d y + f. */
export type Matrix = readonly [number, number, number, number, number, number];

export function fitScale(
  { width, height, aspect }: PictureSize,
  turns: number,
  frameWidth: number,
  frameHeight: number,
): number {
  const [w, h] = [width * aspect[0], height * aspect[1]];
  const [across, down] = turns % 2 === 0 ? [w, h] : [h, w];
  return Math.min(frameWidth / across, frameHeight / down);
}

export function matrixOf(place: Placement, picture: PictureSize, frameWidth: number, frameHeight: number): Matrix {
  const scale = fitScale(picture, place.turns, frameWidth, frameHeight) * place.zoom;
  const sx = scale * picture.aspect[0] * (place.mirrored ? -1 : 1);
  const sy = scale * picture.aspect[1] * (place.upsideDown ? -1 : 1);
  const [cos, sin] = [
    [1, 0],
    [0, 1],
    [-1, 0],
    [0, -1],
  ][((place.turns % 4) + 4) % 4];
  const [a, b, c, d] = [cos * sx, sin * sx, -sin * sy, cos * sy];
  const [cx, cy] = [picture.width / 2, picture.height / 2];
  let e = frameWidth / 2 + place.x - a * cx - c * cy;
  let f = frameHeight / 2 + place.y - b * cx - d * cy;
  // At one screen pixel per image pixel, positions are rounded so that nothing is interpolated.
  if (Math.abs(Math.abs(a || b) - 1) < 1e-6 && Math.abs(Math.abs(d || c) - 1) < 1e-6)
    [e, f] = [Math.round(e), Math.round(f)];
  return [a, b, c, d, e, f];
}

export function apply([a, b, c, d, e, f]: Matrix, x: number, y: number): readonly [number, number] {
  return [a * x + c * y + e, b * x + d * y + f];
}

export function invert([a, b, c, d, e, f]: Matrix): Matrix {
  const k = 1 / (a * d - b * c);
  return [d * k, -b * k, -c * k, a * k, (c * f - d * e) * k, (b * e - a * f) * k];
}

/** Zooms about the point `(x, y)`. */
export function zoomedAt(
  place: Placement,
  factor: number,
  x: number,
  y: number,
  frameWidth: number,
  frameHeight: number,
): Placement {
  const zoom = Math.max(0.1, Math.min(64, place.zoom * factor));
  const by = zoom / place.zoom;
  const [dx, dy] = [x - frameWidth / 2, y - frameHeight / 2];
  return { ...place, zoom, x: dx - (dx - place.x) * by, y: dy - (dy - place.y) * by };
}
