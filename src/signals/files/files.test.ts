/** Goldens by biosig 2.5.0 and numpy (tools/reference/signals/ecg_files.py). */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import {
  decodeWfdb,
  isHl7Ecg,
  readHl7Ecg,
  readScpEcg,
  readSignalCsv,
  readWfdb,
  readWfdbHeader,
  simulateEcg,
  standardLeads,
} from "../index.ts";
import { checksum } from "../scp/sections.ts";
import { writeScp } from "../scp/testing.ts";

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

test("SCP-ECG and WFDB files have the samples biosig and numpy read, in millivolt", async () => {
  const goldens = JSON.parse(await readFile(new URL("../goldens/ecg-files.json", import.meta.url), "utf8"));
  for (const [name, golden] of Object.entries<{
    samples: number;
    leads: Record<string, { sum: number; some: number[] }>;
  }>(goldens)) {
    const path = fixture(name);
    const recording = name.endsWith(".scp") ? readScpEcg(await readFile(path), name) : await readWfdb(path);
    expect([name, recording.rate, recording.length]).toEqual([name, 250, golden.samples]);
    for (const [lead, { sum, some }] of Object.entries(golden.leads)) {
      const channel = recording.channels.find((each) => each.name === lead)!;
      expect(channel.unit).toBe("mV");
      expect(channel.samples.reduce((total, value) => total + Math.abs(value), 0)).toBeCloseTo(sum, 3);
      some.forEach((value, i) => {
        expect(channel.samples[i * 100]).toBeCloseTo(value, 5);
      });
    }
    expect(recording.cautions.filter((text) => /damaged|checksum/.test(text))).toEqual([]);
  }
});

