/** HL7 v2 result messages (ORU) to facts. */
export { readHl7 } from "./read.ts";
