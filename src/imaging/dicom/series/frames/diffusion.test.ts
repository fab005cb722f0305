import { describe, expect, test } from "vitest";
import { elements, instanceOf, mrImageStorage, sliceBytes } from "../../../../../test/support/dicom.ts";
import { assembleSeries, parseDicom } from "../../index.ts";
import { copyElement, type NewElement, writeDicom } from "../../write/write.ts";
import { bValueOf } from "./diffusion.ts";

const ascii = (text: string) => new TextEncoder().encode(text.length % 2 ? `${text} ` : text);
const float = (value: number) => new Uint8Array(Float32Array.of(value).buffer);

/** A private block: its creator at (group,00block) and one element in it. */
function block(group: number, block: number, creator: string, element: number, vr: string, value: Uint8Array) {
  const base = group * 0x10000;
  return [
    { tag: base + block, vr: "LO", value: ascii(creator) },
    { tag: base + block * 0x100 + element, vr, value },
  ] satisfies NewElement[];
}

const siemens = (b: number, at = 0x10, vr = "IS") => block(0x0019, at, "SIEMENS MR HEADER", 0x0c, vr, ascii(`${b}`));
const ge = (b: number, vr = "IS") => block(0x0043, 0x10, "GEMS_PARM_01", 0x39, vr, ascii(`${b}\\8\\0\\0`));
const philips = (b: number, vr = "FL") => block(0x2001, 0x10, "Philips Imaging DD 001", 0x03, vr, float(b));

const read = (added: readonly NewElement[]) => {
  const { dataset } = parseDicom(writeDicom([...elements({ Modality: "MR" }), ...added]));
  return bValueOf(dataset, dataset);
};

describe("b-values of the vendors' own elements", () => {
  test.each<[string, NewElement[], string]>([
    ["Siemens", siemens(1000), "1000"],
    ["Siemens, in another block", siemens(50, 0x12), "50"],
    ["Siemens, of unknown type", siemens(800, 0x10, "UN"), "800"],
    ["GE", ge(700), "700"],
    ["GE with its offset", ge(1_000_000_600), "600"],
    ["GE, of unknown type", ge(700, "UN"), "700"],
    ["Philips", philips(1500), "1500"],
    ["Philips, of unknown type", philips(1500, "UN"), "1500"],
    ["b = 0", siemens(0), "0"],
    ["the standard's element before any other", [...elements({ DiffusionBValue: 400 }), ...siemens(1000)], "400"],
    ["another creator's block", block(0x0019, 0x10, "SOMEONE ELSE", 0x0c, "IS", ascii("1000")), ""],
    ["nothing", [], ""],
  ])("%s", (_, added, expected) => {
    expect(read(added)).toBe(expected);
  });

  test.each([
    ["Siemens", (b: number) => siemens(b)],
    ["GE", (b: number) => ge(b)],
    ["Philips", (b: number) => philips(b)],
  ])("a %s series of two b-values is two volumes that are called by them", async (_, private_) => {
    const instances = [0, 1000].flatMap((b) =>
      [0, 1, 2].map((i) => {
        const { dataset } = parseDicom(
          sliceBytes({
            SOPClassUID: mrImageStorage,
            Modality: "MR",
            SOPInstanceUID: `2.25.${b}${i}`,
            ImagePositionPatient: [0, 0, 4 * i],
          }),
        );
        const kept = [...dataset.elements.values()].map((element) => copyElement(dataset, element));
        return instanceOf(writeDicom([...kept, ...private_(b)]), `${b}-${i}.dcm`);
      }),
    );
    const { series, leftOut } = await assembleSeries(instances);
    expect(series.map(({ label, slices }) => [label, slices.length])).toEqual([
      ["MR, b-value 0", 3],
      ["MR, b-value 1000", 3],
    ]);
    expect(leftOut).toEqual([]);
  });
});
