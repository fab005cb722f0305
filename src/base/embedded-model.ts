/** The model shipped with the package: the default of every command, and the only model the code knows by name (Node). */
import { fileURLToPath } from "node:url";

export const embeddedName = "nano";

/** Two levels above this file, in the sources as in `dist`. */
export const embeddedFolder = fileURLToPath(new URL(`../../models/${embeddedName}`, import.meta.url));
