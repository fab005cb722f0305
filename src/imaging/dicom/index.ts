/** DICOM: files to pictures and volumes. */
export { type Charset, charsetOf, decodeText } from "./charset.ts";
export type { Samples } from "./codecs/frame.ts";
export { applyPalette, type Palette, readPalette, toRgb } from "./color.ts";
export { type Attribute, DataSet, type Element } from "./data-set.ts";
export { type DecodedFrame, decodeFrame } from "./decode.ts";
export { type Deidentified, type DeidentifyOptions, deidentify, deidentifyFile, profileAction } from "./deidentify.ts";
export { type DirectoryEntry, type MediaDirectory, readMediaDirectory } from "./dicomdir.ts";
export { lookupTag, tagName, tagOf } from "./dictionary.ts";
export { cmsEnvelope } from "./encrypted.ts";
export type { DecodeWork } from "./fill-volume.ts";
export { type FrameRange, type Frames, locateFrames, readFrameBytes } from "./frames.ts";
export { type DicomInstance, describeInstance, openInstance, type Slice, slicesOf } from "./instance.ts";
export {
  applyModality,
  applyVoiLut,
  applyWindow,
  type Lut,
  type ModalityTransform,
  readModalityTransform,
  readPadding,
  readVoiLuts,
  readWindows,
  type Window,
  windowFunction,
} from "./lut.ts";
export { encapsulatedDocument, kindNames, type ObjectKind, objectKindOf } from "./object-kind.ts";
export { type DicomFile, isDicom, type ParseOptions, parseDicom } from "./parse.ts";
export { type PixelFormat, pixelFormatOf } from "./pixel-format.ts";
export { type Rendered, readFrame, renderFrame } from "./render.ts";
export { type Assembly, assembleSeries, type DicomSeries } from "./series.ts";
export { type ByteSource, bytesSource, fileSource, readDicomHeader } from "./source.ts";
export { type TransferSyntax, transferSyntaxes } from "./transfer-syntax.ts";
export { type LoadedVolume, loadVolume } from "./volume.ts";
