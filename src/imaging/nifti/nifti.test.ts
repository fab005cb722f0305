/** Files are written here, by the specification (nifti1.h, nifti2.h); whole real files are compared with nibabel in test/conformance. */
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { applyAffine } from "../geometry/index.ts";
import { defaultLimits } from "../types.ts";
import { readNifti } from "./index.ts";

interface Made {
  version?: 1 | 2;
  little?: boolean;
  dims?: number[];
  datatype?: number;
  slope?: number;
  intercept?: number;
  pixdim?: number[];
  qform?: { code: number; quaternion: number[]; offset: number[] };
  sform?: { code: number; rows: number[] };
  units?: number;
  voxels?: Uint8Array;
}

/** RAS rows of an s-form that is already left, posterior, head: nothing has to move. */
const canonicalRows = [-1, 0, 0, 10, 0, -1, 0, 20, 0, 0, 1, 30];

function nifti(made: Made): Uint8Array {
  const { version = 1, little = true, dims = [3, 2, 2], datatype = 16, slope = 1, intercept = 0 } = made;
  const pixdim = [1, 1, 1, 1, 1, 1, 1, 1].map((one, i) => made.pixdim?.[i] ?? one);
  const { qform = { code: 0, quaternion: [0, 0, 0], offset: [0, 0, 0] } } = made;
  const { sform = { code: 1, rows: canonicalRows } } = made;
  const start = version === 1 ? 352 : 544;
  const voxels = made.voxels ?? new Uint8Array(dims.reduce((a, b) => a * b, 1) * 4);
  const bytes = new Uint8Array(start + voxels.length);
  bytes.set(voxels, start);
  const view = new DataView(bytes.buffer);
  const text = (at: number, mark: string) => bytes.set(Buffer.from(mark, "latin1"), at);
  if (version === 1) {
    view.setInt32(0, 348, little);
    [dims.length, ...dims].forEach((n, i) => {
      view.setInt16(40 + 2 * i, n, little);
    });
    view.setInt16(70, datatype, little);
    pixdim.forEach((v, i) => {
      view.setFloat32(76 + 4 * i, v, little);
    });
    view.setFloat32(108, start, little);
    view.setFloat32(112, slope, little);
    view.setFloat32(116, intercept, little);
    view.setUint8(123, made.units ?? 2);
    view.setInt16(252, qform.code, little);
    view.setInt16(254, sform.code, little);
    [...qform.quaternion, ...qform.offset, ...sform.rows].forEach((v, i) => {
      view.setFloat32(256 + 4 * i, v, little);
    });
    text(344, "n+1\0");
  } else {
    view.setInt32(0, 540, little);
    text(4, "n+2\0\r\n\x1a\n");
    view.setInt16(12, datatype, little);
    [dims.length, ...dims].forEach((n, i) => {
      view.setBigInt64(16 + 8 * i, BigInt(n), little);
    });
    pixdim.forEach((v, i) => {
      view.setFloat64(104 + 8 * i, v, little);
    });
    view.setBigInt64(168, BigInt(start), little);
    view.setFloat64(176, slope, little);
    view.setFloat64(184, intercept, little);
    view.setInt32(344, qform.code, little);
    view.setInt32(348, sform.code, little);
    [...qform.quaternion, ...qform.offset].forEach((v, i) => {
      view.setFloat64(352 + 8 * i, v, little);
    });
    sform.rows.forEach((v, i) => {
      view.setFloat64(400 + 8 * i, v, little);
    });
    view.setInt32(500, made.units ?? 2, little);
  }
  return bytes;
}

type Write = (view: DataView, at: number, value: number, little: boolean) => void;
const scalars: [name: string, code: number, bytes: number, values: number[], write: Write][] = [
  ["uint8", 2, 1, [0, 1, 255], (v, at, x) => v.setUint8(at, x)],
  ["int8", 256, 1, [-128, 0, 127], (v, at, x) => v.setInt8(at, x)],
  ["int16", 4, 2, [-32768, 3, 32767], (v, at, x, le) => v.setInt16(at, x, le)],
  ["uint16", 512, 2, [0, 3, 65535], (v, at, x, le) => v.setUint16(at, x, le)],
  ["int32", 8, 4, [-70000, 3, 70000], (v, at, x, le) => v.setInt32(at, x, le)],
  ["uint32", 768, 4, [0, 3, 70000], (v, at, x, le) => v.setUint32(at, x, le)],
  ["int64", 1024, 8, [-70000, 3, 70000], (v, at, x, le) => v.setBigInt64(at, BigInt(x), le)],
  ["uint64", 1280, 8, [0, 3, 70000], (v, at, x, le) => v.setBigUint64(at, BigInt(x), le)],
  ["float32", 16, 4, [-1.5, 0, 2.25], (v, at, x, le) => v.setFloat32(at, x, le)],
  ["float64", 64, 8, [-1.5, 0, 2.25], (v, at, x, le) => v.setFloat64(at, x, le)],
];

