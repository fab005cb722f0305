/** The model that is part of the package: the default of every command, and the only model known by name (Node). */
import { fileURLToPath } from "node:url";

export const embeddedName = "nano";

/** Two levels above this file, in the sources as in `dist`. */
export const embeddedFolder = fileURLToPath(new URL(`../../models/${embeddedName}`, import.meta.url));

/** The small therapeutics model that is part of the package (`polyclinic tx`). */
export const therapeuticsFolder = fileURLToPath(new URL("../../models/tx", import.meta.url));
