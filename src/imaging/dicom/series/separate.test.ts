import { describe, expect, test } from "vitest";
import { instanceOf, mrImageStorage, sliceBytes, type Value } from "../../../../test/support/dicom.ts";
import { assembleSeries, type DicomInstance, loadVolume, parseDicom } from "../index.ts";
import { copyElement, type NewElement, writeDicom } from "../write/write.ts";

type Change = Record<string, Value | undefined>;

const places = 4;
let uids = 0;

/** Stacks of four slices at the same places; slice `i` of stack `k` begins with value `1000 k + i`. */
function stacks(count: number, change: (k: number, i: number) => Change, added?: (k: number) => NewElement[]) {
  return Array.from({ length: count * places }, (_, n): DicomInstance => {
    const [k, i] = [Math.floor(n / places), n % places];
    const bytes = sliceBytes(
      {
        SOPClassUID: mrImageStorage,
        Modality: "MR",
        SOPInstanceUID: `2.25.7${uids++}`,
        ImagePositionPatient: [0, 0, 2 * i],
        InstanceNumber: n + 1,
        ...change(k, i),
      },
      1000 * k + i,
    );
    if (added === undefined) return instanceOf(bytes, `${String(n).padStart(3, "0")}.dcm`);
    const { dataset } = parseDicom(bytes);
    const kept = [...dataset.elements.values()].map((element) => copyElement(dataset, element));
    return instanceOf(writeDicom([...kept, ...added(k)]), `${String(n).padStart(3, "0")}.dcm`);
  });
}

/** First voxels of every volume, slice by slice, less the rescale of the test's slices. */
async function firsts(instances: readonly DicomInstance[]): Promise<number[][]> {
  const { series, leftOut } = await assembleSeries(instances);
  expect(leftOut).toEqual([]);
  const volumes: number[][] = [];
  for (const one of series) {
    const { volume } = await loadVolume(one);
    volumes.push(Array.from({ length: volume.shape[0] }, (_, z) => volume.data[z * 12] + 1024));
  }
  return volumes;
}

const apart = (count: number) =>
  Array.from({ length: count }, (_, k) => Array.from({ length: places }, (_v, i) => 1000 * k + i));

const directions = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
  [0.6, 0.8, 0],
];
const ascii = (text: string) => new TextEncoder().encode(text.length % 2 ? `${text} ` : text);
const block = (group: number, creator: string, values: readonly [element: number, vr: string, value: Uint8Array][]) => [
  { tag: group * 65536 + 0x10, vr: "LO", value: ascii(creator) },
  ...values.map(([element, vr, value]) => ({ tag: group * 65536 + 0x1000 + element, vr, value })),
];
const doubles = (values: readonly number[]) => new Uint8Array(Float64Array.from(values).buffer);
const floats = (values: readonly number[]) => new Uint8Array(Float32Array.from(values).buffer);

