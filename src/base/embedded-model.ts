/** The models that are part of the package, known by name (Node): nano, the default of every command, and the fictional clinic of the strategies. */
import { fileURLToPath } from "node:url";

export const embeddedName = "nano";
export const clinicName = "clinic";

/** Two levels above this file, in `src` as in `dist`. */
const folderOf = (name: string) => fileURLToPath(new URL(`../../models/${name}`, import.meta.url));
export const embeddedFolder = folderOf(embeddedName);
export const clinicFolder = folderOf(clinicName);
/** Scopes of models whose publishers document their training data; each names the models it applies to. */
export const scopesFolder = folderOf("scopes");
/** The small therapeutics model (`polyclinic tx`). */
export const therapeuticsFolder = folderOf("tx");

/** Folder of a model of the package; undefined for any other name. */
export function packagedFolder(name: string): string | undefined {
  return name === embeddedName ? embeddedFolder : name === clinicName ? clinicFolder : undefined;
}
