/** Where the words of boxes and measurements stand: beside their mark, and never over each other. */

/** A text and the places where it may stand, the best first; `[x, y]` is the baseline of its first line, CSS pixels. */
export interface Label {
  readonly id: string;
  readonly lines: readonly string[];
  readonly spots: readonly (readonly [x: number, y: number])[];
}

export type Spot = readonly [x: number, y: number];

export const lineHeight = 15;
/** Of a character of 12 pixels, at most on average; measuring the text would force a layout while a mark is dragged. */
const characterWidth = 7.2;
/** From the baseline up to the highest letters, and down to the lowest. */
const [ascent, descent] = [11, 4];

type Rectangle = readonly [x0: number, y0: number, x1: number, y1: number];

export const widthOf = (lines: readonly string[]): number =>
  characterWidth * Math.max(0, ...lines.map(({ length }) => length));

const rectangle = ({ lines }: Label, [x, y]: Spot): Rectangle => [
  x,
  y - ascent,
  x + widthOf(lines),
  y + (lines.length - 1) * lineHeight + descent,
];

const overlap = (a: Rectangle, b: Rectangle) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];

/**
 * The first place of each label that meets no earlier one and lies in the frame; where none does, its first place moved down line by line.
 *
 * @param size of the frame, CSS pixels; labels keep inside it where they can.
 */
export function placeLabels(
  labels: readonly Label[],
  size?: readonly [width: number, height: number],
): Map<string, Spot> {
  const taken: Rectangle[] = [];
  const found = new Map<string, Spot>();
  const inside = ([x0, y0, x1, y1]: Rectangle) =>
    size === undefined || (x0 >= 0 && y0 >= 0 && x1 <= size[0] && y1 <= size[1]);
  for (const label of labels) {
    const free = (spot: Spot) => taken.every((one) => !overlap(one, rectangle(label, spot)));
    let spot = label.spots.find((one) => inside(rectangle(label, one)) && free(one)) ?? label.spots.find(free);
    if (spot === undefined) {
      const [x] = label.spots[0];
      let [, y] = label.spots[0];
      // Each step passes at least one line; with n labels above each other it ends after their lines.
      while (!free([x, y])) y += lineHeight;
      spot = [x, y];
    }
    taken.push(rectangle(label, spot));
    found.set(label.id, spot);
  }
  return found;
}
