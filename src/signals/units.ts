import type { Channel } from "./types.ts";

const toMillivolt: Readonly<Record<string, number>> = { v: 1000, mv: 1, uv: 0.001, µv: 0.001, μv: 0.001, nv: 1e-6 };

/** Converts voltages to millivolts; other units are unchanged. */
export function inMillivolt(channel: Channel): Channel {
  const factor = toMillivolt[channel.unit.toLowerCase()];
  if (factor === undefined) return channel;
  return {
    ...channel,
    unit: "mV",
    samples: factor === 1 ? channel.samples : channel.samples.map((value) => value * factor),
  };
}
