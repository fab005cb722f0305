/** Pixels for a viewer: the parts of a study, and their slices, pages or tiles. */
import type { Context } from "hono";
import { z } from "zod";
import { diskSource } from "../../bytes/index.ts";
import { openInstance, slicesOf } from "../../imaging/dicom/index.ts";
import { reduced } from "../../study/display/pixels.ts";
import type { DocumentPart, Part } from "../../study/index.ts";
import type { Audit } from "../access/audit.ts";
import { partsShape } from "../clinical/shapes/study.ts";
import { HttpError } from "../http-error.ts";
import { wholeText } from "../operations/body.ts";
import type { Media, Operation, Operations } from "../operations/operations.ts";
import type { Store } from "../store/index.ts";
import { picturePixels, windowsOf } from "./dicom-parts.ts";
import { labValues } from "./lab-values.ts";
import type { OpenedPart, OpenedStudies } from "./opened.ts";
import { readLevel, readTile } from "./pyramid.ts";
import { smallestOf } from "./pyramids.ts";
import { pixelResponse, tileResponse } from "./response.ts";
import { thumbnail } from "./thumbnail.ts";
import { tileOf } from "./tiles.ts";

export interface PixelRouteOptions {
  readonly store: Store;
  readonly audit: Audit;
  readonly studies: OpenedStudies;
}

const png: Media = { media: "image/png", description: "the image" };
const values: Media = {
  media: "application/octet-stream",
  description: "pixel values `[y, x, channel]`, little endian; the X-Pixel-* headers give size, type and window",
};

/** Most pixels of the first image. */
const firstPixels = 5e5;

