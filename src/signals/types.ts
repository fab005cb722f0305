/** Signals over time, such as an ECG: channels with names, units and one sampling rate. */

export interface Channel {
  /** As in the file; ECG leads in standard spelling: `I`, `aVR`, `V1`. */
  name: string;
  /** `mV` for voltages; otherwise as in the file. */
  unit: string;
  /** NaN for samples that the file marks as missing. */
  samples: Float32Array;
}

/** An ECG: channels with a common sampling rate and length. */
export interface Recording {
  channels: Channel[];
  /** Sampling rate of all channels, hertz. */
  rate: number;
  /** Samples per channel. */
  length: number;
  /** Low and high cutoff in hertz of the filters applied by the device, if stated. */
  filters: { low?: number; high?: number; notch?: number };
  /** Problems found, as sentences: missing leads, saturated samples. */
  cautions: string[];
  where: string;
}

/** The 12 standard ECG leads, in the usual order. */
export const standardLeads = ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"] as const;

const spelled = new Map(standardLeads.map((lead) => [lead.toLowerCase(), lead as string]));

/** Converts `Lead AVR`, `avr`, `ECG V1`, `MLII` to standard spelling; other names are unchanged. */
export function leadName(text: string): string {
  const bare = text
    .trim()
    .replace(/^(ecg|ekg|lead|ml)[\s_:-]*/i, "")
    .replace(/\s*\((einthoven|goldberger|wilson)\)$/i, "");
  return spelled.get(bare.toLowerCase()) ?? text.trim();
}
