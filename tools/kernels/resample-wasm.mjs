/**
 * Writes src/imaging/resize/kernel-binary.ts: the inner loops of the resize as WebAssembly with 128-bit vectors, assembled from the text
 * below. Run after a change: npm install --no-save wabt && node tools/kernels/resample-wasm.mjs
 */
import { writeFileSync } from "node:fs";
import wabt from "wabt";

const lanes = (f) => Array.from({ length: 16 }, (_, i) => f(i)).join(" ");
const low = lanes((i) => (i % 2 ? 16 : 0) + (i >> 1));
const high = lanes((i) => (i % 2 ? 24 : 8) + (i >> 1));

/** 16 rows of 16 bytes become 16 columns: the same interleaving of row i with row i + 8, four times. */
function transposeBlock() {
  const lines = [];
  for (let i = 0; i < 16; i++) {
    lines.push(
      `(local.set $a${i} (v128.load (i32.add (local.get $p) (i32.mul (local.get $srcStride) (i32.const ${i})))))`,
    );
  }
  let [from, to] = ["a", "b"];
  for (let stage = 0; stage < 4; stage++) {
    for (let i = 0; i < 8; i++) {
      const pair = `(local.get $${from}${i}) (local.get $${from}${i + 8})`;
      lines.push(`(local.set $${to}${2 * i} (i8x16.shuffle ${low} ${pair}))`);
      lines.push(`(local.set $${to}${2 * i + 1} (i8x16.shuffle ${high} ${pair}))`);
    }
    [from, to] = [to, from];
  }
  for (let i = 0; i < 16; i++) {
    lines.push(
      `(v128.store (i32.add (local.get $q) (i32.mul (local.get $dstStride) (i32.const ${i}))) (local.get $${from}${i}))`,
    );
  }
  return lines.join("\n");
}

/** 16 pixels of three planes to 48 interleaved bytes. */
function interleaveBlock() {
  const lines = [];
  for (let part = 0; part < 3; part++) {
    const at = (i) => ({ channel: (part * 16 + i) % 3, pixel: Math.floor((part * 16 + i) / 3) });
    const ab = lanes((i) => (at(i).channel === 1 ? 16 + at(i).pixel : at(i).pixel));
    const abc = lanes((i) => (at(i).channel === 2 ? 16 + at(i).pixel : i));
    lines.push(`(v128.store offset=${part * 16} (local.get $q)
      (i8x16.shuffle ${abc} (i8x16.shuffle ${ab} (local.get $va) (local.get $vb)) (local.get $vc)))`);
  }
  return lines.join("\n");
}

const loop = (name, variable, from, limit, step, body) => `
  (local.set ${variable} ${from})
  (block $end_${name} (loop $${name}
    (br_if $end_${name} (i32.ge_s (local.get ${variable}) ${limit}))
    ${body}
    (local.set ${variable} (i32.add (local.get ${variable}) (i32.const ${step})))
    (br $${name})))`;

const quarter = (i) => `(local.set $f (v128.load offset=${i * 16} (local.get $p)))
  (local.set $f (f32x4.min (f32x4.max (local.get $f) (local.get $vlow)) (local.get $vhigh)))
  (local.set $f (f32x4.mul (f32x4.div (f32x4.sub (local.get $f) (local.get $vlow)) (local.get $vrange)) (f32x4.splat (f32.const 255))))
  (local.set $i${i} (i32x4.trunc_sat_f32x4_s (f32x4.nearest (local.get $f))))`;

const addTap = (i, extend, half) =>
  `(local.set $s${i} (i32x4.add (local.get $s${i}) (i32x4.mul (local.get $w) (i32x4.extend_${extend}_i16x8_u (local.get $${half})))))`;

