/** Reads a patient's record from a FHIR server: `GET [base]/Patient/[id]/$everything`, page by page. */
import { PolyclinicError, throwIfAborted } from "../../../base/errors.ts";
import { bodyOf, textOf } from "../../../base/response-body.ts";
import { chooseRecord, type HealthRecord, type ReadOptions } from "../../record.ts";
import { Collector } from "./collect.ts";
import { isObject, objects, text } from "./json.ts";

/** Address, patient, credentials and limits for reading from a FHIR server. */
export interface ServerOptions extends Omit<ReadOptions, "name"> {
  /** The server's base URL: `https://host/fhir`. */
  base: string;
  /** The patient's logical id. */
  patient: string;
  /** Sent as `Authorization: Bearer`, and only to the base URL's origin, whatever a page's links contain. */
  token?: string;
  /** Maximum number of pages to read. Default 1000. */
  pages?: number;
  /** Called with every page as it came: for a hash, or for progress. */
  onPage?: (body: string) => void;
  /** Milliseconds to wait for a page. Default 60,000. */
  timeout?: number;
  signal?: AbortSignal;
}

/**
 * Reads every page of `$everything`.
 * @throws `records/server-refused` (401, 403), `records/server-not-found` (404), `records/server` (other statuses; retryable for 429 and
 * 5xx), `records/server-unreachable` (retryable), `records/server-answer` (no bundle, endless pages, a link to another host).
 */
export async function readFromServer(options: ServerOptions): Promise<HealthRecord> {
  const { patient, token, pages = 1000, signal } = options;
  if (!/^[A-Za-z0-9\-.]{1,64}$/.test(patient))
    throw new PolyclinicError("records/patient-id", "this is not a FHIR id", {
      where: "patient",
      expected: "1 to 64 letters, digits, - or .",
      found: patient,
    });
  const base = baseUrl(options.base);
  if (
    token !== undefined &&
    base.protocol === "http:" &&
    !/^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(base.hostname)
  )
    throw new PolyclinicError("records/server-url", "a token is not sent over unencrypted http", {
      where: base.href,
      expected: "https, or a server on this machine",
      found: "http",
    });
  const collector = new Collector();
  const visited = new Set<string>();
  let next: URL | undefined = new URL(`Patient/${patient}/$everything`, base);
  while (next !== undefined) {
    throwIfAborted(signal);
    if (visited.has(next.href) || visited.size >= pages)
      throw new PolyclinicError("records/server-answer", "the server returns an endless sequence of pages", {
        where: next.href,
        found: visited.has(next.href) ? "a link back to a page already read" : `more than ${pages} pages`,
      });
    visited.add(next.href);
    const bundle = await page(next, token, options.timeout ?? 60_000, signal, options.onPage);
    for (const entry of objects(bundle.entry)) collector.add(entry.resource, text(entry.fullUrl));
    const link: string | undefined = text(objects(bundle.link).find(({ relation }) => relation === "next")?.url);
    next = link === undefined ? undefined : new URL(link, next);
    if (next !== undefined && next.origin !== base.origin)
      throw new PolyclinicError("records/server-answer", "the next page is on another host", {
        where: base.href,
        expected: base.origin,
        found: next.origin,
        hint: "Links to other hosts are not followed, so that the token is not sent to them.",
      });
  }
  const set = collector.finish("fhir", options);
  // $everything may also return Patient resources of relatives: select the requested one.
  return chooseRecord(set, patient, base.href);
}

function baseUrl(base: string): URL {
  let url: URL;
  try {
    url = new URL(base.endsWith("/") ? base : `${base}/`);
  } catch (cause) {
    throw new PolyclinicError("records/server-url", "this is not a URL", { where: "base", found: base, cause });
  }
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw new PolyclinicError("records/server-url", "a FHIR server must be reached over https", {
      where: "base",
      found: url.protocol,
    });
  return url;
}

async function page(
  url: URL,
  token: string | undefined,
  timeout: number,
  signal: AbortSignal | undefined,
  onPage: ServerOptions["onPage"],
) {
  const limit = AbortSignal.timeout(timeout);
  const both = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  let response: Response | undefined;
  let body: string;
  try {
    response = await fetch(url, {
      headers: {
        accept: "application/fhir+json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      signal: both,
      redirect: "manual",
    });
    if (response.status >= 300 && response.status < 400)
      throw new PolyclinicError("records/server-answer", "the server redirects, and redirects are not followed", {
        expected: "the bundle itself, so that the token is not sent to another address",
        found: `status ${response.status}, to ${response.headers.get("location") ?? "nowhere"}`,
        hint: "If you trust the address it redirects to, use that address.",
      });
    body = await textOf(bodyOf(response, both));
  } catch (cause) {
    throwIfAborted(signal);
    if (PolyclinicError.is(cause))
      throw new PolyclinicError("records/server-answer", cause.summary, {
        where: url.href,
        ...(cause.expected !== undefined && { expected: cause.expected }),
        ...(cause.found !== undefined && { found: cause.found }),
        ...(cause.hint !== undefined && { hint: cause.hint }),
        retryable: cause.retryable,
        cause,
      });
    throw new PolyclinicError(
      "records/server-unreachable",
      limit.aborted
        ? `no response within ${timeout} ms`
        : response === undefined
          ? "the server cannot be reached"
          : "the connection ended before the page was complete",
      {
        where: url.href,
        retryable: true,
        cause,
      },
    );
  }
  const diagnostics = outcome(body);
  if (!response.ok) throw refusal(response, url, diagnostics, token !== undefined);
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch (cause) {
    throw new PolyclinicError("records/server-answer", "the server's response is not JSON", {
      where: url.href,
      expected: "application/fhir+json",
      found: response.headers.get("content-type") ?? "no content type",
      cause,
    });
  }
  if (!isObject(json) || json.resourceType !== "Bundle")
    throw new PolyclinicError("records/server-answer", "the server's response is not a Bundle", {
      where: url.href,
      found: diagnostics ?? (isObject(json) ? String(json.resourceType) : typeof json),
    });
  onPage?.(body);
  return json;
}

function refusal(response: Response, url: URL, diagnostics: string | undefined, withToken: boolean): PolyclinicError {
  const found = [`status ${response.status}`, diagnostics].filter(Boolean).join(": ");
  if (response.status === 401 || response.status === 403)
    return new PolyclinicError("records/server-refused", "the server denies access", {
      where: url.href,
      found,
      hint: withToken
        ? "The token may have expired, or lack the scope patient/*.read."
        : "A token is required: set the environment variable POLYCLINIC_FHIR_TOKEN (in code: fhirToken, or token).",
    });
  if (response.status === 404)
    return new PolyclinicError("records/server-not-found", "the server has no such patient, or no $everything", {
      where: url.href,
      found,
      hint: "Check the base URL and the patient id.",
    });
  return new PolyclinicError("records/server", "the server returns an error", {
    where: url.href,
    found,
    retryable: response.status === 429 || response.status >= 500,
  });
}

/** What an OperationOutcome says. */
function outcome(body: string): string | undefined {
  try {
    const json: unknown = JSON.parse(body);
    if (!isObject(json) || json.resourceType !== "OperationOutcome") return undefined;
    return objects(json.issue)
      .map((issue) => text(issue.diagnostics) ?? text(issue.code))
      .filter(Boolean)
      .join("; ");
  } catch {
    return undefined;
  }
}
