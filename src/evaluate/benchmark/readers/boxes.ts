/**
 * Boxes: a table with one row per box (Chest ImaGenome's gold table, or the user's own) in source pixels or in
 * fractions of width and height. One item per image and object.
 */
import { basename, join } from "node:path";
import { z } from "zod";
import { PolyclinicError } from "../../../base/errors.ts";
import type { Box } from "../../../measure/index.ts";
import type { Item } from "../item.ts";
import type { Source } from "../load.ts";
import { readRows } from "../rows.ts";
import { optionsOf } from "./options.ts";

const options = z.strictObject({
  image: z.string(),
  images: z.string().default(""),
  /** Appended to the image's name. */
  extension: z.string().default(""),
  object: z.string(),
  /** Columns x0, y0, x1, y1; with `size: xywh` the last two are width and height. */
  box: z.tuple([z.string(), z.string(), z.string(), z.string()]),
  form: z.enum(["corners", "xywh"]).default("corners"),
  /** Size of the image that the coordinates refer to: column names, or numbers (224). Not needed for fractions. */
  width: z.union([z.string(), z.number()]).optional(),
  height: z.union([z.string(), z.number()]).optional(),
  patient: z.string().optional(),
});

export async function readBoxes(source: Source): Promise<Item[]> {
  const own = optionsOf(source, options);
  const found = new Map<string, { item: Omit<Item, "gold">; boxes: Box[] }>();
  for (const { path } of await source.tables())
    for (const [i, row] of (await readRows(path, source.definition)).entries()) {
      const where = `${basename(path)}, row ${i + 1}`;
      const number = (field: string | number) => {
        const value = typeof field === "number" ? field : Number(row[field]);
        if (Number.isFinite(value) && row[String(field)] !== "") return value;
        throw new PolyclinicError("evaluate/data", `has no numeric field ${field}`, {
          where,
          found: String(row[String(field)]),
        });
      };
      const [x0, y0, c, d] = own.box.map(number);
      const [width, height] = [
        own.width === undefined ? 1 : number(own.width),
        own.height === undefined ? 1 : number(own.height),
      ];
      const [x1, y1] = own.form === "xywh" ? [x0 + c, y0 + d] : [c, d];
      const box = { x0: x0 / width, y0: y0 / height, x1: x1 / width, y1: y1 / height };
      if (
        !(
          box.x0 >= -0.001 &&
          box.y0 >= -0.001 &&
          box.x1 <= 1.001 &&
          box.y1 <= 1.001 &&
          box.x1 > box.x0 &&
          box.y1 > box.y0
        )
      )
        throw new PolyclinicError("evaluate/data", "the box is not inside the image", {
          where,
          expected: "corners from 0 to 1, as fractions of width and height",
          found: JSON.stringify(box),
        });
      const image = String(row[own.image]);
      const object = String(row[own.object]);
      const id = `${image}/${object}`;
      const entry = found.get(id);
      if (entry !== undefined) entry.boxes.push(box);
      else
        found.set(id, {
          boxes: [box],
          item: {
            id,
            question: object,
            files: [join(source.data, own.images, `${image}${own.extension}`)],
            category: object,
            cluster: own.patient === undefined ? image : String(row[own.patient]),
          },
        });
    }
  return [...found.values()].map(({ item, boxes }) => ({ ...item, gold: { kind: "boxes", boxes } }));
}
