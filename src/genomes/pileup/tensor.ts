/**
 * Reads around one site as an image, after DeepVariant (Poplin et al. 2018): rows are the reference and the reads, columns are bases, six channels.
 * Med-PaLM M (arXiv 2307.14334, section on genomics) lays them out as an ordinary image; `stackPileup` does that, `unstackPileup` undoes it.
 */
import { PolyclinicError } from "../../base/errors.ts";

/** Rows of a pileup: the reference rows, then one per read. */
export const pileupRows = 100;
/** Columns of a pileup, one per base, centred on the site. */
export const pileupColumns = 221;
/** Channels of a pileup, in order. */
export const pileupChannels = [
  "base",
  "base quality",
  "mapping quality",
  "strand",
  "supports variant",
  "differs from reference",
] as const;
/** Rows at the top that repeat the reference. */
export const referenceRows = 5;
const stackedSide = 224;

/** One read aligned to the 221 columns of a pileup window. */
export interface AlignedRead {
  /** Column of the first aligned base in the window, from 0; negative when the read begins before the window. */
  start: number;
  /** Aligned bases, one per column: A, C, G, T; `-` where the read has a deletion. Inserted bases are not columns. */
  bases: string;
  /** Number of inserted bases after a column, by column. */
  insertions?: Readonly<Record<number, number>>;
  /** Phred quality of each base. */
  qualities: readonly number[];
  mappingQuality: number;
  reverse: boolean;
  supportsVariant: boolean;
}

const baseLevels: Readonly<Record<string, number>> = { A: 250, G: 180, T: 100, C: 30 };
const [highestBaseQuality, highestMappingQuality] = [40, 60];
const [forwardLevel, reverseLevel] = [70, 240];
const [supportingLevel, otherLevel] = [254, 152];
const [differingLevel, equalLevel] = [254, 50];

/**
 * @param reference the 221 bases of the window; the site is its middle column, 110.
 * @param reads drawn top to bottom in the given order; reads that do not fit are counted.
 * @returns `[100, 221, 6]` bytes, row by row, and the number of reads left out.
 * @throws PolyclinicError `genomes/pileup` when the window has the wrong length, or a read has different numbers of bases and qualities.
 */
export function pileupTensor(reference: string, reads: readonly AlignedRead[]): { data: Uint8Array; omitted: number } {
  if (reference.length !== pileupColumns)
    throw new PolyclinicError("genomes/pileup", "the reference window has the wrong length", {
      expected: `${pileupColumns} bases`,
      found: String(reference.length),
    });
  const depth = pileupChannels.length;
  const data = new Uint8Array(pileupRows * pileupColumns * depth);
  for (let row = 0; row < referenceRows; row++)
    for (let column = 0; column < pileupColumns; column++)
      data.set(
        [baseLevels[reference[column]] ?? 0, 254, 254, forwardLevel, otherLevel, equalLevel],
        (row * pileupColumns + column) * depth,
      );
  const room = pileupRows - referenceRows;
  reads.slice(0, room).forEach((read, i) => {
    if (read.bases.length !== read.qualities.length)
      throw new PolyclinicError("genomes/pileup", "a read has different numbers of bases and qualities", {
        where: `read ${i + 1}`,
        expected: `${read.bases.length} qualities`,
        found: String(read.qualities.length),
      });
    for (let k = 0; k < read.bases.length; k++) {
      const column = read.start + k;
      if (column < 0 || column >= pileupColumns) continue;
      const differs = read.bases[k] !== reference[column] || (read.insertions?.[k] ?? 0) > 0;
      data.set(
        [
          baseLevels[read.bases[k]] ?? 0,
          Math.round((254 * Math.min(highestBaseQuality, read.qualities[k])) / highestBaseQuality),
          Math.round((254 * Math.min(highestMappingQuality, read.mappingQuality)) / highestMappingQuality),
          read.reverse ? reverseLevel : forwardLevel,
          read.supportsVariant ? supportingLevel : otherLevel,
          differs ? differingLevel : equalLevel,
        ],
        ((referenceRows + i) * pileupColumns + column) * depth,
      );
    }
  });
  return { data, omitted: Math.max(0, reads.length - room) };
}

/** `[100, 221, 6]` to `[224, 224, 3]`: channels 0-2 above channels 3-5, zeros below and to the right. */
export function stackPileup(tensor: Uint8Array): Uint8Array {
  const depth = pileupChannels.length;
  checkLength(tensor, pileupRows * pileupColumns * depth, "a pileup of 100 x 221 x 6");
  const image = new Uint8Array(stackedSide * stackedSide * 3);
  forEachCell((row, column, channel) => {
    image[stackedAt(row, column, channel)] = tensor[(row * pileupColumns + column) * depth + channel];
  });
  return image;
}

/** The inverse of `stackPileup`; the padding is ignored. */
export function unstackPileup(image: Uint8Array): Uint8Array {
  const depth = pileupChannels.length;
  checkLength(image, stackedSide * stackedSide * 3, "an image of 224 x 224 x 3");
  const tensor = new Uint8Array(pileupRows * pileupColumns * depth);
  forEachCell((row, column, channel) => {
    tensor[(row * pileupColumns + column) * depth + channel] = image[stackedAt(row, column, channel)];
  });
  return tensor;
}

function stackedAt(row: number, column: number, channel: number): number {
  return ((row + pileupRows * Math.floor(channel / 3)) * stackedSide + column) * 3 + (channel % 3);
}

function forEachCell(visit: (row: number, column: number, channel: number) => void): void {
  for (let row = 0; row < pileupRows; row++)
    for (let column = 0; column < pileupColumns; column++)
      for (let channel = 0; channel < pileupChannels.length; channel++) visit(row, column, channel);
}

function checkLength(data: Uint8Array, length: number, what: string): void {
  if (data.length !== length)
    throw new PolyclinicError("genomes/pileup", "has the wrong size", {
      expected: `${length} bytes, ${what}`,
      found: `${data.length} bytes`,
    });
}
