/** Plans: drafts against revisions, with the clinic's guidelines and with irrelevant ones. */
import { Random } from "../../../dist/base/random.js";
import { guidelinePage } from "../../../dist/recipes/clinic/text/books.js";
import { planComponents } from "../../../dist/recipes/clinic/text/questions.js";
import { diagnosedOf } from "../../../dist/recipes/clinic/text/sentences.js";
import { planOf } from "../../../dist/recipes/clinic/train/examples.js";
import { drawPatient } from "../../../dist/recipes/clinic/world/patient.js";
import { heldOutDiseases, knownDiseases } from "../../../dist/recipes/clinic/world/world.js";
import { bare, board } from "../../../dist/strategy/board/board.js";
import { changesAgainst } from "../../../dist/strategy/board/changes.js";
import { Corpus, callsTo } from "../../../dist/strategy/index.js";
import { mean, shareRow } from "./common.mjs";

export async function rows({ model, of, log }) {
  const random = new Random(505);
  const all = [...knownDiseases, ...heldOutDiseases];
  const patients = Array.from({ length: of(340) }, () => drawPatient(random, all[random.below(all.length)]));
  const arm = async (name, guidelinesFor) => {
    const drafts = [];
    const plans = [];
    const known = [];
    const changed = { made: 0, spoilt: 0 };
    for (const [i, patient] of patients.entries()) {
      if (i % 100 === 0) log(`  board, ${name} ${i} of ${patients.length}`);
      const { call } = callsTo(model, { seed: i });
      const items = await board(call, diagnosedOf(patient), {
        guidelines: guidelinesFor(patient),
        components: planComponents,
      });
      const reference = Object.fromEntries(planComponents.map((component) => [component, planOf(component, patient)]));
      const { wrongToRight, rightToWrong } = changesAgainst(items, reference);
      changed.made += wrongToRight;
      changed.spoilt += rightToWrong;
      for (const { component, draft, plan } of items) {
        drafts.push(bare(draft) === reference[component]);
        plans.push(bare(plan) === reference[component]);
        known.push(knownDiseases.includes(patient.disease));
      }
    }
    return { drafts, plans, known, changed };
  };
  const whole = new Corpus(all.map(guidelinePage));
  // Of the same form, about everything but the patient's disease: what a search finds in them is never about the case.
  const without = new Map(
    all.map((disease) => [disease, new Corpus(all.filter((other) => other !== disease).map(guidelinePage))]),
  );
  const out = [];
  for (const [id, { drafts, plans, known, changed }] of [
    ["clinic: board, components of the plan after revision", await arm("guidelines", () => whole)],
    [
      "clinic: board, guidelines of other diseases alone (null)",
      await arm("irrelevant", ({ disease }) => without.get(disease)),
    ],
  ]) {
    const part = (list, of) => mean(list.filter((_, i) => known[i] === of).map(Number)).toFixed(3);
    const parts = `known ${part(plans, true)} against ${part(drafts, true)}, held out ${part(plans, false)} against ${part(drafts, false)}; wrong to right ${changed.made}, right to wrong ${changed.spoilt}`;
    out.push(shareRow(id, plans, drafts, "drafts", parts));
  }
  return out;
}
