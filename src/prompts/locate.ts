/**
 * Localisation. MedGemma writes a box as `box_2d: [y0, x0, y1, x1]`, integers in thousandths of the zero-padded square,
 * top-left then bottom-right, as a JSON list in a code fence (report section 3.2.4 and table 12; anatomy notebook).
 */
import type { PromptForm, PromptText } from "./form.ts";

export function locatePrompt(object: string, form: PromptForm): PromptText {
  const questionText = `Where is the ${object.trim()}?`;
  if (form === "brief") return { version: "locate-brief@1", after: questionText };
  return {
    version: "locate-instructed@1",
    after: `Answer the question below with bounding boxes. A box is written "box_2d": [y0, x0, y1, x1], where (y0, x0) is the top left corner and (y1, x1) the bottom right corner, each normalised to integers from 0 to 1000 of the image's height and width. For example, a box over the lower right quarter of an image is [500, 500, 1000, 1000].
Write the boxes as one parseable JSON list in a fence, like this example of an image with a car and a dog:
\`\`\`json
[{"box_2d": [35, 145, 340, 610], "label": "car"}, {"box_2d": [420, 80, 760, 305], "label": "dog"}]
\`\`\`
Remember that "left" means the patient's left, which is on the right side of a frontal image.
${questionText}
Do not answer without reasoning first. End with "Final Answer: X", where X is the list.`,
  };
}

/** A box in the model's own coordinates. */
export interface ThousandthsBox {
  readonly label: string;
  /** `[y0, x0, y1, x1]`, 0 to 1000. */
  readonly box: readonly [y0: number, x0: number, y1: number, x1: number];
}

/** Boxes in MedGemma's format, the target in training. */
export function boxesAnswer(boxes: readonly ThousandthsBox[]): string {
  const list = boxes.map(({ label, box }) => {
    const thousandths = box.map((value) => Math.min(1000, Math.max(0, Math.round(value))));
    return `{"box_2d": [${thousandths.join(", ")}], "label": ${JSON.stringify(label)}}`;
  });
  return `\`\`\`json\n[${list.join(", ")}]\n\`\`\``;
}
