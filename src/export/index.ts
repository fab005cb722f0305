/** Export formats: JSON, images with boxes, DICOM structured reports, FHIR bundles. */
export { type Description, describeResult } from "./describe.ts";
export type { DicomFile } from "./dicom/file.ts";
export { type SourceHeaders, toPresentationStates } from "./dicom/presentation-state.ts";
export { toSegmentations } from "./dicom/segmentation.ts";
export { type StructuredReport, toDicomSr } from "./dicom/structured-report.ts";
export { type AfterVisitBundleOptions, afterVisitToFhir } from "./fhir/after-visit.ts";
export { toFhir } from "./fhir/bundle.ts";
export type { SourceFile } from "./fhir/documents.ts";
export { type LabBundleOptions, labsToFhir } from "./fhir/labs.ts";
export { fromJson, resultJsonSchema, toJson } from "./json.ts";
export { toOverlay } from "./overlay.ts";
export { resultSchema } from "./result-schema.ts";

export type { Reviewed } from "./reviewed.ts";
export { type ExportPaths, saveExports } from "./save.ts";
