/** The sample columns of one VCF line, as copies of one allele. */
import { PolyclinicError } from "../../base/errors.ts";

const [tab, colon, slash, bar, dot, comma, zero, nine] = [9, 58, 47, 124, 46, 44, 48, 57];

/**
 * Fills `out` with copies of allele number `allele`; NaN where a genotype is missing or half missing (`./1`).
 *
 * @param at offset of the first sample's column.
 * @param format the FORMAT column, `GT:DS`.
 * @returns whether dosages were read.
 * @throws PolyclinicError `genomes/vcf` when there is neither GT nor DS, a genotype is malformed, or a column is missing.
 */
export function readGenotypes(
  line: Buffer,
  at: number,
  format: string,
  allele: number,
  dosages: boolean,
  out: Float64Array,
  where: string,
): boolean {
  const keys = format.split(":");
  const dosageField = keys.indexOf("DS");
  const useDosage = dosageField >= 0 && (dosages || keys[0] !== "GT");
  if (!useDosage && keys[0] !== "GT")
    throw new PolyclinicError("genomes/vcf", "has no genotypes", {
      where,
      expected: "GT as the first key in FORMAT, or DS",
      found: format,
    });
  let next = at;
  for (let person = 0; person < out.length; person++) {
    if (next > line.length)
      throw new PolyclinicError("genomes/vcf", "has too few sample columns", {
        where,
        expected: `${out.length} samples`,
        found: String(person),
      });
    next = useDosage
      ? dosage(line, next, dosageField, allele, out, person)
      : call(line, next, allele, out, person, where);
  }
  if (next <= line.length)
    throw new PolyclinicError("genomes/vcf", "has too many sample columns", {
      where,
      expected: `${out.length} samples`,
    });
  return useDosage;
}

/** Reads one GT; returns where the next column begins. */
function call(line: Buffer, start: number, allele: number, out: Float64Array, person: number, where: string): number {
  // Almost every genotype of a biallelic file is three bytes: digit, separator, digit.
  const third = line[start + 3];
  if (third === undefined || third === tab || third === colon) {
    const [a, separator, b] = [line[start], line[start + 1], line[start + 2]];
    if ((separator === slash || separator === bar) && a >= zero && a <= nine && b >= zero && b <= nine) {
      out[person] = (a - zero === allele ? 1 : 0) + (b - zero === allele ? 1 : 0);
      return third === colon ? columnEnd(line, start + 3) : start + 4;
    }
  }
  let copies = 0;
  let missing = false;
  let number = -1;
  let at = start;
  for (; at < line.length && line[at] !== tab && line[at] !== colon; at++) {
    const byte = line[at];
    if (byte >= zero && byte <= nine) number = Math.max(0, number) * 10 + byte - zero;
    else if (byte === dot) missing = true;
    else if (byte === slash || byte === bar) {
      if (number === allele) copies++;
      number = -1;
    } else
      throw new PolyclinicError("genomes/vcf", "contains a malformed genotype", {
        where: `${where}, sample ${person + 1}`,
        expected: "allele numbers separated by / or |, for example 0/1",
        found: line.toString("latin1", start, columnEnd(line, start) - 1),
      });
  }
  if (number === allele) copies++;
  out[person] = missing || at === start ? Number.NaN : copies;
  return columnEnd(line, at);
}

/** Reads one DS (a number per alternate allele); the reference allele has two minus their sum. */
function dosage(line: Buffer, start: number, field: number, allele: number, out: Float64Array, person: number): number {
  let at = start;
  for (let i = 0; i < field && at < line.length; i++) {
    while (at < line.length && line[at] !== colon && line[at] !== tab) at++;
    // Trailing fields may be left out.
    if (line[at] !== colon) {
      out[person] = Number.NaN;
      return columnEnd(line, at);
    }
    at++;
  }
  let end = at;
  while (end < line.length && line[end] !== colon && line[end] !== tab) end++;
  let sum = 0;
  let number = 1;
  let value = Number.NaN;
  for (let from = at; from <= end; number++) {
    let to = from;
    while (to < end && line[to] !== comma) to++;
    const one = line[from] === dot && to === from + 1 ? Number.NaN : Number(line.toString("latin1", from, to) || "x");
    sum += one;
    if (number === allele) value = one;
    from = to + 1;
  }
  const copies = allele === 0 ? 2 - sum : value;
  out[person] = copies >= -1e-6 && copies <= 2 + 1e-6 ? copies : Number.NaN;
  return columnEnd(line, end);
}

function columnEnd(line: Buffer, from: number): number {
  const end = line.indexOf(tab, from);
  return end < 0 ? line.length + 1 : end + 1;
}
