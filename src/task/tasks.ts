/** The list of tasks. Adding a task takes its own folder and one line here. */
import { PolyclinicError } from "../base/errors.ts";
import { askTask } from "./ask/ask.ts";
import { classifyTask } from "./classify/classify.ts";
import { compareTask } from "./compare/compare.ts";
import { criticalViewTask } from "./critical-view/critical-view.ts";
import { ddxTask } from "./ddx/ddx.ts";
import type { Task } from "./define.ts";
import { extractTask } from "./extract/extract.ts";
import { locateTask } from "./locate/locate.ts";
import { reportTask } from "./report/report.ts";
import type { TaskResult } from "./result.ts";
import { whenTask } from "./when/when.ts";

const builtIn = [
  askTask,
  reportTask,
  classifyTask,
  locateTask,
  compareTask,
  extractTask,
  ddxTask,
  whenTask,
  criticalViewTask,
] as const;

/** The name of a built-in task. */
export type TaskName = (typeof builtIn)[number]["name"];

type ResultOf<T> = T extends Task<infer _, infer Answer, infer Name> ? TaskResult<Answer, Name> : never;
/** A result of any task of this package, told apart by `task`. */
export type AnyResult = ResultOf<(typeof builtIn)[number]>;

const list: Task[] = [...builtIn];

/** Every task, in the order of help texts. */
export function tasks(): readonly Task[] {
  return list;
}

/** @throws PolyclinicError `task/unknown` listing the existing tasks. */
export function taskNamed(name: string): Task {
  const found = list.find((task) => task.name === name);
  if (found !== undefined) return found;
  throw new PolyclinicError("task/unknown", "the task is unknown", {
    where: "task",
    expected: list.map((task) => task.name).join(", "),
    found: name,
  });
}

/**
 * Registers a custom task, which then works in batches, results, exports and the provider like the others.
 *
 * @returns a function that removes it again.
 * @throws PolyclinicError `task/name` for a name that is taken or not a valid command name.
 */
export function registerTask(task: Task): () => void {
  if (!/^[a-z][a-z0-9-]*$/.test(task.name) || list.some(({ name }) => name === task.name))
    throw new PolyclinicError("task/name", "is not a valid task name", {
      where: "task.name",
      expected: "lower-case letters and digits, not the name of another task",
      found: task.name,
    });
  list.push(task);
  return () => void list.splice(list.indexOf(task), 1);
}
