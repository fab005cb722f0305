/** HL7 v2 result messages (ORU): PID, OBR, OBX, NTE to facts. */
import { PolyclinicError } from "../../../base/errors.ts";
import { clockToday, fromHl7Date } from "../../dates.ts";
import type { Fact } from "../../fact.ts";
import { type Belongings, finishRecord } from "../../finish.ts";
import type { ReadOptions, RecordPatient, RecordSet } from "../../record.ts";
import {
  component,
  type Message,
  readMessages,
  repetitions,
  resolveEscapes,
  type Segment,
  type Separators,
} from "./message.ts";
import { readCode, readResult, setDate } from "./result.ts";

/** Segments without information about the patient's health. */
const technical = new Set([
  "MSH",
  "SFT",
  "PV1",
  "PV2",
  "ORC",
  "SPM",
  "PD1",
  "NK1",
  "DSC",
  "TQ1",
  "CTD",
  "FT1",
  "MSA",
  "UAC",
  "ROL",
]);

/**
 * Reads the ORU messages of a file.
 * @throws `records/not-hl7` when there is no message, `records/hl7-message` when none of them is an ORU.
 */
export function readHl7(source: string, options: ReadOptions = {}): RecordSet {
  const messages = readMessages(source.replace(/^\ufeff/, ""));
  if (messages.length === 0)
    throw new PolyclinicError("records/not-hl7", "the file contains no HL7 v2 message", {
      where: options.name,
      expected: "a message that begins with MSH",
      found: JSON.stringify(source.trim().slice(0, 40)),
    });
  const kind = ({ segments, separators }: Message) => component(segments[0].field(9), 1, separators);
  const results = messages.filter((message) => kind(message) === "ORU");
  if (results.length === 0)
    throw new PolyclinicError("records/hl7-message", "the file contains no result message", {
      where: options.name,
      expected: "ORU",
      found: [...new Set(messages.map(kind))].join(", "),
    });
  const patients = new Map<string, { patient: RecordPatient; belongings: Belongings }>();
  for (const [index, message] of messages.entries()) {
    const name = `message/${index + 1}`;
    const groups = message.segments.some(({ type }) => type === "PID") ? splitByPatient(message) : [message.segments];
    for (const segments of groups) {
      const patient = readPatient(
        segments.find(({ type }) => type === "PID"),
        message.separators,
      );
      const key = patient.id || patient.name || "";
      if (!patients.has(key)) patients.set(key, { patient, belongings: { facts: [], texts: [], dropped: [] } });
      const { belongings } = patients.get(key)!;
      if (kind(message) !== "ORU") {
        belongings.dropped.push({ what: name, reason: `a ${kind(message)} message, not a result (ORU)` });
        continue;
      }
      readResults(segments, message, name, source, belongings);
    }
  }
  const today = options.today ?? clockToday();
  return {
    format: "hl7v2",
    records: [...patients.values()].map(({ patient, belongings }) => {
      belongings.facts = withoutCorrected(belongings);
      return finishRecord("hl7v2", patient, belongings, [], today);
    }),
  };
}

function splitByPatient({ segments }: Message): Segment[][] {
  const groups: Segment[][] = [];
  const head: Segment[] = [];
  for (const segment of segments) {
    if (segment.type === "PID") groups.push([...head, segment]);
    else if (groups.length > 0) groups[groups.length - 1].push(segment);
    else head.push(segment);
  }
  return groups;
}

function readPatient(pid: Segment | undefined, separators: Separators): RecordPatient {
  if (pid === undefined) return { id: "" };
  const patient: RecordPatient = {
    id: component(pid.field(3), 1, separators) || component(pid.field(2), 1, separators),
  };
  const name = [5, 2, 3, 1]
    .map((n) => component(pid.field(5), n, separators))
    .filter(Boolean)
    .join(" ");
  if (name !== "") patient.name = name;
  const birthDate = fromHl7Date(component(pid.field(7), 1, separators));
  if (birthDate !== undefined) patient.birthDate = birthDate;
  const sex = { M: "male", F: "female", O: "other", A: "ambiguous" }[component(pid.field(8), 1, separators)];
  if (sex !== undefined) patient.sex = sex;
  return patient;
}

