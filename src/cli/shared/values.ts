/** Parsers of option values. */
import { InvalidArgumentError } from "commander";
import { isModality, modalityExamples } from "../../study/modality.ts";

export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError("expected a number of at least 0");
  return value;
}

export function whole(text: string): number {
  const value = number(text);
  if (!Number.isInteger(value)) throw new InvalidArgumentError("expected a whole number");
  return value;
}

export function positiveWhole(text: string): number {
  const value = whole(text);
  if (value < 1) throw new InvalidArgumentError("expected a whole number of 1 or more.");
  return value;
}

export function list(text: string): string[] {
  return text.split(",").map((item) => item.trim());
}

/** A DICOM modality, converted to upper case. */
export function modalityCode(text: string): string {
  const code = text.trim().toUpperCase();
  if (!isModality(code)) throw new InvalidArgumentError(`expected a DICOM modality: ${modalityExamples}`);
  return code;
}

/** Collects the values of a repeatable option. */
export function collect(text: string, before: string[] = []): string[] {
  return [...before, text];
}

export function choice(...choices: string[]) {
  return (text: string) => {
    if (!choices.includes(text)) throw new InvalidArgumentError(`expected ${choices.join(" or ")}`);
    return text;
  };
}