describe("SCP-ECG", () => {
  const samples = [3, -5, 120, 1000, -1000, -999, 0, 0, 1, -129];
  const leads = [1, 2, 7].map((id) => ({ id, samples: samples.map((value) => value * id) }));

  test("raw, differences and Huffman codes give the same samples; four limb leads follow from two", () => {
    for (const huffman of [false, true])
      for (const differences of [0, 1, 2] as const) {
        const { channels, rate, cautions } = readScpEcg(
          writeScp({ leads, huffman, differences, scale: 1000 }),
          "a.scp",
        );
        expect(rate).toBe(500);
        expect(channels.map(({ name }) => name)).toEqual(["I", "II", "III", "aVR", "aVL", "aVF", "V5"]);
        expect([...channels[6].samples]).toEqual(samples.map((value) => Math.fround((value * 7) / 1000)));
        expect(channels[2].samples[2]).toBeCloseTo(0.12, 6);
        expect(cautions[0]).toMatch(/^III, aVR, aVL and aVF are computed from I and II: the file stores 3 leads/);
      }
  });

  test("time and filters are read, and nothing that names a patient", () => {
    const name = [..."Doe"].map((letter) => letter.charCodeAt(0));
    const about = [
      0,
      3,
      0,
      ...name,
      25,
      4,
      0,
      0xea,
      0x07,
      3,
      9,
      26,
      3,
      0,
      7,
      5,
      1,
      27,
      2,
      0,
      5,
      0,
      28,
      2,
      0,
      150,
      0,
      29,
      1,
      0,
      2,
    ];
    const recording = readScpEcg(writeScp({ leads, about }), "a.scp");
    expect(recording).toMatchObject({
      startedAt: "2026-03-09T07:05:01",
      filters: { low: 0.05, high: 150, notch: 50 },
    });
    expect(JSON.stringify(recording)).not.toContain("Doe");
    expect(readScpEcg(writeScp({ leads, about: [25, 255, 255, 1] }), "a.scp").startedAt).toBeUndefined();
  });

  test("what is not read, damaged or hostile is named", () => {
    const whole = writeScp({ leads, huffman: true });
    const changed = (change: (bytes: Uint8Array, view: DataView, at: (id: number) => number) => void) => {
      const bytes = whole.slice();
      const view = new DataView(bytes.buffer);
      // Content of a section, by its pointer.
      change(bytes, view, (id) => view.getUint32(6 + 16 + id * 10 + 6, true) - 1 + 16);
      return () => readScpEcg(bytes, "a.scp");
    };
    const cases: [RegExp, () => unknown][] = [
      [/is not an SCP-ECG file/, () => readScpEcg(new Uint8Array(100), "a.scp")],
      [/is truncated/, () => readScpEcg(whole.subarray(0, 300), "a.scp")],
      [
        /reference beats were subtracted/,
        changed((bytes, _, at) => {
          bytes[at(3) + 1] |= 1;
        }),
      ],
      [
        /bimodal/,
        changed((bytes, _, at) => {
          bytes[at(6) + 5] = 1;
        }),
      ],
      [/section 6: states no amplitude multiplier/, changed((_, view, at) => view.setUint16(at(6), 0, true))],
      [/section 6: states no sampling interval/, changed((_, view, at) => view.setUint16(at(6) + 2, 0, true))],
      [
        /section 6: has an unsupported encoding/,
        changed((bytes, _, at) => {
          bytes[at(6) + 4] = 7;
        }),
      ],
      [/section 3, I: has an invalid length/, changed((_, view, at) => view.setUint32(at(3) + 6, 0xffffffff, true))],
      [
        /section 6, I: is truncated \(expected 86000000 samples/,
        changed((_, view, at) => view.setUint32(at(3) + 6, 86_000_000, true)),
      ],
      [
        /section 3: does not contain valid lead definitions/,
        changed((bytes, _, at) => {
          bytes[at(3)] = 200;
        }),
      ],
      [/section 2: is truncated/, changed((_, view, at) => view.setUint16(at(2), 60000, true))],
      [
        /section 3: is located outside the file/,
        changed((_, view) => view.setUint32(6 + 16 + 3 * 10 + 6, 0x7fffffff, true)),
      ],
      [
        /section 1: is not at the position stated in section 0/,
        changed((_, view, at) => view.setUint16(at(1) - 14, 9, true)),
      ],
    ];
    for (const [words, act] of cases) expect(act).toThrow(words);
    expect(
      changed((bytes) => {
        bytes[bytes.length - 1] ^= 8;
      })(),
    ).toMatchObject({
      cautions: expect.arrayContaining([expect.stringMatching(/checksum of section 6/)]),
    });
  });

  test("every cut and every changed byte ends in a recording or a named error", () => {
    const whole = writeScp({ leads, huffman: true, differences: 1 });
    const act = (bytes: Uint8Array) => {
      try {
        expect(readScpEcg(bytes, "a.scp").length).toBeLessThan(1000);
      } catch (error) {
        expect((error as { code?: string }).code).toBe("signals/scp");
      }
    };
    for (let at = 0; at < whole.length; at++) {
      act(whole.slice(0, at));
      const bytes = whole.slice();
      bytes[at] ^= 0xff;
      act(bytes);
    }
  });

  test("the checksum is CRC-CCITT", () => {
    expect(checksum(new TextEncoder().encode("123456789"))).toBe(0x29b1);
  });
});

describe("WFDB", () => {
  const decoded = (signal: string, bytes: number[], record = "a 1 100") =>
    decodeWfdb(
      readWfdbHeader(`${record}\n${signal}\n`, "a.hea"),
      new Map([["a.dat", Uint8Array.from(bytes)]]),
      "a.hea",
    );
  const samples = (signal: string, bytes: number[]) => [...decoded(signal, bytes).channels[0].samples];

  test("every format: the largest, minus one, missing", () => {
    expect(samples("a.dat 16 1", [0xff, 0x7f, 0xff, 0xff, 0, 0x80])).toEqual([32767, -1, Number.NaN]);
    expect(samples("a.dat 61 1", [0x7f, 0xff, 0xff, 0xff, 0x80, 0])).toEqual([32767, -1, Number.NaN]);
    expect(samples("a.dat 80 1", [255, 127, 0])).toEqual([127, -1, Number.NaN]);
    expect(samples("a.dat 160 1", [0xff, 0xff, 0xff, 0x7f, 0, 0])).toEqual([32767, -1, Number.NaN]);
    expect(samples("a.dat 24 1", [255, 255, 127, 255, 255, 255, 0, 0, 128])).toEqual([8388607, -1, Number.NaN]);
    expect(samples("a.dat 32 1", [1, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 128])).toEqual([1, -1, Number.NaN]);
    // An odd number of samples ends in two bytes.
    expect(samples("a.dat 212 1", [0xff, 0xf7, 0xff, 0x00, 0x08])).toEqual([2047, -1, Number.NaN]);
    expect(samples("a.dat 16+2 1", [9, 9, 1, 0])).toEqual([1]);
  });

  test("a sum that does not fit and a signal without gain are cautions", () => {
    expect(decoded("a.dat 16 100 16 0 1 4 0 I", [1, 0, 2, 0]).cautions.join(" ")).toMatch(
      /I: the checksum of the samples \(3\).*header \(4\)/,
    );
    expect(decoded("a.dat 16 100 16 0 1 3 0 I", [1, 0, 2, 0]).cautions.join(" ")).not.toMatch(/checksum/);
    expect(decoded("a.dat 16 0 16 0 0 0 0 I", [200, 0, 0, 0])).toMatchObject({
      channels: [{ samples: Float32Array.of(1, 0) }],
      cautions: expect.arrayContaining([expect.stringMatching(/I: not calibrated; .*gain of 200/)]),
    });
  });

  test("what is not read or hostile is named with its line", () => {
    const faults: [string, RegExp][] = [
      ["a/3 2 100\na_1 500\n~ 20\na_2 500", /several segments \(3\).*Open the header of one segment instead: a_1, a_2/],
      ["a 1 100\na.dat 8 1", /line 2: signal format 8 is not supported/],
      ["# c\na 1 100\na.dat 16x4 1", /line 3: has 4 samples per frame/],
      ["a 1 100\na.dat 16:7 1", /line 2: has a skew of 7 samples/],
      ["a 999999999 100\na.dat 16 1", /line 1: states an invalid number of signals/],
      ["a 2 100\na.dat 16 1", /line 3: is not a valid signal line .signal 2 of 2.*found the end of the file/],
      ["a 1 -5\na.dat 16 1", /line 1: states an invalid sampling rate/],
      ["a 1 100 1e300\na.dat 16 1", /line 1: states an invalid number of samples/],
      ["a 1 100\na.dat 16 1e999", /line 2: is not a valid signal line .signal 1/],
      ["hello", /line 1: is not a valid record line/],
      ["", /line 1: is not a valid record line/],
    ];
    for (const [text, words] of faults) expect(() => readWfdbHeader(text, "a.hea"), text).toThrow(words);
    expect(() => decoded("a.dat 16 1", [1, 0], "a 1 100 99999999999")).toThrow(/a\.dat: is truncated/);
    // Neither folders nor another place can be named.
    expect(readWfdbHeader("a 1 100\n../../etc/passwd 16 1", "a.hea").signals[0].file).toBe("passwd");
  });
});

describe("CSV", () => {
  test("rate and unit from comments, options, times in seconds or milliseconds; counters are no leads", () => {
    const rate = (text: string, options = {}) => readSignalCsv(text, "a.csv", options).rate;
    expect(rate("# sampling rate: 360 Hz\nI\n1\n2\n")).toBe(360);
    expect(rate("# fs=250\nI\n1\n2\n", { rate: 125 })).toBe(125);
    expect(rate("time (ms);I\n0;1\n2;1\n4;1\n")).toBe(500);
    // Rounded to milliseconds.
    expect(rate("time\tI\n0.000\t1\n0.003\t1\n0.006\t1\n0.008\t1\n")).toBeCloseTo(375, 0);
    const { channels } = readSignalCsv("sample,I,aVR (V)\n0,1000,1\n1,-500,2\n", "a.csv", { rate: 1, unit: "uV" });
    expect(channels.map(({ name, unit, samples }) => [name, unit, ...samples])).toEqual([
      ["I", "mV", 1, -0.5],
      ["aVR", "mV", 1000, 2000],
    ]);
  });

  test("as rdsamp writes it: quotes and a row of units", () => {
    const text = "'Elapsed time','MLII','V5'\n'seconds','mV','uV'\n0.000,-0.145,65\n0.003,-0.145,64\n0.006,-,63\n";
    const { channels, rate } = readSignalCsv(text, "100.csv");
    expect(rate).toBe(333.3333333333333);
    expect(channels.map(({ name, samples }) => [name, ...samples])).toEqual([
      ["II", Math.fround(-0.145), Math.fround(-0.145), Number.NaN],
      ["V5", Math.fround(0.065), Math.fround(0.064), Math.fround(0.063)],
    ]);
  });

  test("uneven times, decimal commas, infinities and a rate of 0 are named", () => {
    expect(() => readSignalCsv("time,I\n0,1\n1,1\n5,1\n6,1\n", "a.csv")).toThrow(
      /line 3.*not evenly spaced|line 4.*not evenly spaced/,
    );
    expect(() => readSignalCsv("time,I\n3,1\n2,1\n", "a.csv")).toThrow(/not evenly spaced/);
    expect(() => readSignalCsv("I;II\n0,5;1\n1;1\n", "a.csv", { rate: 1 })).toThrow(
      /line 2, I.*a number with a decimal point.*found 0,5/,
    );
    expect(() => readSignalCsv("I\n1e999\n1\n", "a.csv", { rate: 1 })).toThrow(/line 2, I: a cell is not a number/);
    expect(() => readSignalCsv("I\n1\n", "a.csv", { rate: 0 })).toThrow(/is not a valid sampling rate/);
    expect(() => readSignalCsv("# rate: 0\nI\n1\n", "a.csv")).toThrow(/is not a valid sampling rate/);
  });
});

describe("HL7 aECG", () => {
  const sequence = (code: string, value: string) =>
    `<component><sequence><code code="${code}"/><value>${value}</value></sequence></component>`;
  const times = (step = "0.002", unit = "s") =>
    sequence("TIME_RELATIVE", `<head value="0" unit="s"/><increment value="${step}" unit="${unit}"/>`);
  const lead = (name: string, digits: string, scale = "5", unit = "uV", origin = "0") =>
    sequence(
      `MDC_ECG_LEAD_${name}`,
      `<origin value="${origin}" unit="${unit}"/><scale value="${scale}" unit="${unit}"/><digits>${digits}</digits>`,
    );
  const set = (...sequences: string[]) => `<component><sequenceSet>${sequences.join("")}</sequenceSet></component>`;
  const wrap = (...sets: string[]) =>
    `<AnnotatedECG xmlns="urn:hl7-org:v3"><component><series>${sets.join("")}</series></component></AnnotatedECG>`;

  test("twelve leads of the rhythm, dated, with filters; the derived beat is not read", async () => {
    const text = await readFile(fixture("hl7.xml"), "utf8");
    expect(isHl7Ecg(text.slice(0, 4096))).toBe(true);
    const recordings = readHl7Ecg(text, "hl7.xml");
    expect(recordings).toHaveLength(1);
    const [{ channels, rate, filters, startedAt, cautions }] = recordings;
    expect([rate, filters, startedAt, cautions]).toEqual([125, { low: 40, high: 0.05 }, "2026-01-01T12:00:00", []]);
    expect(channels.map(({ name }) => name)).toEqual([...standardLeads]);
    // The file holds steps of 5 microvolt.
    const made = simulateEcg({ rhythm: "sinus", seconds: 2, rate: 125, seed: 11 });
    for (const [i, { samples }] of channels.entries())
      for (let t = 0; t < 250; t += 7) expect(Math.abs(samples[t] - made.channels[i].samples[t])).toBeLessThan(0.0026);
  });

  test("origin, scale and units; prefixes, comments and CDATA; every set of sequences is a recording", () => {
    const [first, second] = readHl7Ecg(
      wrap(
        set(times("2", "ms"), lead("II", "1 -2\n 3", "0.01", "mV", "0.5"), lead("AVR", "<![CDATA[0 0 1]]>")),
        set(times("0.004"), sequence("MDC_PRESS_BLD", '<scale value="2" unit="mm[Hg]"/><digits>1 2</digits>')),
      ),
      "a.xml",
    );
    expect([first.rate, first.where, second.rate, second.where]).toEqual([500, "a.xml, set 1", 250, "a.xml, set 2"]);
    expect(first.channels.map(({ name, unit, samples }) => [name, unit, ...samples])).toEqual([
      ["II", "mV", ...[0.51, 0.48, 0.53].map((value) => expect.closeTo(value, 6))],
      ["aVR", "mV", 0, 0, expect.closeTo(0.005, 6)],
    ]);
    expect([second.channels[0].unit, ...second.channels[0].samples]).toEqual(["mm[Hg]", 2, 4]);
    expect(
      readHl7Ecg(`<x:${wrap(set(times(), lead("I", "1"))).slice(1)}`.replace("</Annot", "</x:Annot"), "b").length,
    ).toBe(1);
  });

  test.each([
    ["no XML", "digits", /a\.xml: the file is not XML/],
    ["another document", "<ClinicalDocument/>", /has no AnnotatedECG/],
    ["cut off", wrap(set(times(), lead("I", "1 2"))).slice(0, -60), /ends inside <\w+>/],
    ["no sets", wrap(), /no set of sequences/],
    ["no times", wrap(set(lead("I", "1"))), /no sequence of times/],
    ["no leads", wrap(set(times())), /no sequence of a lead/],
    ["increment", wrap(set(times("0"), lead("I", "1"))), /no increment of time .*"0" s/],
    ["increment unit", wrap(set(times("1", "min"), lead("I", "1"))), /s, ms or us/],
    ["digit", wrap(set(times(), lead("V1", "1 2 x3"))), /sequence 2 \(MDC_ECG_LEAD_V1\): .*"x3" at place 3/],
    ["scale", wrap(set(times(), lead("I", "1", "0"))), /is not a scaled list .*scale "0"/],
    ["list", wrap(set(times(), sequence("MDC_ECG_LEAD_I", '<head value="1"/>'))), /without digits/],
    ["lengths", wrap(set(times(), lead("I", "1 2"), lead("II", "1"))), /2 samples, as in I\b.*1 in II/],
  ])("%s is named", (_, text, message) => {
    expect(() => readHl7Ecg(text, "a.xml")).toThrow(message);
  });

  test("hostile XML is bounded: no entity is expanded, depth is limited, long lists take linear time", () => {
    const bomb = `<!DOCTYPE a [<!ENTITY b "${"9 ".repeat(100)}">]>${wrap(set(times(), lead("I", "&b;")))}`;
    expect(() => readHl7Ecg(bomb, "a.xml")).toThrow(/"&b;" at place 1/);
    expect(() => readHl7Ecg(wrap("<a>".repeat(600)), "a.xml")).toThrow(/nested deeper than 500/);
    const began = performance.now();
    const long = readHl7Ecg(wrap(set(times(), lead("I", "1 ".repeat(300_000)))), "a.xml");
    expect(long[0].length).toBe(300_000);
    expect(performance.now() - began).toBeLessThan(3000);
  });
});
