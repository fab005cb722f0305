/** Imaging against pydicom, numpy, Pillow and OpenSlide: reading, decoding, laying out. One module a row or two, run one after the other. */
import { existsSync } from "node:fs";

const modules = {
  dicom: ["dicom-series", "jpeg2000", "jpegls"],
  volume: ["volume-views"],
  slide: ["slide-patches", "slide-memory"],
  photo: ["photo-views"],
  large: ["large-png", "large-jpeg", "large-tiff"],
};

/** @param {{ data?: string, json?: boolean, only?: string, log: (line: string) => void }} options `only`: the id of one row. */
export async function rows(options) {
  const found = [];
  for (const [name, ids] of Object.entries(modules)) {
    if (options.only !== undefined && !ids.includes(options.only)) continue;
    const file = new URL(`${name}.mjs`, import.meta.url);
    if (!existsSync(file)) continue;
    options.log(`measuring ${ids.join(", ")}`);
    found.push(...(await (await import(file.href)).rows(options)));
  }
  return options.only === undefined ? found : found.filter(({ id }) => id === options.only);
}
