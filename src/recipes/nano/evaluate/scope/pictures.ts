/** The images for evaluating the detector; none of them influenced any choice. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { PolyclinicError } from "../../../../base/errors.ts";
import { Random } from "../../../../base/random.ts";
import { readPhoto } from "../../../../imaging/photo/index.ts";
import { rgb } from "../../../../imaging/rgb.ts";
import type { Image } from "../../../../imaging/types.ts";
import {
  beside,
  blank,
  cropped,
  fromScreen,
  inverted,
  mirrored,
  quarterTurned,
  remap,
  stretched,
  tiny,
  turned,
  upsideDown,
} from "../../../../learn/scope/changes.ts";
import { covered, halved, noised } from "../../../../learn/scope/doctored.ts";
import { synthetic, syntheticKinds } from "../../../../learn/scope/synthetic.ts";
import { openStudy } from "../../../../study/index.ts";
import { imagesOf, viewOf } from "../../../../study/views/index.ts";
import { kindOfSet, picturesOf, refusedChanges } from "../../scope/examples.ts";
import type { NanoFile, NanoSet } from "../../train/splits.ts";
import { drawing, writtenOver } from "./drawings.ts";

export interface Group {
  readonly name: string;
  /** The kind of these images; absent for out-of-scope images. */
  readonly kind?: string;
  pictures(): AsyncGenerator<Image>;
}

/** Seeds differ from the recipe's. */
const seed = 77;
const changed = 60;
const made = 60;
const limits = { imageSize: 128, tokensPerImage: 20, contextTokens: 4096 };

/** @param photographs a folder of photographs of everyday objects; without it that group is omitted. */
export function scopeGroups(data: string, files: readonly NanoFile[], photographs: string | undefined): Group[] {
  const sets = Object.keys(kindOfSet) as NanoSet[];
  const held = (set: NanoSet, most = Number.POSITIVE_INFINITY) => {
    const own = files.filter((file) => file.set === set && file.split === "test");
    const step = Math.max(1, Math.ceil(own.length / most));
    return own.filter((_, i) => i % step === 0);
  };
  const ofSet = (set: NanoSet, most?: number) =>
    async function* () {
      for (const file of held(set, most)) {
        const pictures = await picturesOf(data, file);
        // Adjacent slices are similar: three per volume.
        for (const [i, picture] of pictures.entries()) if (set !== "hippocampus" || i % 4 === 1) yield picture;
      }
    };
  const groups: Group[] = sets.map((set) => ({ name: nameOf[set], kind: kindOfSet[set], pictures: ofSet(set) }));
  groups.push({
    name: "children's X-rays, original aspect ratio simulated",
    kind: kindOfSet.cxr,
    async *pictures() {
      const random = new Random(seed);
      for (const file of held("cxr", 210))
        yield stretched(rgb((await picturesOf(data, file))[0]), 1.1 + 0.3 * random.next());
    },
  });
  groups.push({
    name: "adult X-rays resized to squares",
    kind: kindOfSet.lungs,
    async *pictures() {
      for (const file of held("lungs")) {
        const film = rgb((await picturesOf(data, file))[0]);
        yield stretched(film, film.height / film.width);
      }
    },
  });
  const changes: Readonly<Record<string, (image: ReturnType<typeof rgb>, random: Random) => Image>> = {
    "rotated by 30 to 330 degrees": (image, random) => turned(image, 30 + 300 * random.next()),
    "rotated by 90 degrees": (image, random) => quarterTurned(image, random.next() < 0.5 ? 1 : 3),
    "upside down": (image) => upsideDown(image),
    inverted: (image) => inverted(image),
    cropped,
    "photographed from a screen": fromScreen,
    "16 x 16 pixels, enlarged": (image) => tiny(image, 16),
    "next to a page of text": (image, random) => beside(image, drawing("documents", random.below(2), random), random),
    "next to another kind of image": (image, random) => beside(image, synthetic("noise", random), random),
    "left or right half cropped": (image, random) => {
      const from = random.next() < 0.5 ? 0 : 0.5;
      return remap(image, blank(image.width >> 1, image.height), (x, y) => [from + x / 2, y]);
    },
    "part of one side cropped": halved,
    "partly covered": covered,
    "with strong noise": noised,
    "with large letters": writtenOver,
    "small on a blank background": refusedChanges.inset as (image: ReturnType<typeof rgb>, random: Random) => Image,
  };
  for (const set of ["cxr", "lungs"] as const)
    for (const [name, change] of Object.entries(changes))
      groups.push({
        name: `${set === "cxr" ? "children's" : "adult"} X-rays, ${name}`,
        async *pictures() {
          const random = new Random(seed);
          const own = held(set, changed);
          for (const file of own) yield change(rgb((await picturesOf(data, file))[0]), random);
        },
      });
  groups.push({
    name: "children's X-rays, mirrored (for information; refusal not required)",
    kind: kindOfSet.cxr,
    async *pictures() {
      for (const file of held("cxr", changed)) yield mirrored(rgb((await picturesOf(data, file))[0]));
    },
  });
  for (const group of ["drawings", "documents"] as const)
    groups.push({
      name: group,
      async *pictures() {
        const random = new Random(seed);
        for (let i = 0; i < made * 2; i++) yield drawing(group, i, random);
      },
    });
  for (const kind of syntheticKinds)
    groups.push({
      name: {
        noise: "noise",
        plain: "plain colours and black",
        gradient: "gradients",
        shapes: "random shapes",
        writing: "lines of writing",
      }[kind],
      async *pictures() {
        const random = new Random(seed);
        for (let i = 0; i < made; i++) yield synthetic(kind, random);
      },
    });
  for (const [name, folders] of [
    ["other CT and MR volumes (NIfTI)", ["nifti"]],
    ["other DICOM files (CT, MR, ultrasound, secondary captures)", ["dicom/syntaxes", "dicom/pydicom-data"]],
    ["whole slides", ["wsi"]],
  ] as const)
    groups.push({ name, pictures: () => filesIn(folders.map((folder) => join(data, folder))) });
  if (photographs !== undefined) groups.push({ name: "photographs", pictures: () => filesIn([photographs]) });
  return groups;
}

const nameOf: Readonly<Record<NanoSet, string>> = {
  cxr: "children's X-rays, official test set",
  lungs: "adult X-rays, test patients",
  ct: "lung CT slices, test runs",
  histology: "lung histology, test",
  hippocampus: "MRI slices around the hippocampus, test",
  cells: "blood smears, official test set",
};

/**
 * The displayable images of all files in the folders: a few per volume or slide. Files that cannot be opened are
 * skipped.
 */
async function* filesIn(folders: readonly string[]): AsyncGenerator<Image> {
  for (const folder of folders)
    for (const name of (await readdir(folder)).sort()) {
      const path = join(folder, name);
      try {
        if (/\.(png|jpe?g)$/i.test(name)) {
          yield await readPhoto(path);
          continue;
        }
        await using study = await openStudy(path);
        const view = await viewOf(study, limits, { maxSlices: 5, maxPatches: 5 });
        for (const { image } of imagesOf(view)) yield image;
      } catch (error) {
        if (!PolyclinicError.is(error)) throw error;
      }
    }
}
