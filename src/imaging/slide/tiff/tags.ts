/** The TIFF 6.0 tags, and the private ones of slide scanners, that a slide reader needs, by their names in the specification. */
export const Tag = {
  NewSubfileType: 254,
  ImageWidth: 256,
  ImageLength: 257,
  BitsPerSample: 258,
  Compression: 259,
  PhotometricInterpretation: 262,
  FillOrder: 266,
  ImageDescription: 270,
  StripOffsets: 273,
  SamplesPerPixel: 277,
  RowsPerStrip: 278,
  StripByteCounts: 279,
  XResolution: 282,
  YResolution: 283,
  PlanarConfiguration: 284,
  ResolutionUnit: 296,
  Predictor: 317,
  ColorMap: 320,
  TileWidth: 322,
  TileLength: 323,
  TileOffsets: 324,
  TileByteCounts: 325,
  SubIFDs: 330,
  ExtraSamples: 338,
  SampleFormat: 339,
  JPEGTables: 347,
  YCbCrSubSampling: 530,
  YCbCrPositioning: 531,
  /** Adobe XMP; Ventana scanners store their `iScan` description in it. */
  Xmp: 700,
  IccProfile: 34675,
  /** Present in every directory of a Hamamatsu NDPI file. */
  NdpiFormat: 65420,
} as const;

/** Values of the Compression tag. */
export const Compression = {
  none: 1,
  lzw: 5,
  jpeg: 7,
  deflate: 8,
  packBits: 32773,
  deflateOld: 32946,
  jpeg2000: 34712,
  aperioJpeg2000YCbCr: 33003,
  aperioJpeg2000Rgb: 33005,
} as const;

/** Values of the PhotometricInterpretation tag. */
export const Photometric = { whiteIsZero: 0, blackIsZero: 1, rgb: 2, palette: 3, mask: 4, cmyk: 5, ycbcr: 6 } as const;

/** Field types: bytes each, by type number (TIFF 6.0 section 2, BigTIFF 16-18). */
export const typeSize: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  16: 8,
  17: 8,
  18: 8,
};
