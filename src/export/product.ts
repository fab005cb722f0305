/** The name and version this package writes into what it exports. */
import { createRequire } from "node:module";

const { version } = createRequire(import.meta.url)("../../package.json") as { version: string };

export const product = { name: "Polyclinic", version } as const;