function readResults(
  segments: Segment[],
  message: Message,
  name: string,
  source: string,
  belongings: Belongings,
): void {
  const { separators } = message;
  const get = (segment: Segment, n: number, part = 1) => component(segment.field(n), part, separators);
  belongings.texts.push({ id: name, title: "HL7 message", text: source.slice(message.from, message.to) });
  const span = ({ from, to }: Segment) => ({ note: name, from: from - message.from, to: to - message.from });
  let report: Fact | undefined;
  let reportKey = "";
  let last: Fact | undefined;
  let number = 0;
  for (const segment of segments) {
    switch (segment.type) {
      case "OBR": {
        const filler = get(segment, 3) || get(segment, 2);
        reportKey = filler || `${name}/OBR[${++number}]`;
        report = { id: `report/${name}/${segment.from}`, kind: "report", source: span(segment) };
        const code = readCode(segment.field(4), separators);
        if (code !== undefined) Object.assign(report, code);
        setDate(report, get(segment, 7));
        const issued = fromHl7Date(get(segment, 22));
        if (issued !== undefined) report.recorded = issued;
        const status = reportStatus[get(segment, 25)];
        if (status !== undefined) report.status = status;
        const by = [6, 2, 3, 1]
          .map((n) => (n === 1 ? "" : component(segment.field(16), n, separators)))
          .filter(Boolean);
        if (by.length > 0) report.by = by.join(" ");
        const reasons = repetitions(segment.field(31), separators)
          .map((each) => component(each, 2, separators) || component(each, 1, separators))
          .filter(Boolean);
        if (reasons.length > 0) report.reason = reasons;
        if (report.code === undefined)
          belongings.dropped.push({
            what: `OBR at ${segment.from} of ${name}`,
            reason: "the order cannot be identified: OBR-4 is empty",
          });
        else belongings.facts.push(report);
        last = report;
        break;
      }
      case "OBX": {
        const what = `OBX-${get(segment, 1) || "?"} at character ${segment.from - message.from} of ${name}`;
        const fact = readResult(segment, separators, `observation/${name}/${segment.from}`);
        fact.source = span(segment);
        if (report?.code !== undefined && report.code.code !== fact.code?.code) fact.partOf = report.code;
        if (fact.start === undefined && report?.start !== undefined) fact.start = report.start;
        if (report?.by !== undefined) fact.by ??= report.by;
        const status = get(segment, 11);
        if (fact.code === undefined)
          belongings.dropped.push({ what, reason: "the observation cannot be identified: OBX-3 is empty" });
        else if (status === "D" || status === "W")
          belongings.dropped.push({
            what,
            reason: status === "W" ? "was reported for the wrong patient or test (OBX-11)" : "was deleted (OBX-11)",
            withdrawn: [withoutValue(fact)],
          });
        else {
          corrections.set(
            fact,
            `${reportKey}|${fact.code.code ?? fact.code.display}|${get(segment, 4)}|${fact.start ?? ""}`,
          );
          belongings.facts.push(fact);
        }
        last = fact;
        break;
      }
      case "NTE": {
        const words = repetitions(segment.field(3), separators)
          .map((each) => resolveEscapes(each, separators).trim())
          .filter(Boolean)
          .join("\n");
        if (last !== undefined && words !== "") last.text = [last.text, words].filter(Boolean).join("\n");
        break;
      }
      case "PID":
        break;
      default:
        if (!technical.has(segment.type))
          belongings.dropped.push({
            what: `${segment.type} at character ${segment.from - message.from} of ${name}`,
            reason: `Polyclinic reads no facts from ${segment.type} segments`,
          });
    }
  }
}

/** Identifies a result across messages: order, test, sub-id and time. */
const corrections = new WeakMap<Fact, string>();

/** A corrected result replaces the one reported earlier. */
function withoutCorrected({ facts, dropped }: Belongings): Fact[] {
  const latest = new Map<string, Fact>();
  for (const fact of facts) {
    const key = corrections.get(fact);
    if (key === undefined) continue;
    const earlier = latest.get(key);
    if (
      earlier !== undefined &&
      fact.status === "corrected" &&
      "note" in earlier.source &&
      "note" in fact.source &&
      earlier.source.note !== fact.source.note
    ) {
      dropped.push({ what: earlier.id, reason: `was corrected by ${fact.source.note}` });
      superseded.add(earlier);
    }
    latest.set(key, fact);
  }
  return facts.filter((fact) => !superseded.has(fact));
}

const superseded = new WeakSet<Fact>();

const reportStatus: Readonly<Record<string, string>> = {
  F: "final",
  C: "corrected",
  P: "preliminary",
  R: "not verified",
  A: "partial",
  X: "cancelled",
  I: "pending",
  O: "ordered",
  S: "scheduled",
};
