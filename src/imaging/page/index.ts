/** Document pages (PDF). */
export type { PdfPage } from "./draw-pdf.ts";
export { type PdfOptions, type PdfPages, readPdf } from "./read-pdf.ts";
export type { PositionedText } from "./text-layer.ts";
