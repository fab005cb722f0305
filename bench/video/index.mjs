/** Spans of known events in generated clips, and the same with shuffled times: mechanism (src/recipes/video/mechanism.ts). */
import { bootstrapInterval, iouAt, mean, meanStatistic, wilsonInterval } from "../../dist/measure/index.js";
import { spanMechanism } from "../../dist/recipes/video/mechanism.js";

const clips = 200;

export async function rows() {
  const { ious, shuffled } = await spanMechanism({ clips, seed: 1 });
  const shared = { unit: "IoU", peerName: "the same frames, times shuffled" };
  const { low, high } = bootstrapInterval(clips, meanStatistic(ious), { resamples: 1000, seed: 101 });
  const null95 = bootstrapInterval(clips, meanStatistic(shuffled), { resamples: 1000, seed: 101 });
  const format = (interval) => `${interval.low.toFixed(3)}-${interval.high.toFixed(3)}`;
  return [
    {
      id: "video-mean-iou",
      ours: mean(ious),
      peer: mean(shuffled),
      ...shared,
      note: `95 % ${format({ low, high })}, shuffled ${format(null95)}, n ${clips}`,
    },
    ...[0.3, 0.5, 0.7].map((threshold) => {
      const hits = (values) => wilsonInterval(Math.round(iouAt(values, threshold) * clips), clips);
      return {
        id: `video-iou@${threshold}`,
        ours: iouAt(ious, threshold),
        peer: iouAt(shuffled, threshold),
        unit: "of clips",
        peerName: shared.peerName,
        note: `95 % ${format(hits(ious))}, shuffled ${format(hits(shuffled))}, n ${clips}`,
      };
    }),
  ];
}
