/** Values of options, from the text that was typed. */
import { InvalidArgumentError } from "commander";
import { isModality, modalityExamples } from "../../study/modality.ts";

export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError("expected a number from 0");
  return value;
}

export function whole(text: string): number {
  const value = number(text);
  if (!Number.isInteger(value)) throw new InvalidArgumentError("expected a whole number");
  return value;
}

export function list(text: string): string[] {
  return text.split(",").map((item) => item.trim());
}

/** A modality of DICOM, whose letters are always capitals. */
export function modalityCode(text: string): string {
  const code = text.trim().toUpperCase();
  if (!isModality(code)) throw new InvalidArgumentError(`expected a DICOM modality: ${modalityExamples}`);
  return code;
}

/** For options that can be given several times. */
export function collect(text: string, before: string[] = []): string[] {
  return [...before, text];
}

export function choice(...choices: string[]) {
  return (text: string) => {
    if (!choices.includes(text)) throw new InvalidArgumentError(`expected ${choices.join(" or ")}`);
    return text;
  };
}
