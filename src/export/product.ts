/** The name and version this package writes into what it exports. */
import { version } from "../base/version.ts";

export const product = { name: "Polyclinic", version } as const;
