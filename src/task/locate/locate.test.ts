import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { boxesAnswer } from "../../prompts/index.ts";
import { locate } from "../index.ts";
import { film, mri, scripted, study } from "../testing.ts";

describe("locate", () => {
  test("boxes of a padded image come back in source pixels, whatever its shape", async () => {
    const side = fc.integer({ min: 20, max: 300 });
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    await fc.assert(
      fc.asyncProperty(side, side, unit, unit, unit, unit, async (width, height, a, b, c, d) => {
        const [x0, x1] = [Math.min(a, b) * width, Math.max(a, b) * width];
        const [y0, y1] = [Math.min(c, d) * height, Math.max(c, d) * height];
        const square = Math.max(width, height);
        fc.pre(x1 - x0 > square / 50 && y1 - y0 > square / 50);
        // Padded on both sides, the odd pixel after.
        const [left, top] = [Math.floor((square - width) / 2), Math.floor((square - height) / 2)];
        const inThousandths = [y0 + top, x0 + left, y1 + top, x1 + left].map((v) => (v / square) * 1000) as [
          number,
          number,
          number,
          number,
        ];
        const model = scripted([boxesAnswer([{ label: "heart", box: inThousandths }])]);
        const { answer, parse } = await locate(study(film(width, height)), model, { object: "heart" });
        expect(parse).toEqual({ status: "parsed", problems: [] });
        const [{ box, label }] = answer!.boxes;
        expect(label).toBe("heart");
        const tolerance = square / 1000 + 0.5;
        for (const [found, wanted] of [
          [box.x0, x0],
          [box.y0, y0],
          [box.x1, x1],
          [box.y1, y1],
        ])
          expect(Math.abs(found - wanted)).toBeLessThanOrEqual(tolerance);
        expect(box.x0 >= 0 && box.y0 >= 0 && box.x1 <= width && box.y1 <= height).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test("a box in the padding is left out and said, one that reaches into it is cut", async () => {
    // 40 x 20: the upper and the lower quarter of the square are padding.
    const wide = study(film(40, 20));
    const reaching = await locate(wide, scripted(["[[0, 0, 500, 500]]"]), { object: "heart" });
    expect(reaching.answer?.boxes[0].box).toEqual({ x0: 0, y0: 0, x1: 20, y1: 10 });
    expect(reaching.parse.problems).toEqual([expect.stringContaining("extends into the padding")]);
    const outside = await locate(wide, scripted(["[[760, 0, 900, 500]]"]), { object: "heart" });
    expect(outside.parse).toEqual({ status: "unparsed", problems: [expect.stringContaining("is in the padding")] });
  });

  test("of several images the latest plain one is looked at, alone; a volume wants a slice named", async () => {
    const model = scripted(["[[0, 0, 500, 500]]"]);
    const { answer, saw } = await locate(study(film(10, 10), film(20, 20)), model, { object: "heart" });
    expect(answer?.boxes[0]).toMatchObject({ part: 1, image: 0, box: { x0: 0, y0: 0, x1: 10, y1: 10 } });
    expect(saw.images.length).toBe(1);
    await expect(locate(study(mri(6)), model, { object: "heart" })).rejects.toMatchObject({ code: "task/which-image" });
    const slice = await locate(study(mri(6)), model, { object: "heart", image: 2 });
    expect(slice.answer?.boxes[0]).toMatchObject({ index: 2, patient: expect.any(Array) });
    await expect(locate(study(mri(6)), model, { object: "heart", image: 6 })).rejects.toMatchObject({
      code: "task/image",
    });
  });
});
