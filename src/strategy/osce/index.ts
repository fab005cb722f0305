export { type OsceCase, readCases } from "./cases.ts";
export { type Arm, type Encounter, examine } from "./osce.ts";
export { compareArms, type OsceResult, type ShareOfArm } from "./statistics.ts";
