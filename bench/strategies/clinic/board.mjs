/** Plans: drafts against revisions, with the clinic's guidelines and with others. */
import { Random } from "../../../dist/base/random.js";
import { guidelinePage } from "../../../dist/recipes/clinic/text/books.js";
import { planComponents } from "../../../dist/recipes/clinic/text/questions.js";
import { diagnosedOf } from "../../../dist/recipes/clinic/text/sentences.js";
import { planOf } from "../../../dist/recipes/clinic/train/examples.js";
import { drawPatient } from "../../../dist/recipes/clinic/world/patient.js";
import { heldOutDiseases, knownDiseases } from "../../../dist/recipes/clinic/world/world.js";
import { bare, board } from "../../../dist/strategy/board/board.js";
import { Corpus, callsTo } from "../../../dist/strategy/index.js";
import { irrelevantBooks, shareRow } from "./common.mjs";

export async function rows({ model, of, log }) {
  const random = new Random(505);
  const all = [...knownDiseases, ...heldOutDiseases];
  const patients = Array.from({ length: of(340) }, () => drawPatient(random, all[random.below(all.length)]));
  const arm = async (name, guidelines) => {
    const drafts = [];
    const plans = [];
    for (const [i, patient] of patients.entries()) {
      if (i % 100 === 0) log(`  board, ${name} ${i} of ${patients.length}`);
      const { call } = callsTo(model, { seed: i });
      for (const { component, draft, plan } of await board(call, diagnosedOf(patient), {
        guidelines,
        components: planComponents,
      })) {
        const right = planOf(component, patient);
        drafts.push(bare(draft) === right);
        plans.push(bare(plan) === right);
      }
    }
    return { drafts, plans };
  };
  const given = await arm("guidelines", new Corpus(all.map(guidelinePage)));
  const other = await arm("irrelevant", irrelevantBooks());
  return [
    shareRow("clinic: board, components of the plan after revision", given.plans, given.drafts, "drafts"),
    shareRow("clinic: board, irrelevant guidelines (null)", other.plans, other.drafts, "drafts"),
  ];
}
