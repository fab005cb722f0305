/** The package's models in a browser's virtual file system (`host/files.web.ts`). */

export const embeddedName = "nano";
export const clinicName = "clinic";
export const embeddedFolder = "/models/nano";
export const clinicFolder = "/models/clinic";
export const scopesFolder = "/models/scopes";
export const therapeuticsFolder = "/models/tx";

/** Folder of a model of the package; undefined for any other name. */
export function packagedFolder(name: string): string | undefined {
  return name === embeddedName ? embeddedFolder : name === clinicName ? clinicFolder : undefined;
}
