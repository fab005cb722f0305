/** Plans: drafts against revisions, with the clinic's guidelines, with irrelevant ones, with passages that name the disease but are irrelevant, and with wrong ones. */
import { Random } from "../../../dist/base/random.js";
import { encyclopaediaPage, guidelinePage } from "../../../dist/recipes/clinic/text/books.js";
import { planComponents } from "../../../dist/recipes/clinic/text/questions.js";
import { diagnosedOf } from "../../../dist/recipes/clinic/text/sentences.js";
import { planOf } from "../../../dist/recipes/clinic/train/examples.js";
import { drawPatient } from "../../../dist/recipes/clinic/world/patient.js";
import { knownDiseases } from "../../../dist/recipes/clinic/world/world.js";
import { bare, board } from "../../../dist/strategy/board/board.js";
import { changesAgainst } from "../../../dist/strategy/board/changes.js";
import { Corpus, callsTo } from "../../../dist/strategy/index.js";
import { mean, shareRow, world, wrongDiseases } from "./common.mjs";
import { inPieces, recordsOf } from "./recorded.mjs";

export async function rows({ model, of, log }) {
  const random = new Random(55005);
  const patients = Array.from({ length: of(340) }, () => drawPatient(random, world[random.below(world.length)]));
  const { model: recorded, cache } = recordsOf("board", model);
  const whole = new Corpus(world.map(guidelinePage));
  // Of the same form, about everything but the patient's disease: what a search finds in them is never about the case.
  const without = new Map(
    world.map((disease) => [disease, new Corpus(world.filter((other) => other !== disease).map(guidelinePage))]),
  );
  const beside = new Corpus(world.map(encyclopaediaPage));
  const wrong = new Corpus(wrongDiseases.map(guidelinePage));
  const arms = {
    right: () => whole,
    irrelevant: (disease) => without.get(disease),
    beside: () => beside,
    wrong: () => wrong,
  };
  const all = await inPieces(
    patients,
    async (patient, i) => {
      const reference = Object.fromEntries(planComponents.map((component) => [component, planOf(component, patient)]));
      const result = { known: knownDiseases.includes(patient.disease) };
      for (const [name, guidelinesFor] of Object.entries(arms)) {
        const { call } = callsTo(recorded, { seed: i, cache });
        const guidelines = guidelinesFor(patient.disease);
        const items = await board(call, diagnosedOf(patient), { guidelines, components: planComponents });
        result[name] = {
          ...changesAgainst(items, reference),
          read: items.filter(({ sources }) => sources.length > 0).length,
          drafts: items.map(({ component, draft }) => bare(draft) === reference[component]),
          plans: items.map(({ component, plan }) => bare(plan) === reference[component]),
        };
      }
      return result;
    },
    { log, name: "board" },
  );
  if (all.length === 0) return [];
  const row = (id, arm) => {
    const list = (key, from = all) => from.flatMap((one) => one[arm][key]);
    const share = (key, which) => mean(list(key, all.filter((one) => one.known === which)).map(Number)).toFixed(3); // biome-ignore format: one expression
    const sum = (key) => all.reduce((total, one) => total + one[arm][key], 0);
    const parts = `${all.length} plans; known ${share("plans", true)} against ${share("drafts", true)}, held out ${share("plans", false)} against ${share("drafts", false)}; wrong to correct ${sum("wrongToRight")}, correct to wrong ${sum("rightToWrong")}; passages read in ${sum("read")}`;
    return shareRow(`clinic: board, ${id}`, list("plans"), list("drafts"), "drafts", parts);
  };
  return [
    row("components of the plan after revision", "right"),
    row("guidelines of other diseases only (null)", "irrelevant"),
    row("passages that name the disease but are irrelevant (null)", "beside"),
    row("guidelines that name the disease and are wrong (harm)", "wrong"),
  ];
}