/** Routes under `/api/studies/{study}`. */
export function pixelRoutes(operations: Operations, { store, audit, studies }: PixelRouteOptions): void {
  const get = (
    path: string,
    summary: string,
    response: NonNullable<Operation["response"]>,
    handler: (context: Context) => Promise<Response>,
    may: NonNullable<Operation["may"]> = {},
  ) =>
    operations.add({ method: "get", path: `/studies/:study${path}`, summary, scope: "read", response, may }, handler);
  const studyOf = (context: Context) => context.req.param("study")!;
  const partOf = async (context: Context): Promise<OpenedPart> => {
    const { parts } = await studies.of(studyOf(context));
    return parts[numberOf(context, "part", parts.length)];
  };

  get("/parts", "The parts of a study", partsShape, async (context) => {
    const study = studyOf(context);
    await audit.record({
      who: context.get("caller").person,
      action: "study.read",
      object: `study/${study}`,
      outcome: "ok",
    });
    const { parts, leftOut, warnings } = await studies.of(study);
    return context.json({ parts: parts.map(({ manifest }) => manifest), leftOut, warnings });
  });

  // Available before all headers are read: the middle instance of the largest series.
  get("/first", "A first image before all headers are read; 204 if there is none", values, async (context) => {
    const large = await studies.large(studyOf(context));
    if (large !== undefined) {
      const { modality, image } = large.manifest;
      const by = 2 ** (large.head.levels.length - 1);
      return pixelResponse(await smallestOf(large), {
        "X-Pixel-Modality": modality,
        "X-Pixel-Spacing": (image?.spacing ?? [1, 1]).map((one) => one * by).join(" "),
      });
    }
    const { rows } = await store.database.query<{ sha256: string }>(
      `select sha256 from (select sha256, row_number() over (partition by series_uid order by instance_number nulls last, uid) as place,
          count(*) over (partition by series_uid) as size, series_uid from instance where study = $1) as ranked
        where place = size / 2 + 1 order by size desc, series_uid limit 1`,
      [studyOf(context)],
    );
    if (rows[0] === undefined) return context.body(null, 204);
    const instance = await openInstance(diskSource(store.files.path(rows[0].sha256)));
    if (instance.format === undefined || instance.kind !== "image") return context.body(null, 204);
    const [slice] = slicesOf(instance);
    const [window] = windowsOf(slice);
    const pixels = await picturePixels(slice);
    // Small: it is here before the part's own image, also over a slow network.
    const by = Math.ceil(Math.sqrt((pixels.width * pixels.height) / firstPixels));
    return pixelResponse(reduced(pixels, by), {
      ...(window && { "X-Pixel-Window": `${window.center} ${window.width}` }),
      "X-Pixel-Modality": instance.modality,
      "X-Pixel-Spacing": (slice.pixelSpacing ?? [1, 1]).map((one) => one * by).join(" "),
    });
  });

  operations.add(
    {
      method: "get",
      path: "/studies/:study/parts/:part/pixels/:z",
      summary: "Values of a slice or page",
      scope: "read",
      query: z.strictObject({
        average: wholeText(256)
          .default(1)
          .describe("side of the squares of pixels that are averaged; a large value gives a small preview image"),
      }),
      response: values,
    },
    async (context, { query: { average } }) => {
      const part = await partOf(context);
      const count = part.manifest.volume?.shape[0] ?? part.manifest.pages?.length ?? 1;
      return pixelResponse(reduced(await part.pixels(numberOf(context, "z", count)), average));
    },
  );

  const pyramidOf = (context: Context) => studies.pyramid(studyOf(context), Number(numberOf(context, "part", 1 << 16)));
  get(
    "/parts/:part/levels/:level",
    "A very large image at a half, a quarter ... of its size: level n is averaged over squares of side 2^n",
    values,
    async (context) => {
      const { path, head } = await pyramidOf(context);
      return pixelResponse(await readLevel(path, head, numberOf(context, "level", head.levels.length)));
    },
  );

  get(
    "/parts/:part/levels/:level/:x/:y",
    "A tile of such a level, 512 pixels wide and high",
    values,
    async (context) => {
      const { path, head } = await pyramidOf(context);
      const [level, x, y] = ["level", "x", "y"].map((name) => numberOf(context, name, 1 << 16));
      const tile = await readTile(path, head, level, x, y);
      if (tile === undefined)
        throw new HttpError(404, "server/not-found", "there is no such tile", { where: `${level}/${x}/${y}` });
      return tileResponse(tile.bytes, tile.pixels, context.req.header("accept-encoding") ?? "");
    },
  );

  get("/parts/:part/thumbnail.png", "The thumbnail of a part; 204 if there is none", png, async (context) => {
    const png = await thumbnail(await partOf(context));
    return png === undefined ? context.body(null, 204) : picture(png, "image/png");
  });

  get(
    "/parts/:part/tiles/:level/:x/:y",
    "A tile of a slide",
    { media: "image/jpeg", description: "the tile" },
    async (context) => {
      const slide = whole(await partOf(context), "slide").slide;
      const [level, x, y] = ["level", "x", "y"].map((name) => numberOf(context, name, 1 << 24));
      return picture(await tileOf(slide, level, x, y), "image/jpeg");
    },
  );

  get(
    "/parts/:part/pages/:page/words",
    "Words of a page with their positions",
    z.object({ words: z.unknown() }),
    async (context) => {
      const { pages } = whole(await partOf(context), "document");
      const { text } = pages[numberOf(context, "page", pages.length)];
      return context.json({ words: text });
    },
  );

  get("/parts/:part/labs", "Values of a laboratory document", z.looseObject({}), async (context) => {
    const opened = await partOf(context);
    return context.json(await labValues(opened.part as DocumentPart));
  });

  get("/parts/:part/text", "Text of a part", z.object({ text: z.string() }), async (context) => {
    const part = (await partOf(context)).part;
    if (part?.kind === "text") return context.json({ text: part.text });
    if (part?.kind === "molecule") return context.json({ text: part.smiles });
    if (part?.kind === "variants")
      return context.json({
        text: part.variants
          .slice(0, 2000)
          .map((one) => `${one.chromosome}:${one.position} ${one.reference}>${one.alternate}`)
          .join("\n"),
      });
    throw noSuch("text", part?.kind ?? "picture");
  });

  get(
    "/parts/:part/drawing.svg",
    "An ECG on ECG paper, or the timeline of a record",
    { media: "image/svg+xml", description: "the drawing" },
    async (context) => {
      const svg = await drawingOf(await partOf(context));
      return new Response(svg, { headers: { "Content-Type": "image/svg+xml" } });
    },
  );

  get(
    "/parts/:part/record",
    "Facts of a health record",
    z.looseObject({ facts: z.array(z.unknown()), texts: z.int() }),
    async (context) => {
      const { record } = whole(await partOf(context), "record");
      return context.json({
        patient: record.patient,
        facts: record.facts,
        texts: record.texts.length,
      });
    },
  );
}

/** The drawing of an ECG, or the timeline of a record. */
async function drawingOf({ part, drawing }: OpenedPart): Promise<string> {
  if (drawing !== undefined) return drawing();
  if (part?.kind === "record") {
    const { timelineSvg } = await import("../../records/index.ts");
    return timelineSvg(part.record);
  }
  throw noSuch("drawing", part?.kind ?? "picture");
}

type PartOf<K extends Part["kind"]> = Extract<Part, { kind: K }>;

function whole<K extends Part["kind"]>({ part }: OpenedPart, kind: K): PartOf<K> {
  if (part?.kind !== kind) throw noSuch(kind, part?.kind ?? "picture");
  return part as PartOf<K>;
}

const noSuch = (requested: string, found: string) =>
  new HttpError(400, "server/part", `this part has no ${requested}`, { found });

function numberOf(context: Context, name: string, count: number): number {
  const text = context.req.param(name) ?? "";
  const value = Number(text);
  if (!/^\d{1,8}$/.test(text) || value >= count)
    throw new HttpError(404, "server/not-found", "there is no such part, slice or page", {
      where: name,
      expected: `0 to ${count - 1}`,
      found: text,
    });
  return value;
}

function picture(bytes: Buffer, type: string): Response {
  return new Response(new Uint8Array(bytes), { headers: { "Content-Type": type } });
}
