/**
 * Tests whether a server really passes images to the model, and as in training: images and questions that any working vision model answers correctly, but
 * not a server that drops images, shrinks them or uses the wrong attention mask. It tests the server, not medical knowledge.
 */
import { PolyclinicError } from "../../base/errors.ts";
import type { Image } from "../../imaging/types.ts";
import type { Content, Generator } from "../contract.ts";
import { type Colour, colouredSquare, colours, digits, numberPlate } from "./canary-pictures.ts";

/** One check of whether a server passes images to its model. */
export interface CanaryCheck {
  readonly id: "sees-images" | "keeps-order" | "sees-detail" | "image-tokens";
  readonly what: string;
  readonly passed: boolean;
  readonly expected: string;
  readonly found: string;
  /** What a failure usually means. */
  readonly hint?: string;
}

/** The result of all checks: the model receives images (`sees`), does not (`blind`), or some checks failed (`doubtful`). */
export interface CanaryReport {
  /** `withheld`: the server refuses the test images, which are outside its model's scope; whether it sees them is unknown. */
  readonly verdict: "sees" | "doubtful" | "blind" | "withheld";
  readonly checks: readonly CanaryCheck[];
}

/** The finish reason of a refusal (`/v1/chat/completions` of Polyclinic, content filters). */
const isRefusal = (error: PolyclinicError) => error.code === "remote/finish" && error.found === "content_filter";
const blindCodes = new Set(["remote/no-vision", "remote/images-ignored"]);

/** @throws PolyclinicError as the model does; a wrong answer is a finding, not an error. */
export async function canary(model: Generator, { signal }: { signal?: AbortSignal } = {}): Promise<CanaryReport> {
  const generate = async (images: readonly Image[], text: string) => {
    const content: Content[] = [...images.map((image) => ({ type: "image", image }) as const), { type: "text", text }];
    try {
      return await model.generate([{ role: "user", content }], { maxTokens: 200, temperature: 0, signal }).result;
    } catch (error) {
      // Servers that refuse or drop images are exactly what this check detects.
      if (!PolyclinicError.is(error) || !(blindCodes.has(error.code) || isRefusal(error))) throw error;
      return { text: error.summary, usage: { promptTokens: 0 }, refused: isRefusal(error) };
    }
  };
  const size = model.limits.imageSize ?? 896;
  const order: Colour[] = ["green", "red", "blue"];
  const answers = {
    red: await generate([colouredSquare("red", size)], "Which colour is this image? Answer with one word."),
    blue: await generate([colouredSquare("blue", size)], "Which colour is this image? Answer with one word."),
    order: await generate(
      order.map((colour) => colouredSquare(colour, size)),
      "Which colours are these images, in order? Answer with three words.",
    ),
    detail: await generate([numberPlate(size)], "Which number is written in this image? Answer with the digits only."),
  };
  if (Object.values(answers).every((answer) => "refused" in answer && answer.refused))
    return { verdict: "withheld", checks: [] };
  const checks: CanaryCheck[] = [
    {
      id: "sees-images",
      what: "names the colour of a red and of a blue image",
      expected: "red; blue",
      found: `${shortened(answers.red.text)}; ${shortened(answers.blue.text)}`,
      passed: named(answers.red.text).join() === "red" && named(answers.blue.text).join() === "blue",
      hint: "The server drops images, or serves the model without its vision part (llama.cpp: --mmproj).",
    },
    {
      id: "keeps-order",
      what: "names the colours of three images in order",
      expected: order.join(", "),
      found: shortened(answers.order.text),
      passed: named(answers.order.text).join() === order.join(),
      hint: "Images are reordered, limited in number (vLLM: --limit-mm-per-prompt), or attend to each other because the attention mask is wrong.",
    },
    {
      id: "sees-detail",
      what: `reads a small number in a ${size} pixel image`,
      expected: digits,
      found: shortened(answers.detail.text),
      passed: answers.detail.text.replace(/\D/g, "") === digits,
      hint: "The server shrinks images, or runs the vision part at too low a precision (fp16 overflows: use bf16 or f32).",
    },
    ...tokenCheck(model, answers.red.usage.promptTokens, answers.order.usage.promptTokens),
  ];
  const [sees] = checks;
  return { verdict: checks.every(({ passed }) => passed) ? "sees" : sees.passed ? "doubtful" : "blind", checks };
}

/** Two additional images must cost twice an image's tokens; omitted if the server does not report usage. */
function tokenCheck(model: Generator, one: number, three: number): CanaryCheck[] {
  if (one === 0 || three <= one) return [];
  // The two questions differ by a few words.
  const each = (three - one) / 2;
  const { tokensPerImage } = model.limits;
  return [
    {
      id: "image-tokens",
      what: "uses the model family's number of tokens per image",
      expected: `about ${tokensPerImage}`,
      found: String(Math.round(each)),
      passed: Math.abs(each - tokensPerImage) <= 8,
      hint: "The server resizes or tiles images in its own way (pan and scan must be off), or does not count cached tokens.",
    },
  ];
}

/** The colours named in a text, in order, without immediate repetition. */
function named(text: string): Colour[] {
  const words = text.toLowerCase().match(new RegExp(`\\b(${Object.keys(colours).join("|")})\\b`, "g")) ?? [];
  return words as Colour[];
}

function shortened(text: string): string {
  const line = text.trim().replace(/\s+/g, " ");
  return line === "" ? "nothing" : line.slice(0, 80);
}
