/** The package's version, written in by the build (`web/vite.config.mjs`). */
declare const POLYCLINIC_VERSION: string;

export const version = POLYCLINIC_VERSION;