const text = `(module
(memory (export "memory") 1)

;; Floats to bytes: clip to [low, high], linear to 0..255, halves to even; NaN becomes 0.
(func (export "scale") (param $src i32) (param $width i32) (param $height i32) (param $dst i32) (param $stride i32) (param $low f32) (param $high f32)
  (local $x i32) (local $y i32) (local $p i32) (local $f v128) (local $i0 v128) (local $i1 v128) (local $i2 v128) (local $i3 v128)
  (local $vlow v128) (local $vhigh v128) (local $vrange v128)
  (local.set $vlow (f32x4.splat (local.get $low)))
  (local.set $vhigh (f32x4.splat (local.get $high)))
  (local.set $vrange (f32x4.splat (f32.sub (local.get $high) (local.get $low))))
  ${loop(
    "rows",
    "$y",
    "(i32.const 0)",
    "(local.get $height)",
    1,
    loop(
      "columns",
      "$x",
      "(i32.const 0)",
      "(local.get $width)",
      16,
      `
    (local.set $p (i32.add (local.get $src) (i32.shl (i32.add (i32.mul (local.get $y) (local.get $width)) (local.get $x)) (i32.const 2))))
    ${[0, 1, 2, 3].map(quarter).join("\n")}
    (v128.store (i32.add (local.get $dst) (i32.add (i32.mul (local.get $y) (local.get $stride)) (local.get $x)))
      (i8x16.narrow_i16x8_u (i16x8.narrow_i32x4_s (local.get $i0) (local.get $i1)) (i16x8.narrow_i32x4_s (local.get $i2) (local.get $i3))))`,
    ),
  )})

;; The smallest and largest of a multiple of 8 floats and of the lanes at $out (four lowest, four highest), back into those lanes; NaN is passed over.
(func (export "range") (param $src i32) (param $end i32) (param $out i32) (local $low v128) (local $high v128) (local $low2 v128) (local $high2 v128) (local $f v128) (local $g v128)
  (local.set $low (v128.load (local.get $out)))
  (local.set $high (v128.load offset=16 (local.get $out)))
  (local.set $low2 (local.get $low))
  (local.set $high2 (local.get $high))
  ${loop(
    "values",
    "$src",
    "(local.get $src)",
    "(local.get $end)",
    32,
    `
    (local.set $f (v128.load (local.get $src)))
    (local.set $g (v128.load offset=16 (local.get $src)))
    (local.set $low (f32x4.pmin (local.get $low) (local.get $f)))
    (local.set $high (f32x4.pmax (local.get $high) (local.get $f)))
    (local.set $low2 (f32x4.pmin (local.get $low2) (local.get $g)))
    (local.set $high2 (f32x4.pmax (local.get $high2) (local.get $g)))`,
  )}
  (v128.store (local.get $out) (f32x4.pmin (local.get $low) (local.get $low2)))
  (v128.store offset=16 (local.get $out) (f32x4.pmax (local.get $high) (local.get $high2))))

;; One channel of interleaved pixels to a plane.
(func (export "split") (param $src i32) (param $step i32) (param $width i32) (param $height i32) (param $dst i32) (param $stride i32)
  (local $x i32) (local $y i32) (local $q i32)
  ${loop(
    "rows",
    "$y",
    "(i32.const 0)",
    "(local.get $height)",
    1,
    `
    (local.set $q (i32.add (local.get $dst) (i32.mul (local.get $y) (local.get $stride))))
    ${loop(
      "columns",
      "$x",
      "(i32.const 0)",
      "(local.get $width)",
      1,
      `
      (i32.store8 (i32.add (local.get $q) (local.get $x)) (i32.load8_u (local.get $src)))
      (local.set $src (i32.add (local.get $src) (local.get $step)))`,
    )}`,
  )})

;; Weighted sums of rows, 22 bits of fraction, rounded to bytes.
(func (export "down") (param $src i32) (param $stride i32) (param $dst i32) (param $rows i32) (param $starts i32) (param $counts i32) (param $weights i32) (param $weightStride i32)
  (local $x i32) (local $y i32) (local $p i32) (local $k i32) (local $end i32) (local $first i32) (local $from i32) (local $v v128) (local $lo v128) (local $hi v128) (local $w v128)
  (local $s0 v128) (local $s1 v128) (local $s2 v128) (local $s3 v128)
  ${loop(
    "rows",
    "$y",
    "(i32.const 0)",
    "(local.get $rows)",
    1,
    `
    (local.set $from (i32.add (local.get $src) (i32.mul (local.get $stride) (i32.load (i32.add (local.get $starts) (i32.shl (local.get $y) (i32.const 2)))))))
    (local.set $first (i32.add (local.get $weights) (i32.shl (i32.mul (local.get $y) (local.get $weightStride)) (i32.const 2))))
    (local.set $end (i32.add (local.get $first) (i32.shl (i32.load (i32.add (local.get $counts) (i32.shl (local.get $y) (i32.const 2)))) (i32.const 2))))
    ${loop(
      "columns",
      "$x",
      "(i32.const 0)",
      "(local.get $stride)",
      16,
      `
      ${[0, 1, 2, 3].map((i) => `(local.set $s${i} (i32x4.splat (i32.const ${1 << 21})))`).join("\n")}
      (local.set $p (i32.add (local.get $from) (local.get $x)))
      ${loop(
        "taps",
        "$k",
        "(local.get $first)",
        "(local.get $end)",
        4,
        `
        (local.set $v (v128.load (local.get $p)))
        (local.set $w (v128.load32_splat (local.get $k)))
        (local.set $lo (i16x8.extend_low_i8x16_u (local.get $v)))
        (local.set $hi (i16x8.extend_high_i8x16_u (local.get $v)))
        ${addTap(0, "low", "lo")} ${addTap(1, "high", "lo")} ${addTap(2, "low", "hi")} ${addTap(3, "high", "hi")}
        (local.set $p (i32.add (local.get $p) (local.get $stride)))`,
      )}
      (v128.store (i32.add (local.get $dst) (i32.add (i32.mul (local.get $y) (local.get $stride)) (local.get $x)))
        (i8x16.narrow_i16x8_u
          (i16x8.narrow_i32x4_s (i32x4.shr_s (local.get $s0) (i32.const 22)) (i32x4.shr_s (local.get $s1) (i32.const 22)))
          (i16x8.narrow_i32x4_s (i32x4.shr_s (local.get $s2) (i32.const 22)) (i32x4.shr_s (local.get $s3) (i32.const 22)))))`,
    )}`,
  )})

;; Rows become columns; both sides are multiples of 16.
(func (export "transpose") (param $src i32) (param $srcStride i32) (param $rows i32) (param $columns i32) (param $dst i32) (param $dstStride i32)
  (local $x i32) (local $y i32) (local $p i32) (local $q i32)
  ${Array.from({ length: 16 }, (_, i) => `(local $a${i} v128) (local $b${i} v128)`).join(" ")}
  ${loop(
    "rows",
    "$y",
    "(i32.const 0)",
    "(local.get $rows)",
    16,
    loop(
      "columns",
      "$x",
      "(i32.const 0)",
      "(local.get $columns)",
      16,
      `
    (local.set $p (i32.add (local.get $src) (i32.add (i32.mul (local.get $y) (local.get $srcStride)) (local.get $x))))
    (local.set $q (i32.add (local.get $dst) (i32.add (i32.mul (local.get $x) (local.get $dstStride)) (local.get $y))))
    ${transposeBlock()}`,
    ),
  )})

;; Three planes to interleaved pixels. Writes up to 45 bytes past a row's end: rows are written in order, and the last needs room.
(func (export "join") (param $a i32) (param $b i32) (param $c i32) (param $stride i32) (param $width i32) (param $height i32) (param $dst i32)
  (local $x i32) (local $y i32) (local $at i32) (local $q i32) (local $va v128) (local $vb v128) (local $vc v128)
  ${loop(
    "rows",
    "$y",
    "(i32.const 0)",
    "(local.get $height)",
    1,
    loop(
      "columns",
      "$x",
      "(i32.const 0)",
      "(local.get $width)",
      16,
      `
    (local.set $at (i32.add (i32.mul (local.get $y) (local.get $stride)) (local.get $x)))
    (local.set $q (i32.add (local.get $dst) (i32.mul (i32.const 3) (i32.add (i32.mul (local.get $y) (local.get $width)) (local.get $x)))))
    (local.set $va (v128.load (i32.add (local.get $a) (local.get $at))))
    (local.set $vb (v128.load (i32.add (local.get $b) (local.get $at))))
    (local.set $vc (v128.load (i32.add (local.get $c) (local.get $at))))
    ${interleaveBlock()}`,
    ),
  )})
)`;

const binary = (await wabt()).parseWat("kernel.wat", text).toBinary({}).buffer;
const base64 = Buffer.from(binary)
  .toString("base64")
  .match(/.{1,110}/g);
writeFileSync(
  new URL("../../src/imaging/resize/kernel-binary.ts", import.meta.url),
  `/** WebAssembly assembled by tools/kernels/resample-wasm.mjs; not written by hand. */
export const kernelBinary =
${base64.map((line) => `  "${line}"`).join(" +\n")};
`,
);
console.log(`${binary.length} bytes`);
