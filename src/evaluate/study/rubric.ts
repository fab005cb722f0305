/**
 * Rubrics as data: axes with closed answers, for texts rated one at a time, two side by side, or two answers to
 * questions that differ in identity.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { PolyclinicError } from "../../base/errors.ts";
import { parseYaml } from "../../base/yaml/yaml.ts";

export const rubricFolder = fileURLToPath(new URL("../../../rubrics/", import.meta.url));

const axis = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/),
  ask: z.string(),
  /** Closed answers; a pairwise axis has A, B and equal. */
  options: z.array(z.string()).min(2).optional(),
  favourable: z.array(z.string()).default([]),
  /** Numeric values of ordered options. */
  scale: z.array(z.number()).optional(),
  /** The option for "cannot rate"; such ratings are counted but excluded from the figures. */
  na: z.string().optional(),
  /** Pairwise: the chosen text is the worse one. */
  worse: z.boolean().default(false),
  explain: z.boolean().default(false),
  groups: z.array(z.string()).optional(),
});

const rubric = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]+$/),
  title: z.string(),
  version: z.int().positive(),
  shape: z.enum(["independent", "pairwise", "counterfactual"]),
  source: z.string(),
  groups: z.array(z.string()).default(["rater"]),
  axes: z.array(axis).min(1),
});

export type Rubric = z.infer<typeof rubric>;
export type Axis = z.infer<typeof axis>;

export const pairwiseOptions = ["A", "B", "equal"] as const;

/** The allowed answers of an axis. */
export function optionsOfAxis({ shape }: Rubric, { options, na }: Axis): readonly string[] {
  const own = shape === "pairwise" ? pairwiseOptions : (options ?? []);
  return na === undefined ? own : [...own, na];
}

/**
 * By name or path. @throws PolyclinicError `study/rubric` naming the field; axes without closed answers are rejected,
 * because free text cannot be counted.
 */
export async function loadRubric(name: string): Promise<Rubric> {
  const path = /^[a-z0-9-]+$/.test(name) ? join(rubricFolder, `${name}.yaml`) : name;
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) {
    const known = (await readdir(rubricFolder)).map((file) => file.replace(/\.yaml$/, "")).sort();
    throw new PolyclinicError("study/rubric", "there is no rubric with this name", {
      where: name,
      expected: `${known.join(", ")}, or a .yaml file`,
    });
  }
  const fault = (field: string, message: string) =>
    new PolyclinicError("study/rubric", `field ${field}: ${message}`, {
      where: path,
      hint: "docs/evaluation.md shows a rubric.",
    });
  let value: unknown;
  try {
    value = parseYaml(text);
  } catch (cause) {
    throw fault("(whole file)", `is not YAML: ${(cause as Error).message.split("\n")[0]}`);
  }
  const result = rubric.safeParse(value);
  if (!result.success) throw fault(result.error.issues[0].path.join("."), result.error.issues[0].message);
  const { shape, axes, groups } = result.data;
  const seen = new Set<string>();
  for (const { id, options, favourable, scale, groups: own = [] } of axes) {
    if (seen.has(id)) throw fault(`axes.${id}`, "occurs twice");
    seen.add(id);
    if (shape === "pairwise" && options !== undefined)
      throw fault(`axes.${id}.options`, "the options of a pairwise axis are A, B and equal");
    if (shape !== "pairwise" && options === undefined)
      throw fault(`axes.${id}.options`, "the scale has no predefined options: list them");
    const unknownOption = favourable.find((option) => !options?.includes(option));
    if (unknownOption !== undefined) throw fault(`axes.${id}.favourable`, `${unknownOption} is not one of the options`);
    if (scale !== undefined && scale.length !== options?.length)
      throw fault(`axes.${id}.scale`, "needs one number per option");
    const group = own.find((name) => !groups.includes(name));
    if (group !== undefined) throw fault(`axes.${id}.groups`, `${group} is not one of the rubric's groups`);
  }
  return result.data;
}

export const axesFor = (rubric: Rubric, group: string): readonly Axis[] =>
  rubric.axes.filter(({ groups }) => groups === undefined || groups.includes(group));
