/** Resolves the model name a user gives: the embedded model, a folder, a name on the hub, or a server. */
import { existsSync, statSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { clinicName, embeddedName, packagedFolder } from "../../base/embedded-model.ts";
import { PolyclinicError } from "../../base/errors.ts";
import { findStored, hubName, isIncomplete } from "./store.ts";

/** What a model's name stands for. */
export type ResolvedModel =
  | { readonly kind: "folder"; readonly folder: string; readonly name: string }
  | { readonly kind: "server"; readonly url: string };

/**
 * @param name a model of the package; a path to a checkpoint folder; `owner/name` that was pulled; `http(s)://...`.
 * @throws PolyclinicError `model/not-found`, `model/incomplete`, `hub/not-pulled`.
 */
export async function resolveModel(name: string, env: NodeJS.ProcessEnv = process.env): Promise<ResolvedModel> {
  if (/^https?:\/\//i.test(name)) return { kind: "server", url: name };
  const packaged = packagedFolder(name);
  if (packaged !== undefined) return { kind: "folder", folder: checkpoint(packaged, name), name };
  const path = resolve(name);
  if (existsSync(path) && statSync(path).isDirectory()) return { kind: "folder", folder: checkpoint(path, name), name };
  if (hubName.test(name) && !isAbsolute(name) && !name.startsWith(".")) {
    const folder = await findStored(name, env);
    if (folder !== undefined) return { kind: "folder", folder, name };
    const begun = await isIncomplete(name, env);
    throw new PolyclinicError(
      "hub/not-pulled",
      begun ? "the model was downloaded only in part" : "the model is not on this machine",
      {
        where: name,
        hint: `Run \`polyclinic models pull ${name}\`${begun ? ": the download resumes" : ""}.`,
      },
    );
  }
  throw new PolyclinicError("model/not-found", "the model was not found", {
    where: name,
    expected: `${embeddedName}, ${clinicName}, a folder, owner/name from the hub, or a server's http address`,
    hint: "`polyclinic models list` shows what is on this machine.",
  });
}

/** A folder with the files every checkpoint has; their content is checked when they are read. */
function checkpoint(folder: string, name: string): string {
  const missing = ["config.json"].filter((file) => !existsSync(join(folder, file)));
  if (missing.length === 0) return folder;
  throw new PolyclinicError("model/incomplete", "the folder is not a complete model", {
    where: packagedFolder(name) === undefined ? name : folder,
    expected: missing.join(", "),
    found: "none of these",
    hint:
      packagedFolder(name) === undefined
        ? "Name the folder that contains config.json and the weights."
        : "The package is damaged: install it again.",
  });
}
