/** `polyclinic serve`. */

import { homedir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { embeddedName } from "../../base/embedded-model.ts";
import { PolyclinicError } from "../../base/errors.ts";
import { isScope, scopes } from "../../server/access/scopes.ts";
import { interrupted, note, print } from "../shared/terminal.ts";
import { list, whole } from "../shared/values.ts";

interface Options {
  host: string;
  port: number;
  data: string;
  model: string[];
  embedder: string[];
  database?: string;
  name?: string[];
  pacs?: string;
  watch?: string;
  draft?: string;
  fhir?: string;
  fhirPatients?: string;
  token?: string;
  retain?: number;
  worker: boolean;
  oidc?: string;
  oidcGrant?: string[];
  publicUrl?: string;
}

export function registerServe(program: Command): void {
  program
    .command("serve")
    .description("the workbench in a browser, OpenAI's API and DICOMweb, for this machine or a network")
    .option("--host <address>", "listen here; other addresses than this machine's own need accounts", "127.0.0.1")
    .option("--port <n>", "0 takes a free one", whole, 8420)
    .option("--data <folder>", "keeps studies, answers and reports", join(homedir(), ".polyclinic", "server"))
    .option("-m, --model <name>", "a model to answer with; can be given several times", (name, all: string[] = []) => [
      ...all,
      name,
    ])
    .option(
      "--embedder <name>",
      "a model that turns images and texts into vectors, as google/medsiglip-448; can be given several times",
      (name, all: string[] = []) => [...all, name],
    )
    .option("--database <url>", "a PostgreSQL server, instead of the embedded one")
    .option(
      "--name <host>",
      "a name under which others ask this server; can be given several times",
      (name, all: string[] = []) => [...all, name],
    )
    .option(
      "--pacs <url>",
      "a DICOMweb service to fetch studies from and to send signed reports to (credentials: PACS_AUTHORIZATION)",
    )
    .option(
      "--watch <url>",
      "Orthanc's REST address, as http://pacs.example:8042: its new studies are fetched by themselves",
    )
    .option("--draft <task>", "put this task to the model about each study fetched by --watch, as report")
    .option(
      "--fhir <url>",
      "a FHIR R4 server to send signed reports to (credentials: FHIR_AUTHORIZATION, the value of the Authorization header)",
    )
    .option(
      "--fhir-patients <system>",
      "the identifier system under which that server knows patients by the Patient ID of the files; without it a pseudonym is created",
    )
    .option(
      "--retain <days>",
      "delete studies that nobody has changed for so long, those with a signed report excepted",
      whole,
    )
    .option("--no-worker", "leave the jobs of the queue to `polyclinic worker`")
    .option("--oidc <issuer>", "an OpenID Connect provider people log in by (OIDC_CLIENT_ID, OIDC_CLIENT_SECRET)")
    .option("--oidc-grant <scopes>", "what a person may do who logs in for the first time; default: nobody new", list)
    .option("--public-url <url>", "the address under which browsers know this server, behind a proxy")
    .option("--token <label>", "print a new key for a program that asks this server (it may read and ask, not sign)")
    .addHelpText("after", "\nExample:\n  $ polyclinic serve --data my-studies")
    .action(run);
}

async function run({
  host,
  port,
  data,
  model = [embeddedName],
  embedder = [],
  database,
  name = [],
  pacs,
  watch,
  draft,
  fhir,
  fhirPatients,
  token,
  retain,
  worker,
  oidc,
  oidcGrant = [],
  publicUrl,
}: Options): Promise<void> {
  if (fhirPatients !== undefined && fhir === undefined)
    throw new PolyclinicError("usage/fhir", "says how a FHIR server knows patients, and there is none", {
      where: "--fhir-patients",
      hint: "Give its base address with --fhir.",
    });
  if ((watch !== undefined && pacs === undefined) || (draft !== undefined && watch === undefined))
    throw new PolyclinicError("usage/watch", "needs another option", {
      where: watch === undefined ? "--draft" : "--watch",
      expected:
        watch === undefined ? "--watch, the Orthanc whose new studies are meant" : "--pacs, its DICOMweb service",
    });
  if (draft !== undefined) {
    const { tasks } = await import("../../task/index.ts");
    const able = tasks().filter(
      ({ needs, options }) => !needs.pair && !Object.values(options).some((one) => one.required),
    );
    if (!able.some(({ name }) => name === draft))
      throw new PolyclinicError("usage/watch", "cannot be asked without further words", {
        where: "--draft",
        expected: able.map(({ name }) => name).join(", "),
        found: draft,
      });
  }
  const { serve } = await import("../../server/index.ts");
  const { notForClinicalUse } = await import("../../task/result.ts");
  const server = await serve({
    host,
    port,
    data,
    models: model,
    embedders: embedder,
    hosts: name,
    ...(database !== undefined && { databaseUrl: database }),
    worker,
    ...(oidc !== undefined && { oidc: oidcOf(oidc, oidcGrant, publicUrl) }),
    ...(retain !== undefined && { retain }),
    ...(pacs !== undefined && {
      pacs: { url: pacs, ...(process.env.PACS_AUTHORIZATION && { authorization: process.env.PACS_AUTHORIZATION }) },
    }),
    ...(watch !== undefined && {
      watch: {
        url: watch,
        ...(draft !== undefined && { draft }),
        ...(process.env.PACS_AUTHORIZATION && { authorization: process.env.PACS_AUTHORIZATION }),
      },
    }),
    ...(fhir !== undefined && {
      fhir: {
        url: fhir,
        ...(fhirPatients !== undefined && { patientSystem: fhirPatients }),
        ...(process.env.FHIR_AUTHORIZATION && { authorization: process.env.FHIR_AUTHORIZATION }),
      },
    }),
    onFailure: (error) => note(`Unexpected failure: ${(error as Error).message}`),
    onLoginLink: (url) => print(`A page asked for a login link, good once, for ten minutes: ${url}`),
  });
  print(`Polyclinic serves ${model.join(", ")} at ${server.url}\nLog in once, within ten minutes: ${server.loginUrl}`);
  if (token !== undefined) print(`Key for ${token}, shown once, for 90 days: ${await server.issueToken(token)}`);
  note(`${notForClinicalUse} Ctrl-C stops it.`);
  await new Promise<void>((resolve) => {
    if (interrupted.aborted) resolve();
    interrupted.addEventListener("abort", () => resolve(), { once: true });
  });
  await server.close();
}

/** @throws PolyclinicError `usage/oidc` if the environment lacks the client's name, or for unknown scopes. */
function oidcOf(issuer: string, grant: readonly string[], publicUrl: string | undefined) {
  const { OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret } = process.env;
  if (!clientId || !clientSecret)
    throw new PolyclinicError("usage/oidc", "the provider has to know this server", {
      where: "--oidc",
      expected: "OIDC_CLIENT_ID and OIDC_CLIENT_SECRET in the environment",
    });
  const unknown = grant.find((scope) => !isScope(scope));
  if (unknown !== undefined)
    throw new PolyclinicError("usage/oidc", "is no scope", {
      where: "--oidc-grant",
      expected: scopes.join(", "),
      found: unknown,
    });
  return {
    issuer,
    clientId,
    clientSecret,
    grant: grant.filter(isScope),
    ...(publicUrl !== undefined && { publicUrl }),
  };
}
