/** The studies of a server's store, for agents; answers are stored like those requested by people. */
import { layOut } from "../../task/index.ts";
import type { Answers } from "../clinical/answers.ts";
import type { StudyCache } from "../clinical/asked.ts";
import { listStudies } from "../clinical/studies.ts";
import type { Engines } from "../engines/engines.ts";
import { HttpError } from "../http-error.ts";
import type { OpenedStudies } from "../pixels/opened.ts";
import type { Store } from "../store/index.ts";
import type { Call, ToolBackend } from "./desk.ts";

export interface StoredBackendOptions {
  readonly store: Store;
  readonly engines: Engines;
  readonly answers: Answers;
  readonly studyCache: StudyCache;
  readonly studies: OpenedStudies;
  /** The person for whom answers are stored. */
  readonly person: string;
}

export function storedBackend({
  store,
  engines,
  answers,
  studyCache: asked,
  studies,
  person,
}: StoredBackendOptions): ToolBackend {
  const nameOf = ({ model = engines.names[0] }: Call) => {
    engines.require(model);
    return model;
  };
  return {
    models: engines.names,
    async list(search, limit) {
      const { studies } = await listStudies(store.database, {
        ...(search !== undefined && { search }),
        offset: 0,
        limit: Math.min(200, Math.max(1, limit)),
      });
      return studies.map(({ id, label, modalities, date, files }) => ({
        id,
        label,
        modalities,
        ...(date !== "" && { date }),
        files,
      }));
    },
    async answer(study, task, options, call) {
      await studies.filesOf(study);
      const question = { study, task, options, model: nameOf(call), anyway: call.anyway === true };
      const answer = await answers.ask(question, person, call.signal === undefined ? {} : { signal: call.signal });
      if (answer !== undefined) return answer.result;
      throw new HttpError(499, "server/stopped", "the request was cancelled before its answer", { where: task });
    },
    look: (study, call, work) =>
      engines.use(nameOf(call), { caller: person, signal: call.signal }, ({ model }) =>
        asked.use(study, model, call.signal, async ({ study, layout }) => work(layout ?? (await layOut(study, model)))),
      ),
    async read(study, work) {
      await using opened = await studies.whole(study);
      return await work(opened);
    },
  };
}
