/** Values of form fields: drawn where the file has no appearance for them, and part of the text layer, which PDF.js leaves them out of. */
import type { PositionedText } from "./text-layer.ts";

/** The part of PDF.js's annotation data that is used here. */
export interface PdfAnnotation {
  readonly id: string;
  readonly subtype: string;
  readonly fieldType?: string;
  readonly fieldValue?: unknown;
  readonly exportValue?: string;
  readonly checkBox?: boolean;
  readonly radioButton?: boolean;
  readonly buttonValue?: string;
  readonly password?: boolean;
  readonly hidden?: boolean;
  readonly annotationFlags?: number;
  readonly rect: readonly number[];
  /** The words of its appearance. */
  readonly textContent?: readonly string[];
  readonly contentsObj?: { readonly str: string };
}

/** Annotation flags hidden and no view (ISO 32000-1, table 165). */
const unseenFlags = 2 | 32;

function isSeen({ hidden, annotationFlags = 0, rect }: PdfAnnotation): boolean {
  return hidden !== true && (annotationFlags & unseenFlags) === 0 && rect.length === 4;
}

function typedValue({ fieldType, fieldValue, password }: PdfAnnotation): string {
  if (password === true || (fieldType !== "Tx" && fieldType !== "Ch")) return "";
  const values = Array.isArray(fieldValue) ? fieldValue : [fieldValue];
  return values.filter((value) => typeof value === "string" && value !== "").join(", ");
}

/** Filled fields whose appearance has no words: absent, empty, or to be made by the viewer (NeedAppearances). */
export function withoutInk(annotations: readonly PdfAnnotation[]): PdfAnnotation[] {
  return annotations.filter(
    (annotation) =>
      isSeen(annotation) && typedValue(annotation) !== "" && (annotation.textContent ?? []).join("").trim() === "",
  );
}

/** Notes that a viewer shows only when they are clicked. */
export function unseenNotes(annotations: readonly PdfAnnotation[]): number {
  return annotations.filter(({ subtype, contentsObj }) => subtype === "Text" && (contentsObj?.str ?? "") !== "").length;
}

/** @param viewport the matrix from the page to pixels. */
export function fieldText(annotations: readonly PdfAnnotation[], viewport: readonly number[]): PositionedText[] {
  return annotations.flatMap((annotation) => {
    const text = isSeen(annotation) ? textOf(annotation) : "";
    if (text === "") return [];
    const [a, b, c, d, e, f] = viewport;
    const corners = [0, 2].flatMap((x) =>
      [1, 3].map((y) => {
        const [px, py] = [annotation.rect[x], annotation.rect[y]];
        return [a * px + c * py + e, b * px + d * py + f];
      }),
    );
    const xs = corners.map(([x]) => x);
    const ys = corners.map(([, y]) => y);
    const [x, y] = [Math.min(...xs), Math.min(...ys)];
    return [{ text, x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y, angle: 0 }];
  });
}

function textOf(annotation: PdfAnnotation): string {
  const { subtype, fieldType, fieldValue, checkBox, radioButton, exportValue, buttonValue, textContent } = annotation;
  const shown = (textContent ?? []).join("\n").trim();
  if (subtype === "FreeText") return shown || (annotation.contentsObj?.str ?? "");
  if (fieldType === "Btn" && checkBox === true) return fieldValue === exportValue ? "[x]" : "[ ]";
  if (fieldType === "Btn" && radioButton === true) return fieldValue === buttonValue ? "(x)" : "( )";
  return shown || typedValue(annotation);
}
