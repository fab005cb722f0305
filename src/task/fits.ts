/** Checks whether a task fits a study and a model: a single error, before the model runs, that names task, part, model and a remedy. */
import { PolyclinicError } from "../base/errors.ts";
import type { Generator } from "../model/contract.ts";
import { isPictured } from "../study/study.ts";
import type { Part, RecordPart, Study } from "../study/types.ts";
import type { ViewOptions } from "../study/views/index.ts";
import type { Task } from "./define.ts";
import type { Layout } from "./layout.ts";

/**
 * @param chosen the parts selected by the options. Default: all.
 * @throws PolyclinicError `task/does-not-fit`.
 */
export function requireFit(task: Task, study: Study, model: Generator, { parts: chosen }: ViewOptions = {}): void {
  const parts = study.parts.filter((_, i) => chosen === undefined || chosen.includes(i));
  // A study without parts is reported by the layout, which knows what was left out.
  if (parts.length === 0) return;
  const { parts: kinds, pair, scores } = task.needs;
  const refuse = (summary: string, details: { expected: string; found: string; hint: string }) => {
    throw misfit(task, parts, model, summary, details);
  };
  const suits = ({ kind }: Part) => kinds === undefined || kinds.includes(kind);
  if (!(pair ? parts.every(suits) : parts.some(suits)))
    refuse("the task does not apply to this study", {
      expected: `parts of these kinds: ${kinds?.join(", ")}`,
      found: kindsOf(parts),
      hint: "Choose a study with such a part, or another task.",
    });
  if (pair && parts.length < 2)
    refuse("a comparison needs a prior and a current study", {
      expected: "two parts that a model can look at",
      found: "one",
      hint: "Name one image or series for the prior and one for the current.",
    });
  if (scores && model.score === undefined)
    refuse("the task needs the likelihoods of answers, which this model does not provide", {
      expected: "a model in process, or a server that returns the log-probabilities of a prompt",
      found: model.identity.engine,
      hint: "Choose another model (--model).",
    });
  if (model.limits.imageSize === undefined && !parts.some((part) => readable(part, task)))
    refuse("the model does not accept images", {
      expected: "a study with text, or a multimodal model",
      found: kindsOf(parts),
      hint: "Choose a model that accepts images (--model), or describe the case in a text file.",
    });
}

/** The same check for a layout, which knows what is actually shown. */
export function requireShown(task: Task, { study, items }: Layout, model: Generator): void {
  const { pair } = task.needs;
  const shown = [...new Set(items.map(({ part }) => part))].map((part) => study.parts[part]);
  if (!pair || shown.length === 2) return;
  throw misfit(task, shown, model, "a comparison needs a prior and a current study", {
    expected: "two parts that a model can look at",
    found: String(shown.length),
    hint: "Name one image or series for the prior and one for the current.",
  });
}

/** Whether part of it can be given to a model that takes no images. */
function readable(part: Part, { needs }: Task): boolean {
  if (needs.parts !== undefined && !needs.parts.includes(part.kind)) return false;
  if (needs.parts?.every((kind) => isPictured({ kind } as Part))) return false;
  return !isPictured(part) || (part.kind === "document" && part.pages.some(({ text }) => text.length > 0));
}

const kindsOf = (parts: readonly Part[]) => [...new Set(parts.map(({ kind }) => kind))].join(", ");

/** The parts named in the error; for a folder of images, only the first ones. */
const namedParts = 3;

function misfit(
  { name }: Task,
  parts: readonly Part[],
  { identity }: Generator,
  summary: string,
  details: { expected: string; found: string; hint: string },
): PolyclinicError {
  const labels = parts.slice(0, namedParts).map(({ kind, label }) => `${kind} "${label}"`);
  const more = parts.length > namedParts ? ` and ${parts.length - namedParts} more` : "";
  const where = `task ${name}, ${labels.join(", ")}${more}, model ${identity.name}`;
  return new PolyclinicError("task/does-not-fit", summary, { where, ...details });
}

/** The one health record of a study, for what works on nothing else. @param doing what needs it, as the beginning of a sentence that ends in "one health record". @throws PolyclinicError `task/does-not-fit`. */
export function recordOf({ parts }: Pick<Study, "parts">, doing: string): RecordPart {
  const [part] = parts;
  if (parts.length === 1 && part.kind === "record") return part;
  throw new PolyclinicError("task/does-not-fit", `${doing} one health record`, {
    where: "study",
    expected: "one part of the kind record",
    found: parts.map(({ kind }) => kind).join(", ") || "no part",
    hint: "Give only the file of the health record.",
  });
}
