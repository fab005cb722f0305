/**
 * Microns per pixel from scanners' metadata. Only plausible values are used: generic tools set the TIFF resolution to a
 * screen's 72 or a printer's 300 or 600 dpi, which is not a microscope's.
 */

/**
 * The range accepted from generic resolution tags: from 100x oil immersion with oversampling to a 1.25x overview, with
 * a margin.
 */
const plausible = { least: 0.01, most: 20 };

export function plausibleMicrons(value: number | undefined): number | undefined {
  return value !== undefined && value >= plausible.least && value <= plausible.most ? value : undefined;
}

/** `|MPP = 0.4990|` of an Aperio image description. */
export function aperioMicrons(description: string): number | undefined {
  return positive(/\bMPP\s*=\s*([\d.]+)/.exec(description)?.[1]);
}

/** TIFF XResolution in pixels per ResolutionUnit (2 inch, 3 centimetre). */
export function tiffMicrons(pixelsPerUnit: number | undefined, unit: number): number | undefined {
  const micronsPerUnit = unit === 3 ? 10_000 : unit === 2 ? 25_400 : undefined;
  if (pixelsPerUnit === undefined || micronsPerUnit === undefined || !(pixelsPerUnit > 0)) return undefined;
  return plausibleMicrons(micronsPerUnit / pixelsPerUnit);
}

const micronsPerUnit: Readonly<Record<string, number>> = {
  nm: 0.001,
  µm: 1,
  μm: 1,
  um: 1,
  micron: 1,
  microns: 1,
  mm: 1000,
  cm: 10_000,
};

/** `PhysicalSizeX` (and its unit, micrometre by default) of the first Pixels element of an OME-XML description. */
export function omeMicrons(xml: string): number | undefined {
  const pixels = /<(?:\w+:)?Pixels\b[^>]*>/.exec(xml)?.[0];
  const size = positive(/\bPhysicalSizeX="([^"]+)"/.exec(pixels ?? "")?.[1]);
  const unit = /\bPhysicalSizeXUnit="([^"]+)"/.exec(pixels ?? "")?.[1] ?? "µm";
  return size === undefined || micronsPerUnit[unit] === undefined ? undefined : size * micronsPerUnit[unit];
}

/** ImageJ writes pixels per unit in XResolution and names the unit in its description. */
export function imageJMicrons(description: string, pixelsPerUnit: number | undefined): number | undefined {
  if (!description.startsWith("ImageJ=") || !(pixelsPerUnit !== undefined && pixelsPerUnit > 0)) return undefined;
  const unit = /^unit=(.+)$/m.exec(description)?.[1].trim().replace("\\u00B5", "µ") ?? "";
  return plausibleMicrons(micronsPerUnit[unit] === undefined ? undefined : micronsPerUnit[unit] / pixelsPerUnit);
}

/** Philips TIFF: `DICOM_PIXEL_SPACING` holds `"row" "column"` in millimetres, the first of them for level 0. */
export function philipsMicrons(xml: string): number | undefined {
  const text = /DICOM_PIXEL_SPACING"[^>]*>\s*(?:"|&quot;)[\d.eE+-]+(?:"|&quot;)\s+(?:"|&quot;)([\d.eE+-]+)/.exec(
    xml,
  )?.[1];
  const millimetres = positive(text);
  return millimetres === undefined ? undefined : plausibleMicrons(millimetres * 1000);
}

/**
 * Millimetres between columns of every resolution, level 0 first, as far as the description of a Philips TIFF contains
 * them.
 */
export function philipsSpacings(xml: string): number[] {
  const spacings: number[] = [];
  // One representation after another, each with its number after or before its spacing.
  for (const [, body] of xml.matchAll(/ObjectType="PixelDataRepresentation">([\s\S]*?)<\/DataObject>/g)) {
    const number = /PIIM_PIXEL_DATA_REPRESENTATION_NUMBER"[^>]*>\s*(\d+)/.exec(body)?.[1];
    const spacing = philipsMicrons(body);
    if (number !== undefined && spacing !== undefined && Number(number) < 64) spacings[Number(number)] = spacing / 1000;
  }
  return spacings;
}

function positive(text: string | undefined): number | undefined {
  const value = text === undefined ? Number.NaN : Number.parseFloat(text);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}
