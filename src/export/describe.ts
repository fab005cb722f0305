/**
 * Describes for people which model answered, what it saw, and how the answer was parsed. Every export contains these
 * lines.
 */
import { computedSentence, type SeenImage, seenInWords, type TaskResult } from "../task/result.ts";
import { product } from "./product.ts";

/** A result described in English sentences, for overlays, DICOM SR, FHIR and signed reports. */
export interface Description {
  /** Name, engine, precision and hash. */
  readonly model: string;
  /** View recipe, images, and omitted content. */
  readonly saw: readonly string[];
  /** Parse status, its problems, and the finish reason. */
  readonly parse: string;
  /** The model's text, when it could not be parsed. */
  readonly rawText?: string;
  /** Prompt version, sampling, software. */
  readonly made: string;
  /** Reasons for caution. */
  readonly cautions: readonly string[];
  readonly notice: string;
}

/** A result described for people: model, what it saw, parsing, provenance, cautions and the research notice. */
export function describeResult(result: TaskResult): Description {
  const { model, saw, parse, sampling } = result;
  const computed = result.finishReason === "computed";
  const options = Object.entries(sampling).map(([name, value]) => `${name} ${value}`);
  return {
    model: computed
      ? computedSentence(result)
      : `Model ${model.name} (${model.engine}, ${model.precision}), SHA-256 ${model.hash ?? "not available from the engine"}.`,
    saw: [
      computed
        ? `Read from ${saw.sources.length === 1 ? "one source" : `${saw.sources.length} sources`}, SHA-256 ${saw.sources.join(", ")}.`
        : `The model saw ${seenInWords(saw)} prepared by the recipe ${saw.recipe}${saw.images.length + (saw.texts?.length ?? 0) > 0 ? ":" : "."}`,
      ...seenByPart(saw.images),
      ...(saw.texts ?? []).map(
        ({ partLabel, index, characters }) =>
          `${partLabel}: text${index === undefined ? "" : ` of page ${index + 1}`}, ${count(characters, "character")}`,
      ),
      ...saw.leftOut.map((what) => `Left out: ${what}`),
    ],
    parse: computed
      ? "The answer was computed."
      : `Answer ${parse.status}${parse.problems.length > 0 ? ` (${parse.problems.join("; ")})` : ""}; ` +
        `reason why generation stopped: ${result.finishReason}.`,
    rawText: parse.status === "unparsed" ? result.text : undefined,
    made: `${computed ? "" : `Prompt ${result.promptVersion}; ${options.join(", ")}; `}${product.name} ${product.version}.`,
    cautions: (result.cautions ?? []).map((caution) => `Caution: ${caution}`),
    notice: result.notice,
  };
}

/** All lines of a description, the notice first. */
export function descriptionLines(description: Description): string[] {
  const { notice, cautions, model, saw, parse, made } = description;
  return [notice, ...cautions, model, ...saw, parse, made];
}

function seenByPart(images: readonly SeenImage[]): string[] {
  const parts = new Map<number, SeenImage[]>();
  for (const image of images) parts.set(image.part, [...(parts.get(image.part) ?? []), image]);
  return [...parts.values()].map((seen) => {
    const [{ partLabel, modality }] = seen;
    const numbers = seen.flatMap(({ index }) => (index === undefined ? [] : [index + 1]));
    const which = numbers.length > 0 ? `, ${seen.length === 1 ? "number" : "numbers"} ${ranges(numbers)}` : "";
    return `${partLabel} (${modality}): ${count(seen.length, "image")}${which}`;
  });
}

const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? "" : "s"}`;

/** `[1, 2, 3, 7]` as `1-3, 7`. */
function ranges(numbers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const n of numbers) {
    const last = runs.at(-1);
    if (last !== undefined && n === last[1] + 1) last[1] = n;
    else runs.push([n, n]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(", ");
}