test.each(scalars)(
  "reads %s in both byte orders, both versions, gzipped or not, scaled or not",
  async (name, code, size, values, write) => {
    for (const little of [true, false]) {
      for (const version of [1, 2] as const) {
        for (const slope of [1, 0, 0.5]) {
          const voxels = new Uint8Array(3 * size);
          values.forEach((x, i) => {
            write(new DataView(voxels.buffer), i * size, x, little);
          });
          const file = nifti({
            version,
            little,
            dims: [3, 1, 1],
            datatype: code,
            slope,
            intercept: slope === 0.5 ? -7 : 0,
            voxels,
          });
          const expected = values.map((x) => (slope === 0.5 ? Math.fround(x * 0.5 - 7) : x));
          for (const bytes of [file, gzipSync(file)]) {
            const { volume, datatype, warnings } = await readNifti(bytes);
            expect([datatype, Array.from(volume.data), warnings]).toEqual([name, expected, []]);
          }
        }
      }
    }
  },
);

test("complex voxels give their magnitude and colours their luma, and a warning says so", async () => {
  const complex = new Uint8Array(Float32Array.of(3, 4, -6, 8).buffer);
  const magnitude = await readNifti(nifti({ dims: [2, 1, 1], datatype: 32, voxels: complex }));
  expect(Array.from(magnitude.volume.data)).toEqual([5, 10]);
  expect(magnitude.warnings[0].code).toBe("nifti/derived-values");
  const rgb = await readNifti(
    nifti({ dims: [2, 1, 1], datatype: 128, voxels: Uint8Array.of(255, 255, 255, 255, 0, 0) }),
  );
  expect(Array.from(rgb.volume.data)).toEqual([255, 76]);
});

test("the q-form places voxels as the same s-form does", async () => {
  // 90 degrees about z, voxels of 2 x 3 x 4, left-handed: nifti1.h, method 2.
  const quaternion = [0, 0, Math.SQRT1_2];
  const qform = { code: 1, quaternion, offset: [5, 6, 7] };
  const none = { code: 0, rows: new Array<number>(12).fill(0) };
  const byQ = await readNifti(nifti({ qform, sform: none, pixdim: [-1, 2, 3, 4] }));
  const rows = [0, -3, 0, 5, 2, 0, 0, 6, 0, 0, -4, 7];
  const byS = await readNifti(nifti({ sform: { code: 2, rows } }));
  expect(byQ.storedAxes).toBe(byS.storedAxes);
  byQ.volume.affine.forEach((v, i) => {
    expect(v).toBeCloseTo(byS.volume.affine[i], 5);
  });
});

test("the s-form wins over the q-form; one that cannot be inverted is passed over with a warning; metres become millimetres", async () => {
  const qform = { code: 1, quaternion: [0, 0, 0], offset: [1, 2, 3] };
  const sform = { code: 1, rows: [-0.002, 0, 0, 0, 0, -0.002, 0, 0, 0, 0, 0.002, 0] };
  const both = await readNifti(nifti({ qform, sform, units: 1 }));
  expect(both.volume.affine.slice(0, 3).map((v) => Math.round(v * 1e4) / 1e4)).toEqual([2, 0, 0]);
  const broken = await readNifti(nifti({ qform, sform: { code: 1, rows: new Array<number>(12).fill(0) } }));
  expect(broken.warnings.map(({ code }) => code)).toEqual(["nifti/degenerate-affine"]);
});

