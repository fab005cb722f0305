import { openPolyclinic } from "../index.ts";

Object.assign(globalThis, { openPolyclinic });
