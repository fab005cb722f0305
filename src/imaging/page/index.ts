/** Document pages. */
export { type PdfOptions, type PdfPage, type PdfPages, readPdf } from "./read-pdf.ts";
export type { PositionedText } from "./text-layer.ts";
