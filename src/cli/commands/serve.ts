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
  fhirIssuer?: string;
  token?: string;
  corpus?: string;
  neighbours?: string;
  retain?: number;
  worker: boolean;
  oidc?: string;
  oidcGrant?: string[];
  publicUrl?: string;
}

export function registerServe(program: Command): void {
  program
    .command("serve")
    .description("serve the browser workbench, an OpenAI-compatible API and DICOMweb, for this machine or a network")
    .option(
      "--host <address>",
      "address to listen on; with an address other than loopback, user accounts are required",
      "127.0.0.1",
    )
    .option("--port <n>", "port; 0 chooses a free one", whole, 8420)
    .option("--data <folder>", "data folder for studies, answers and reports", join(homedir(), ".polyclinic", "server"))
    .option("-m, --model <name>", "a model for answers; can be repeated", (name, all: string[] = []) => [...all, name])
    .option(
      "--embedder <name>",
      "an embedding model for images and texts, e.g. google/medsiglip-448; can be repeated",
      (name, all: string[] = []) => [...all, name],
    )
    .option("--database <url>", "a PostgreSQL database, instead of the embedded one")
    .option(
      "--name <host>",
      "a host name under which clients reach this server; can be repeated",
      (name, all: string[] = []) => [...all, name],
    )
    .option(
      "--pacs <url>",
      "a DICOMweb service from which studies are fetched and to which signed reports are sent (credentials: PACS_AUTHORIZATION)",
    )
    .option(
      "--watch <url>",
      "REST address of an Orthanc server, e.g. http://pacs.example:8042, whose new studies are fetched automatically",
    )
    .option("--draft <task>", "run this task on each study fetched by --watch, e.g. report")
    .option(
      "--fhir <url>",
      "a FHIR R4 server to which signed reports are sent (credentials: FHIR_AUTHORIZATION, the value of the Authorization header)",
    )
    .option(
      "--fhir-patients <system>",
      "identifier system in which the FHIR server has the Patient IDs of the files; without it a pseudonym is used",
    )
    .option(
      "--fhir-issuer <name>",
      "issuer (0010,0021) of the Patient IDs in that system; reports on files of another issuer are not sent",
    )
    .option("--corpus <folder>", "documents for strategies that search, in questions: .txt, .md, PubMed .xml")
    .option(
      "--neighbours <index>",
      "an index of your own reports (`polyclinic neighbours build`): the reports of similar images are shown beside a draft",
    )
    .option(
      "--retain <days>",
      "delete studies that have not been changed for this number of days, except those with a signed report",
      whole,
    )
    .option("--no-worker", "do not process queued jobs here; `polyclinic worker` does")
    .option("--oidc <issuer>", "OpenID Connect provider for login (OIDC_CLIENT_ID, OIDC_CLIENT_SECRET)")
    .option(
      "--oidc-grant <scopes>",
      "permissions of people who log in for the first time; default: new people are rejected",
      list,
    )
    .option("--public-url <url>", "public address of this server when it is behind a proxy")
    .option("--token <label>", "print a new API key for a program (it may read and ask, but not sign)")
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
  fhirIssuer,
  token,
  corpus,
  neighbours,
  retain,
  worker,
  oidc,
  oidcGrant = [],
  publicUrl,
}: Options): Promise<void> {
  if (fhirIssuer !== undefined && fhirPatients === undefined)
    throw new PolyclinicError("usage/fhir", "has an effect only together with --fhir-patients", {
      where: "--fhir-issuer",
      hint: "Give the identifier system of the FHIR server with --fhir-patients.",
    });
  if (fhirPatients !== undefined && fhir === undefined)
    throw new PolyclinicError("usage/fhir", "has an effect only together with --fhir", {
      where: "--fhir-patients",
      hint: "Give the base address of the FHIR server with --fhir.",
    });
  if ((watch !== undefined && pacs === undefined) || (draft !== undefined && watch === undefined))
    throw new PolyclinicError("usage/watch", "needs another option", {
      where: watch === undefined ? "--draft" : "--watch",
      expected:
        watch === undefined
          ? "--watch with the address of the Orthanc server"
          : "--pacs with the address of its DICOMweb service",
    });
  if (draft !== undefined) {
    const { tasks } = await import("../../task/index.ts");
    const able = tasks().filter(
      ({ needs, options }) => !needs.pair && !Object.values(options).some((one) => one.required),
    );
    if (!able.some(({ name }) => name === draft))
      throw new PolyclinicError("usage/watch", "this task needs further options and cannot be run automatically", {
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
    ...(corpus !== undefined && { corpus }),
    ...(neighbours !== undefined && { neighbours }),
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
        ...(fhirIssuer !== undefined && { patientIssuer: fhirIssuer }),
        ...(process.env.FHIR_AUTHORIZATION && { authorization: process.env.FHIR_AUTHORIZATION }),
      },
    }),
    onFailure: (error) => note(`Unexpected failure: ${(error as Error).message}`),
    onLoginLink: (url) => print(`A login link was requested in the browser. It works once, within ten minutes: ${url}`),
  });
  print(
    `Polyclinic serves ${model.join(", ")} at ${server.url}\nLogin link, valid once, within ten minutes: ${server.loginUrl}`,
  );
  if (token !== undefined)
    print(`Key for ${token}, shown only now, valid for 90 days: ${await server.issueToken(token)}`);
  note(`${notForClinicalUse} Press Ctrl-C to stop.`);
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
    throw new PolyclinicError("usage/oidc", "the credentials of this server at the provider are missing", {
      where: "--oidc",
      expected: "OIDC_CLIENT_ID and OIDC_CLIENT_SECRET in the environment",
    });
  const unknown = grant.find((scope) => !isScope(scope));
  if (unknown !== undefined)
    throw new PolyclinicError("usage/oidc", "is not a permission", {
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
