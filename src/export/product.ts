/** The product name and version written into exports. */
import { version } from "../base/version.ts";

export const product = { name: "Polyclinic", version } as const;
