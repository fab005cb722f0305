/** Studies of ratings by people. */

export { type Consistency, consistencyText } from "../score/agreement.ts";
export { type AxisResult, analyseStudy, type StudyResult } from "./analyse.ts";
export { type Assignment, assignmentsOf, assignStudy, parseRaters, type Rater } from "./assign.ts";
export { formPage, writeForms } from "./forms.ts";
export { type JudgedStudy, judgeStudy } from "./judge.ts";
export { type ImportedRatings, importRatings, type Rating, ratingsOf } from "./ratings.ts";
export { reportStudy } from "./report.ts";
export { type Axis, loadRubric, type Rubric } from "./rubric.ts";
export { type StudyServer, serveStudy } from "./serve.ts";
export { initStudy, openStudyFolder, type Study, type StudyRecord, type Unit } from "./study.ts";
