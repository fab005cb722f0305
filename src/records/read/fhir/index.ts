/** FHIR R4 as a bundle, a single resource, an array of resources, or lines of JSON. */
import { PolyclinicError } from "../../../base/errors.ts";
import { concatenated } from "../../../base/host/octets.ts";
import type { ReadOptions, RecordSet } from "../../record.ts";
import { Collector } from "./collect.ts";
import { isObject } from "./json.ts";
import { administrative } from "./resources.ts";

/**
 * Reads a parsed bundle, resource or array of resources.
 * @throws `records/not-fhir` when the JSON is not FHIR.
 */
export function readFhir(json: unknown, options: ReadOptions = {}): RecordSet {
  const resources = Array.isArray(json) ? json : [json];
  if (!resources.some((each) => isObject(each) && typeof each.resourceType === "string"))
    throw new PolyclinicError("records/not-fhir", "the JSON is not FHIR", {
      where: options.name,
      expected: "a Bundle or resource with a resourceType",
      found: isObject(json) ? `an object with ${Object.keys(json).slice(0, 5).join(", ") || "no fields"}` : typeof json,
    });
  const collector = new Collector();
  for (const resource of resources) collector.add(resource);
  return collector.finish("fhir", options);
}

/**
 * Reads JSON text as FHIR.
 * @throws `records/json` when it is not JSON.
 */
export function readFhirText(source: string, options: ReadOptions = {}): RecordSet {
  let json: unknown;
  try {
    json = JSON.parse(source);
  } catch (cause) {
    throw new PolyclinicError("records/json", "the file is not valid JSON", {
      where: options.name,
      found: cause instanceof Error ? cause.message : undefined,
      hint: "If it has one resource per line, it is NDJSON: give it the extension .ndjson.",
      cause,
    });
  }
  return readFhir(json, options);
}

/** Matches the type and id at the start of a line, where servers write them. */
const head = /^\s*\{\s*"resourceType"\s*:\s*"([A-Za-z]+)"\s*,\s*"id"\s*:\s*"([^"\\]+)"/;
const whose = /"(?:patient|beneficiary|subject)"\s*:\s*\{\s*"reference"\s*:\s*"([^"\\]+)"/;

/**
 * Reads one resource per line from chunks of bytes without holding the file in memory; only the facts are kept. Billing
 * resources are recognised by their first bytes and not parsed. A line that is not JSON is dropped and listed with its
 * number. @throws PolyclinicError `records/not-fhir` if no line is a FHIR resource.
 */
export async function readNdjson(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: ReadOptions = {},
): Promise<RecordSet> {
  const collector = new Collector();
  const decoder = new TextDecoder();
  const broken: { what: string; reason: string }[] = [];
  let number = 0;
  let read = 0;
  const line = (bytes: Uint8Array) => {
    number++;
    if (bytes.length < 2) return;
    const words = decoder.decode(bytes);
    if (words.trim() === "") return;
    const named = head.exec(words);
    if (named !== null && Object.hasOwn(administrative, named[1])) {
      read++;
      collector.skip(named[1], named[2], whose.exec(words)?.[1]);
      return;
    }
    try {
      collector.add(JSON.parse(words));
      read++;
    } catch (cause) {
      broken.push({ what: `line ${number}`, reason: `is not JSON: ${cause instanceof Error ? cause.message : cause}` });
    }
  };
  let rest: Uint8Array[] = [];
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      if (rest.length > 0) {
        line(concatenated([...rest, chunk.subarray(from, at)]));
        rest = [];
      } else line(chunk.subarray(from, at));
      from = at + 1;
    }
    // A copy: the stream may reuse its buffer.
    if (from < chunk.length) rest.push(chunk.slice(from));
  }
  if (rest.length > 0) line(concatenated(rest));
  if (read === 0)
    throw new PolyclinicError("records/not-fhir", "no line is a FHIR resource", {
      where: options.name,
      expected: "one JSON resource per line",
      found: broken[0] === undefined ? "an empty file" : `${broken[0].what} ${broken[0].reason}`,
    });
  const set = collector.finish("fhir-ndjson", options);
  if (broken.length === 0) return set;
  return { ...set, records: set.records.map((record) => ({ ...record, dropped: [...record.dropped, ...broken] })) };
}
