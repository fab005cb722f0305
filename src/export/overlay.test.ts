import { createCanvas, loadImage } from "@napi-rs/canvas";
import { expect, test } from "vitest";
import { answers, picture, result, series, study } from "../../test/export-fixtures.ts";
import type { Study, VolumePart } from "../study/types.ts";
import { toOverlay } from "./overlay.ts";
import { type Panel, panelsOf } from "./panels.ts";

async function pixelsOf(png: Uint8Array) {
  const image = await loadImage(Buffer.from(png));
  const canvas = createCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  return {
    width: image.width,
    height: image.height,
    at: (x: number, y: number) => [...data.slice((y * image.width + x) * 4, (y * image.width + x) * 4 + 3)],
  };
}

test("a box is drawn where it is, scaled with its image", async () => {
  const of = study(picture());
  const picked = await pixelsOf(await toOverlay(result("locate", answers.locate, of), of));
  // 63 pixels become 900 wide, from x = 20. The right lung's left edge is column 4, the left lung's column 30; both span row 18.
  const scale = 900 / 63;
  const nearest = (column: number) => {
    const [red, green, blue] = picked.at(Math.round(20 + column * scale), Math.round(20 + 18 * scale));
    return red > 200 && green > 200 && blue < 120 ? "yellow" : blue > red + 60 ? "blue" : "grey";
  };
  expect([nearest(4), nearest(30), nearest(17)]).toEqual(["yellow", "blue", "grey"]);
});

test("below the pictures stand the answer and the notice, in letters that are there on every machine", async () => {
  const of = study(picture());
  const picked = await pixelsOf(await toOverlay(result("ask", answers.ask, of), of));
  let notice = 0;
  for (let y = 0; y < picked.height; y++)
    for (let x = 0; x < picked.width; x++) if (picked.at(x, y).join() === "255,180,84") notice++;
  expect(notice).toBeGreaterThan(200);
});

test("a volume is shown by the slices with boxes, and otherwise by slices spread over what was seen", async () => {
  const of = study(series({ slices: 40 }));
  const box = (index: number) => ({ label: "nodule", box: { x0: 3, y0: 4, x1: 10, y1: 12 }, image: 0, part: 0, index });
  const found = await panelsOf(result("locate", { object: "nodule", boxes: [box(7), box(30), box(7)] }, of), of);
  expect(found.map(({ caption, boxes }) => [caption, boxes.length])).toEqual([
    ["chest 5 mm, slice 8", 2],
    ["chest 5 mm, slice 31", 1],
  ]);
  const spread = await panelsOf(result("ask", answers.measured, of), of);
  expect(spread).toHaveLength(12);
  expect([spread[0].caption, spread[11].caption]).toEqual(["chest 5 mm, slice 1", "chest 5 mm, slice 40"]);
});

test("a volume stored upside down is shown upright, and its boxes move with it", async () => {
  const stored = series({ slices: 3 });
  // Rows from the back to the front, as a NIfTI file in RAS has them.
  const affine = [0.7, 0, 0, 0, 0, -0.7, 0, 0, 0, 0, 5, 0, 0, 0, 0, 1];
  const flipped: VolumePart = { ...stored, volume: { ...stored.volume, affine } };
  const boxes = [{ label: "nodule", box: { x0: 3, y0: 4, x1: 10, y1: 12 }, image: 0, part: 0, index: 1 }];
  const show = async (part: VolumePart) => {
    const of: Study = study(part);
    return (await panelsOf(result("locate", { object: "nodule", boxes }, of), of))[0];
  };
  const [upright, turned] = [await show(stored), await show(flipped)];
  const rounded = ({ boxes }: Panel) => Object.values(boxes[0].box).map((value) => Number(value.toFixed(9)));
  expect(rounded(upright)).toEqual([3, 4, 10, 12]);
  expect(rounded(turned)).toEqual([3, 32 - 12, 10, 32 - 4]);
  const row = (data: Uint8Array, y: number) => Array.from(data.slice(y * 48, (y + 1) * 48));
  expect(row(turned.image.data, 0)).toEqual(row(upright.image.data, 31));
});
