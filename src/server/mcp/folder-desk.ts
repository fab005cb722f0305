/** The studies of a local folder, for an agent on the same machine; entries are interpreted as by `batch`. */
import { PolyclinicError } from "../../base/errors.ts";
import { listStudies } from "../../batch/index.ts";
import type { Generator } from "../../model/contract.ts";
import { openStudy, type Study } from "../../study/index.ts";
import { layOut, run, taskNamed } from "../../task/index.ts";
import type { Call, ToolBackend } from "./desk.ts";

/** @param open opens the only model, on first use. */
export function folderBackend(folder: string, name: string, open: () => Promise<Generator>): ToolBackend {
  let opened: Promise<Generator> | undefined;
  const model = ({ model = name }: Call) => {
    if (model !== name)
      throw new PolyclinicError("server/model", "is not the model that was opened", {
        where: "model",
        expected: name,
        found: model,
      });
    opened ??= open();
    opened.catch(() => {
      opened = undefined;
    });
    return opened;
  };
  // Read again each time: files come and go.
  const all = async () => (await listStudies(folder)).studies;
  const withStudy = async <T>(id: string, work: (study: Study) => Promise<T>): Promise<T> => {
    const found = (await all()).find((one) => one.id === id);
    if (found === undefined)
      throw new PolyclinicError("server/not-found", "there is no such study in this folder", {
        where: id,
        hint: "list_studies lists them.",
      });
    await using study = await openStudy([...found.files]);
    return await work(study);
  };
  return {
    models: [name],
    async list(search = "", limit) {
      const words = search.toLowerCase().split(/\s+/).filter(Boolean);
      return (await all())
        .filter(({ id }) => words.every((word) => id.toLowerCase().includes(word)))
        .slice(0, limit)
        .map(({ id, files }) => ({ id, label: id, files: files.length }));
    },
    answer: (id, task, options, call) =>
      withStudy(id, async (study) =>
        run(taskNamed(task), study, await model(call), {
          ...options,
          ...(call.anyway && { anyway: true }),
          ...(call.signal && { signal: call.signal }),
        }),
      ),
    look: (id, call, work) => withStudy(id, async (study) => work(await layOut(study, await model(call)))),
    read: withStudy,
  };
}
