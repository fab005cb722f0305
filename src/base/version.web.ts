/** The package's version, inserted by the build (`web/vite.config.mjs`). */
declare const POLYCLINIC_VERSION: string;

export const version = POLYCLINIC_VERSION;