test("in whatever axis order a volume is stored, each value comes out at the same place in the patient", async () => {
  const order = fc.tuple(
    fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
    fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
  );
  await fc.assert(
    fc.asyncProperty(order, async ([axes, flips]) => {
      const sizes = [2, 3, 4]; // along the patient's left, posterior, head
      const dims = axes.map((axis) => sizes[axis]);
      const values = new Float32Array(24);
      const rows = new Array<number>(12).fill(0);
      axes.forEach((axis, i) => {
        const step = (flips[i] ? -1 : 1) * (axis === 2 ? 1 : -1); // RAS
        rows[axis * 4 + i] = step;
        if (flips[i]) rows[axis * 4 + 3] -= step * (dims[i] - 1);
      });
      for (let k = 0, at = 0; k < dims[2]; k++)
        for (let j = 0; j < dims[1]; j++)
          for (let i = 0; i < dims[0]; i++) {
            const place = [0, 0, 0];
            [i, j, k].forEach((index, n) => {
              place[axes[n]] = flips[n] ? dims[n] - 1 - index : index;
            });
            values[at++] = place[0] + 10 * place[1] + 100 * place[2];
          }
      const { volume } = await readNifti(
        nifti({ dims, sform: { code: 1, rows }, voxels: new Uint8Array(values.buffer) }),
      );
      expect(volume.shape).toEqual([4, 3, 2]);
      let at = 0;
      for (let z = 0; z < 4; z++)
        for (let y = 0; y < 3; y++)
          for (let x = 0; x < 2; x++) {
            expect(volume.data[at++]).toBe(x + 10 * y + 100 * z);
            expect(applyAffine(volume.affine, x, y, z).map(Math.abs)).toEqual([x, y, z]);
          }
    }),
  );
});

test("of a 4D file the volume asked for is read, the first with a warning when none is", async () => {
  const voxels = new Uint8Array(Float32Array.from({ length: 24 }, (_, i) => i).buffer);
  const file = nifti({ dims: [2, 2, 2, 3], voxels });
  expect((await readNifti(file, { volume: 2 })).volume.data[0]).toBe(16);
  const first = await readNifti(file);
  expect([first.volumes, first.volume.data[0], first.warnings[0].code]).toEqual([3, 0, "nifti/several-volumes"]);
  await expect(readNifti(file, { volume: 3 })).rejects.toMatchObject({ code: "nifti/no-such-volume" });
});

test("a header and its voxels can lie in two files", async () => {
  const whole = nifti({ dims: [2, 1, 1], voxels: new Uint8Array(Float32Array.of(1, 2).buffer) });
  const header = whole.slice(0, 352);
  header.set(Buffer.from("ni1\0"), 344);
  new DataView(header.buffer).setFloat32(108, 0, true);
  const { volume } = await readNifti(header, { voxels: whole.slice(352) });
  expect(Array.from(volume.data)).toEqual([1, 2]);
  await expect(readNifti(header)).rejects.toMatchObject({ code: "nifti/no-voxels" });
});

test("broken files are named errors, before memory is taken", async () => {
  const file = nifti({});
  const codes = async (bytes: Uint8Array, limits = defaultLimits) =>
    readNifti(bytes, { limits }).then(
      () => "read",
      (error) => error.code,
    );
  expect(await codes(file.slice(0, -1))).toBe("nifti/truncated");
  expect(await codes(file.slice(0, 100))).toBe("nifti/truncated");
  expect(await codes(nifti({ dims: [30000, 30000, 3000], voxels: new Uint8Array(8) }))).toBe("limit/pixels");
  expect(await codes(nifti({ dims: [9000, 9000, 9000], voxels: new Uint8Array(8) }))).toBe("nifti/truncated");
  expect(await codes(nifti({ dims: [2, 0, 2], voxels: new Uint8Array(8) }))).toBe("nifti/dimensions");
  expect(await codes(nifti({ datatype: 1536 }))).toBe("nifti/datatype");
  expect(await codes(gzipSync(file).subarray(0, 60))).toBe("nifti/damaged");
  expect(await codes(new Uint8Array(400))).toBe("nifti/not-nifti");
  const bomb = gzipSync(nifti({ dims: [4000, 4000, 2], datatype: 2, voxels: new Uint8Array(32_000_000) }), {
    level: 9,
  });
  expect(await codes(bomb, { ...defaultLimits, maxRatio: 100 })).toBe("limit/ratio");
  expect(await codes(bomb, { ...defaultLimits, maxBytes: 1 << 20 })).toBe("limit/bytes");
  const longer = await readNifti(Buffer.concat([file, Buffer.alloc(16)]));
  expect(longer.warnings.map(({ code }) => code)).toEqual(["nifti/extra-bytes"]);
});
