/** DICOM: files to images and volumes. */

export type { Samples } from "./codecs/frame.ts";
export { type DirectoryEntry, type MediaDirectory, readMediaDirectory } from "./dicomdir.ts";
export { type Charset, charsetOf, decodeText } from "./parse/charset.ts";
export { type Attribute, DataSet, type Element } from "./parse/data-set.ts";
export { lookupTag, tagName, tagOf } from "./parse/dictionary.ts";
export { cmsEnvelope } from "./parse/encrypted.ts";
export { type DicomFile, isDicom, type ParseOptions, parseDicom } from "./parse/parse.ts";
export { readDicomHeader } from "./parse/source.ts";
export { type TransferSyntax, transferSyntaxes } from "./parse/transfer-syntax.ts";
export { applyPalette, type Palette, readPalette, toRgb } from "./pixels/color.ts";
export { type DecodedFrame, decodeFrame } from "./pixels/decode.ts";
export { type FrameRange, type Frames, locateFrames, readFrameBytes } from "./pixels/frames.ts";
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
} from "./pixels/lut.ts";
export { type PixelFormat, pixelFormatOf } from "./pixels/pixel-format.ts";
export { type Rendered, readFrame, renderFrame } from "./pixels/render.ts";
export { cineOf, frameTimes, frameTimeWarnings } from "./series/cine.ts";
export type { DecodeWork } from "./series/fill-volume.ts";
export { type FrameMeaning, meaningNames } from "./series/frames/meaning.ts";
export { type DicomInstance, describeInstance, openInstance, type Slice, slicesOf } from "./series/instance.ts";
export { encapsulatedDocument, kindNames, type ObjectKind, objectKindOf } from "./series/object-kind.ts";
export { type Assembly, assembleSeries, type DicomSeries } from "./series/series.ts";
export { describeVolume, type LoadedVolume, loadSlice, loadVolume } from "./series/volume.ts";
export { type Attributes, attributeElements } from "./write/attributes.ts";
export {
  type Deidentified,
  type DeidentifyOptions,
  deidentify,
  deidentifyFile,
  newUid,
  profileAction,
} from "./write/deidentify.ts";
export { writeDicom } from "./write/write.ts";
