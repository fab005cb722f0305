import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  enhancedMrStorage,
  instanceOf,
  mrImageStorage,
  sliceBytes,
  type Value,
} from "../../../../test/support/dicom.ts";
import { diskSource } from "../../../bytes/index.ts";
import { applyAffine, toCanonical } from "../../geometry/index.ts";
import { assembleSeries, type DicomInstance, loadVolume, openInstance } from "../index.ts";

/** `n` axial slices 2.5 mm apart; slice `i` begins with value `100 i`. File names do not follow the order. */
function stack(n: number, change: (i: number) => Record<string, Value | undefined> = () => ({})): DicomInstance[] {
  return Array.from({ length: n }, (_, i) =>
    instanceOf(
      sliceBytes({ ImagePositionPatient: [1, 2, -40 + 2.5 * i], InstanceNumber: n - i, ...change(i) }, 100 * i),
      `file-${(i * 7) % n}`,
    ),
  );
}

const codes = (warnings: readonly { code: string }[]) => warnings.map(({ code }) => code);

describe("order", () => {
  test("any order of files gives the same volume, slices going up along the normal", async () => {
    const instances = stack(7);
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(instances, { minLength: 7 }), async (shuffled) => {
        const { series } = await assembleSeries(shuffled);
        expect(series.length).toBe(1);
        const { volume } = await loadVolume(series[0]);
        expect([...volume.data].filter((_, i) => i % 12 === 0)).toEqual(
          [0, 1, 2, 3, 4, 5, 6].map((i) => 100 * i - 1024),
        );
        expect(volume.shape).toEqual([7, 3, 4]);
        expect(volume.unit).toBe("HU");
      }),
      { numRuns: 20 },
    );
  });

  test("the affine leads to where the header says the pixels are", async () => {
    const { series } = await assembleSeries(stack(7));
    const { volume } = await loadVolume(series[0]);
    // PixelSpacing is row spacing (y) first, column spacing (x) second.
    expect(applyAffine(volume.affine, 0, 0, 0)).toEqual([1, 2, -40]);
    expect(applyAffine(volume.affine, 3, 2, 6)).toEqual([2.5, 6, -25]);
  });

  test("a stack along any orientation is ordered along its own normal and lands in the right place", async () => {
    const angle = fc.double({ min: -3, max: 3, noNaN: true });
    return fc.assert(
      fc.asyncProperty(angle, angle, angle, async (a, b, c) => {
        const [row, column, normal] = rotation(a, b, c);
        const instances = stack(5, (i) => ({
          ImageOrientationPatient: [...row, ...column].map(decimal),
          ImagePositionPatient: normal.map((value) => decimal(10 + value * 4 * i)),
        }));
        const { series } = await assembleSeries(instances);
        const { volume } = await loadVolume(series[0]);
        expect(volume.data[12]).toBe(100 - 1024);
        applyAffine(volume.affine, 2, 1, 3).forEach((value, axis) => {
          expect(value).toBeCloseTo(10 + normal[axis] * 12 + row[axis] * 0.5 * 2 + column[axis] * 2, 3);
        });
        expect(series[0].warnings).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  test("a sagittal stack comes out axial on canonical axes", async () => {
    const { series } = await assembleSeries(
      stack(5, (i) => ({ ImageOrientationPatient: [0, 1, 0, 0, 0, -1], ImagePositionPatient: [3 * i, 0, 50] })),
    );
    const { volume } = await loadVolume(series[0]);
    const axial = toCanonical(volume);
    expect(axial.shape).toEqual([3, 4, 5]);
    // The slice at the feet is the last stored row; left is the last slice.
    expect(axial.data[0]).toBe(8 - 1024);
    expect(axial.data[4]).toBe(408 - 1024);
  });
});

describe("what is not as it should be", () => {
  test("a gap is reported with the slices beside it, and the spacing stays right", async () => {
    const { series } = await assembleSeries(stack(9).filter((_, i) => i !== 4 && i !== 5));
    expect(codes(series[0].warnings)).toEqual(["series/gap"]);
    expect(series[0].warnings[0].message).toMatch(
      /^7\.50 mm to file-\d, where the usual distance is 2\.50 mm: about 2 slices are missing/,
    );
    const { volume } = await loadVolume(series[0]);
    expect(volume.affine[10]).toBeCloseTo(2.5, 6);
  });

  test("uneven spacing is reported", async () => {
    const { series } = await assembleSeries(
      stack(6, (i) => ({ ImagePositionPatient: [0, 0, i * 2.5 + (i === 3 ? 0.6 : 0)] })),
    );
    expect(codes(series[0].warnings)).toEqual(["series/uneven-spacing"]);
  });

  test("the same object twice is read once, and both files are named", async () => {
    const instances = stack(4);
    const twin = { ...instances[2], source: { ...instances[2].source, name: "zz-copy" } };
    const { series, leftOut } = await assembleSeries([...instances, twin]);
    expect(series[0].slices.length).toBe(4);
    expect(codes(series[0].warnings)).toEqual(["series/duplicate-object"]);
    expect(leftOut).toEqual([{ file: "zz-copy", reason: `the same object as ${instances[2].source.name}` }]);
  });

  test("a second slice at one place that nothing tells apart is left out by name", async () => {
    const odd = instanceOf(sliceBytes({ ImagePositionPatient: [1, 2, -35], InstanceNumber: 99 }, 5000), "odd");
    const { series, leftOut } = await assembleSeries([...stack(4), odd]);
    expect(series[0].slices.length).toBe(4);
    expect(codes(series[0].warnings)).toEqual(["series/duplicate-slice"]);
    expect(leftOut.map(({ file }) => file)).toEqual(["odd"]);
  });

  test("mixed sizes are volumes of their own, with a warning on each", async () => {
    const small = stack(3, (i) => ({ Rows: 2, Columns: 4, SOPInstanceUID: `2.25.9${i}` }));
    const { series } = await assembleSeries([...stack(4), ...small]);
    expect(series.map(({ slices }) => slices.length).sort()).toEqual([3, 4]);
    for (const { warnings } of series) expect(codes(warnings)).toEqual(["series/mixed-sizes"]);
  });

  test("two orientations in one series are two volumes, with a warning", async () => {
    const coronal = stack(3, (i) => ({
      ImageOrientationPatient: [1, 0, 0, 0, 0, -1],
      ImagePositionPatient: [0, i * 4, 0],
      SOPInstanceUID: `2.25.8${i}`,
    }));
    const { series } = await assembleSeries([...stack(4), ...coronal]);
    expect(series.length).toBe(2);
    for (const { warnings } of series) expect(codes(warnings)).toEqual(["series/mixed-orientations"]);
  });

  test("a tilted gantry gives a sheared affine and says by how much", async () => {
    const tilt = Math.tan((15 * Math.PI) / 180);
    const { series } = await assembleSeries(
      stack(5, (i) => ({ ImagePositionPatient: [0, decimal(2.5 * i * tilt), 2.5 * i] })),
    );
    expect(codes(series[0].warnings)).toEqual(["series/gantry-tilt"]);
    expect(series[0].warnings[0].message).toContain("15.0 degrees");
    const { volume } = await loadVolume(series[0]);
    expect(applyAffine(volume.affine, 0, 0, 4)[1]).toBeCloseTo(10 * tilt, 4);
  });

  test("a tilt that is only stated is said too", async () => {
    const stated = stack(5, () => ({ GantryDetectorTilt: -12.5 }));
    for (const instances of [stated, stated.slice(0, 1)]) {
      const { series } = await assembleSeries(instances);
      expect(codes(series[0].warnings)).toEqual(["series/gantry-tilt"]);
      expect(series[0].warnings[0].message).toContain("-12.5 degrees is stated");
    }
  });

  test("a tilted enhanced object says so as single slices do", async () => {
    const tilt = Math.tan((20 * Math.PI) / 180);
    const { series } = await assembleSeries([enhanced([0, 5, 10], (z) => ({ position: [0, decimal(z * tilt), z] }))]);
    expect(codes(series[0].warnings)).toEqual(["series/gantry-tilt"]);
    expect(series[0].warnings[0].message).toMatch(/tilted 20\.0 degrees.*stated tilt 20/);
  });

  describe("an enhanced object in several files", () => {
    const part = (number: number, total?: number) =>
      enhanced(
        [10 * number, 10 * number + 5],
        () => ({}),
        {
          ConcatenationUID: "2.25.400",
          InConcatenationNumber: number,
          InConcatenationTotalNumber: total,
          ConcatenationFrameOffsetNumber: 2 * (number - 1),
          SOPInstanceUID: `2.25.40${number}`,
        },
        `part-${9 - number}.dcm`,
      );

    test("is one volume, which is said", async () => {
      const { series } = await assembleSeries([part(2, 3), part(3, 3), part(1, 3)]);
      expect(series.map(({ slices }) => slices.map(({ position }) => position![2]))).toEqual([
        [10, 15, 20, 25, 30, 35],
      ]);
      expect(codes(series[0].warnings)).toEqual(["series/concatenation"]);
    });

    test("says which parts are missing, also at an end, where no gap shows it", async () => {
      const { series } = await assembleSeries([part(2, 3), part(1, 3)]);
      expect(codes(series[0].warnings)).toEqual(["series/concatenation-incomplete"]);
      expect(series[0].warnings[0].message).toContain("in 3 files, of which only 1, 2 are present");
      expect(codes((await assembleSeries([part(1), part(3)])).series[0].warnings)).toEqual([
        "series/concatenation-incomplete",
        "series/gap",
      ]);
      expect((await assembleSeries([part(1)])).series[0].warnings[0].message).toContain(
        "the total number is not stated",
      );
    });
  });

  test("localizers and secondary captures are kept apart", async () => {
    const localizer = instanceOf(
      sliceBytes({ ImageType: ["ORIGINAL", "PRIMARY", "LOCALIZER"], SOPInstanceUID: "2.25.77" }),
      "scout",
    );
    const capture = instanceOf(
      sliceBytes({ SOPClassUID: "1.2.840.10008.5.1.4.1.1.7", SOPInstanceUID: "2.25.78" }),
      "capture",
    );
    const { series } = await assembleSeries([...stack(4), localizer, capture]);
    expect(Object.fromEntries(series.map(({ kind, slices }) => [kind, slices.length]))).toEqual({
      volume: 4,
      localizer: 1,
      "secondary-capture": 1,
    });
  });

  test("slices without a position are put in InstanceNumber order and marked", async () => {
    const { series } = await assembleSeries(stack(4, () => ({ ImagePositionPatient: undefined })));
    expect(series[0].kind).toBe("stack");
    expect(codes(series[0].warnings)).toEqual(["series/no-geometry"]);
    const { volume } = await loadVolume(series[0]);
    expect(volume.data[0]).toBe(300 - 1024);
    const unsized = (
      await assembleSeries(stack(4, () => ({ ImagePositionPatient: undefined, PixelSpacing: undefined })))
    ).series;
    expect(unsized[0].warnings[0].message).toContain("a pixel spacing of 1 mm is assumed");
  });

  test("reports and other objects without pixels are listed, not lost", async () => {
    const report = instanceOf(
      sliceBytes({
        SOPClassUID: "1.2.840.10008.5.1.4.1.1.88.33",
        Modality: "SR",
        PixelData: undefined,
        SOPInstanceUID: "2.25.5",
      }),
      "report",
    );
    const { series, others, leftOut } = await assembleSeries([...stack(2), report]);
    expect(series.length).toBe(1);
    expect(others.map(({ kind }) => kind)).toEqual(["report"]);
    expect(leftOut).toEqual([{ file: "report", reason: "structured report, not an image" }]);
  });
});

describe("slices at one place that differ", () => {
  const twice = (differ: (second: boolean) => Record<string, Value | undefined>) =>
    [false, true].flatMap((second) =>
      stack(4, (i) => ({
        SOPInstanceUID: `2.25.${second ? 6 : 5}0${i}`,
        SOPClassUID: mrImageStorage,
        Modality: "MR",
        ...differ(second),
      })),
    );

  test.each([
    ["echoes", (second: boolean) => ({ EchoNumbers: second ? 2 : 1 }), "echo 2"],
    ["b-values", (second: boolean) => ({ DiffusionBValue: second ? 1000 : 0 }), "b-value 1000"],
    ["acquisitions", (second: boolean) => ({ AcquisitionNumber: second ? 2 : 1 }), "acquisition 2"],
    ["time points", (second: boolean) => ({ TemporalPositionIdentifier: second ? 2 : 1 }), "time point 2"],
    [
      "image types",
      (second: boolean) => ({ ImageType: ["ORIGINAL", "PRIMARY", second ? "P" : "M"] }),
      "image type ORIGINAL\\PRIMARY\\P",
    ],
  ] as const)("%s are volumes of their own", async (_, differ, label) => {
    const { series, leftOut } = await assembleSeries(twice(differ));
    expect(series.map(({ slices }) => slices.length)).toEqual([4, 4]);
    expect(series.map((one) => one.label).join("; ")).toContain(label);
    for (const { warnings } of series) expect(codes(warnings)).toEqual(["series/split"]);
    expect(leftOut).toEqual([]);
  });

  test("acquisition numbers that only count along do not split a stack", async () => {
    const { series } = await assembleSeries(stack(5, (i) => ({ AcquisitionNumber: i + 1 })));
    expect(series.length).toBe(1);
  });
});

describe("values", () => {
  test("each slice takes its own rescale", async () => {
    const { series } = await assembleSeries(stack(3, (i) => ({ RescaleSlope: i + 1, RescaleIntercept: -10 * i })));
    const { volume } = await loadVolume(series[0]);
    expect([0, 1, 2].map((i) => volume.data[i * 12 + 1])).toEqual([1, 2 * 101 - 10, 3 * 201 - 20]);
  });

  test("padding gets the lowest measured value", async () => {
    const { series } = await assembleSeries(stack(2, () => ({ PixelPaddingValue: 100 })));
    const { volume } = await loadVolume(series[0]);
    expect(volume.data[12]).toBe(-1024);
    expect(volume.data[13]).toBe(101 - 1024);
  });

  test("CT without a rescale is not called HU", async () => {
    const { series } = await assembleSeries(stack(2, () => ({ RescaleSlope: undefined, RescaleIntercept: undefined })));
    const { volume, warnings } = await loadVolume(series[0]);
    expect(volume.unit).toBe("arbitrary");
    expect(codes(warnings)).toEqual(["ct/no-rescale"]);
  });

  test("maps computed from a CT perfusion run are not called HU, its images are", async () => {
    const unit = async (imageType: string, type: string) => {
      const { series } = await assembleSeries(stack(2, () => ({ ImageType: imageType.split(" "), RescaleType: type })));
      const { volume, warnings } = await loadVolume(series[0]);
      return [volume.unit, ...codes(warnings)];
    };
    expect(await unit("DERIVED PRIMARY PERFUSION RCBF", "US")).toEqual(["arbitrary", "ct/perfusion-map"]);
    expect(await unit("ORIGINAL PRIMARY PERFUSION NONE", "US")).toEqual(["HU"]);
    expect(await unit("DERIVED PRIMARY PERFUSION AVERAGE", "HU")).toEqual(["HU"]);
  });

  test("an enhanced multi-frame object is ordered by its functional groups", async () => {
    const pixels = new Int16Array(36).map((_, i) => 100 * Math.floor(i / 12));
    const positions = [5, 0, 10];
    const enhanced = sliceBytes({
      SOPClassUID: enhancedMrStorage,
      Modality: "MR",
      NumberOfFrames: 3,
      PixelData: new Uint8Array(pixels.buffer),
      ImagePositionPatient: undefined,
      ImageOrientationPatient: undefined,
      PixelSpacing: undefined,
      RescaleSlope: undefined,
      RescaleIntercept: undefined,
      SharedFunctionalGroupsSequence: [
        {
          PlaneOrientationSequence: [{ ImageOrientationPatient: [1, 0, 0, 0, 1, 0] }],
          PixelMeasuresSequence: [{ PixelSpacing: [1, 1], SliceThickness: 5 }],
        },
      ],
      PerFrameFunctionalGroupsSequence: positions.map((z, frame) => ({
        PlanePositionSequence: [{ ImagePositionPatient: [0, 0, z] }],
        PixelValueTransformationSequence: [{ RescaleSlope: frame + 1, RescaleIntercept: 1 }],
      })),
    });
    const { series } = await assembleSeries([instanceOf(enhanced, "enhanced.dcm")]);
    expect(series[0].slices.map(({ frame }) => frame)).toEqual([1, 0, 2]);
    const { volume } = await loadVolume(series[0]);
    expect([0, 12, 24].map((i) => volume.data[i])).toEqual([201, 1, 601]);
    expect(volume.affine[10]).toBe(5);
  });
});

/** An enhanced CT object with a frame at each height. */
function enhanced(
  heights: readonly number[],
  change: (z: number) => { position?: number[] },
  attributes: Record<string, Value | undefined> = {},
  name = "enhanced.dcm",
): DicomInstance {
  const tilted = heights.some((z) => change(z).position !== undefined);
  return instanceOf(
    sliceBytes({
      SOPClassUID: "1.2.840.10008.5.1.4.1.1.2.1",
      NumberOfFrames: heights.length,
      PixelData: new Uint8Array(24 * heights.length),
      ImagePositionPatient: undefined,
      ImageOrientationPatient: undefined,
      SharedFunctionalGroupsSequence: [
        {
          PlaneOrientationSequence: [{ ImageOrientationPatient: [1, 0, 0, 0, 1, 0] }],
          PixelMeasuresSequence: [{ PixelSpacing: [1, 1], SliceThickness: 5 }],
          CTAcquisitionDetailsSequence: [{ GantryDetectorTilt: tilted ? 20 : 0 }],
        },
      ],
      PerFrameFunctionalGroupsSequence: heights.map((z) => ({
        PlanePositionSequence: [{ ImagePositionPatient: change(z).position ?? [0, 0, z] }],
      })),
      ...attributes,
    }),
    name,
  );
}

function decimal(value: number): number {
  return Number(value.toFixed(9));
}

/** Three orthonormal axes. */
function rotation(a: number, b: number, c: number): [number[], number[], number[]] {
  const [ca, sa, cb, sb, cc, sc] = [a, b, c].flatMap((angle) => [Math.cos(angle), Math.sin(angle)]);
  return [
    [cb * cc, cb * sc, -sb],
    [sa * sb * cc - ca * sc, sa * sb * sc + ca * cc, sa * cb],
    [ca * sb * cc + sa * sc, ca * sb * sc - sa * cc, ca * cb],
  ];
}

test("two volumes loaded at the same time do not mix, read from files on one thread", async () => {
  const folder = mkdtempSync(join(tmpdir(), "series-"));
  try {
    const write = (name: string, value: number) => {
      const path = join(folder, name);
      writeFileSync(
        path,
        sliceBytes(
          { ImagePositionPatient: [0, 0, value % 100], SeriesInstanceUID: `2.25.${1 + Math.floor(value / 1000)}` },
          value,
        ),
      );
      return openInstance(diskSource(path));
    };
    const instances = await Promise.all([0, 1, 2, 1000, 1001, 1002].map((value) => write(`${value}.dcm`, value)));
    const { series } = await assembleSeries(instances);
    const loaded = await Promise.all(series.map((one) => loadVolume(one, { threads: 1 })));
    const firsts = loaded.map(({ volume }) => [0, 12, 24].map((i) => volume.data[i] + 1024));
    expect(firsts).toEqual([
      [0, 1, 2],
      [1000, 1001, 1002],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