describe("slices at one place are volumes of their own", () => {
  test.each<[string, (k: number) => Change]>([
    ["echo times under one echo number", (k) => ({ EchoNumbers: 1, EchoTime: 5.5 + 11 * k })],
    ["gradient directions", (k) => ({ DiffusionBValue: 1000, DiffusionGradientOrientation: directions[k] })],
    ["trigger times", (k) => ({ TriggerTime: 40 * k })],
    ["cardiac phases", (k) => ({ NominalCardiacTriggerDelayTime: 40 * k })],
    ["time points", (k) => ({ TemporalPositionIdentifier: k + 1 })],
    ["inversion times", (k) => ({ InversionTime: 100 + 50 * k })],
    ["flip angles", (k) => ({ FlipAngle: 5 + 10 * k })],
    ["complex components", (k) => ({ ImageType: ["ORIGINAL", "PRIMARY", "MRP"[k % 3], `${k}`] })],
    ["reference times of a PET frame", (k) => ({ Modality: "PT", FrameReferenceTime: 30_000 * k })],
    ["tube voltages", (k) => ({ Modality: "CT", KVP: 80 + 20 * k })],
    ["kernels", (k) => ({ Modality: "CT", ConvolutionKernel: `B${k}0f` })],
    ["an attribute nobody thought of", (k) => ({ ScanOptions: `VARIANT${k}` })],
    ["nothing at all: their order tells", () => ({})],
  ])("%s", async (_, change) => {
    expect(await firsts(stacks(4, change))).toEqual(apart(4));
  });

  test.each<[string, (k: number) => NewElement[]]>([
    ["Siemens", (k) => block(0x0019, "SIEMENS MR HEADER", [[0x0e, "FD", doubles(directions[k])]])],
    ["Siemens, of unknown type", (k) => block(0x0019, "SIEMENS MR HEADER", [[0x0e, "UN", doubles(directions[k])]])],
    [
      "GE",
      (k) =>
        block(
          0x0019,
          "GEMS_ACQU_01",
          directions[k].map((value, i) => [0xbb + i, "DS", ascii(`${value}`)]),
        ),
    ],
    [
      "Philips",
      (k) =>
        block(
          0x2005,
          "Philips MR Imaging DD 001",
          directions[k].map((value, i) => [0xb0 + i, "FL", floats([value])]),
        ),
    ],
  ])("directions in %s's own elements", async (_, added) => {
    expect(await firsts(stacks(4, () => ({ DiffusionBValue: 700 }), added))).toEqual(apart(4));
  });

  test("a b-value without direction, repeated, stands beside its directions", async () => {
    const instances = stacks(6, (k) =>
      k < 2 ? { DiffusionBValue: 0 } : { DiffusionBValue: 1000, DiffusionGradientOrientation: directions[k - 2] },
    );
    const volumes = await firsts(instances);
    expect(volumes.sort((a, b) => a[0] - b[0])).toEqual(apart(6));
  });

  test("two repetitions of each of two echoes are four volumes", async () => {
    const volumes = await firsts(stacks(4, (k) => ({ EchoTime: k % 2 ? 30 : 90 })));
    expect(volumes.sort((a, b) => a[0] - b[0])).toEqual(apart(4));
  });

  test("a run that was stopped keeps its last, shorter volume", async () => {
    for (const change of [(k: number): Change => ({ TemporalPositionIdentifier: k + 1 }), (): Change => ({})])
      expect(await firsts(stacks(3, change).slice(0, -2))).toEqual([...apart(3).slice(0, 2), [2000, 2001]]);
  });

  test("what is told apart by its order only says so", async () => {
    const { series } = await assembleSeries(stacks(2, () => ({})));
    for (const { warnings } of series)
      expect(warnings.map(({ code }) => code)).toEqual(["series/split", "series/separated-by-order"]);
  });

  test("stations that share planes are stacks side by side", async () => {
    const instances = stacks(3, (k, i) => ({
      ImageOrientationPatient: [1, 0, 0, 0, 0, -1],
      ImagePositionPatient: [0, 2 * i, -400 * k],
    }));
    // Slices of a coronal stack go up along their normal, which runs to posterior here.
    expect((await firsts(instances)).sort((a, b) => a[0] - b[0])).toEqual(apart(3));
  });
});

describe("objects of one UID", () => {
  const series = (change: (i: number) => Change, value = (i: number) => i) =>
    [0, 1, 2].map((i) =>
      instanceOf(
        sliceBytes({ SOPInstanceUID: "2.25.1", ImagePositionPatient: [0, 0, 2 * i], ...change(i) }, value(i)),
        `${i}.dcm`,
      ),
    );
  const codes = async (instances: readonly DicomInstance[]) => {
    const assembly = await assembleSeries(instances);
    const [first] = assembly.series;
    return { slices: first.slices.length, warnings: [...new Set(first.warnings.map(({ code }) => code))] };
  };

  test("with other pixels, or at other places, are all read, with a warning", async () => {
    expect(await codes(series(() => ({})))).toEqual({ slices: 3, warnings: ["series/same-uid"] });
    expect(
      await codes(
        series(
          () => ({}),
          () => 7,
        ),
      ),
    ).toEqual({ slices: 3, warnings: ["series/same-uid"] });
  });

  test("that are copies are read once, also where the rest of the header differs", async () => {
    const at = { ImagePositionPatient: [0, 0, 0] };
    expect(
      await codes(
        series(
          (i) => ({ ...at, InstitutionName: `site ${i}` }),
          () => 7,
        ),
      ),
    ).toEqual({ slices: 1, warnings: ["series/duplicate-object"] });
  });
});

test("files that all state one position are a stack by SliceLocation, or by number where the distance is stated", async () => {
  const files = (change: (i: number) => Change) =>
    [0, 1, 2, 3].map((i) =>
      instanceOf(
        sliceBytes({ SOPInstanceUID: `2.25.8${i}`, InstanceNumber: 4 - i, SliceThickness: 0.4, ...change(i) }, i),
        `${i}.dcm`,
      ),
    );
  for (const [change, by] of [
    [(i: number) => ({ SliceLocation: -2 * i }), "SliceLocation"],
    [() => ({}), "InstanceNumber"],
  ] as const) {
    const { series } = await assembleSeries(files(change));
    expect(series.length).toBe(1);
    expect(series[0].warnings.find(({ code }) => code === "series/assumed-positions")?.message).toContain(by);
    const { volume } = await loadVolume(series[0]);
    expect([volume.shape[0], Number(volume.affine[10].toFixed(6))]).toEqual([4, by === "SliceLocation" ? 2 : 0.4]);
    expect([0, 12, 24, 36].map((at) => volume.data[at] + 1024)).toEqual([3, 2, 1, 0]);
  }
  // A run over time at one place is no stack.
  const run = await assembleSeries(files((i) => ({ AcquisitionTime: `12000${i}` })));
  expect(run.series.map(({ slices }) => slices.length)).toEqual([1, 1, 1, 1]);
});
