// Values instead of words: the tokens are masked while the model writes, so that what comes out satisfies the schema.
//
//     node examples/structured-output.mjs
import { extract, loadModel, openStudy } from "polyclinic";
import { z } from "zod";

const schema = z.object({
  opacity: z.boolean(),
  side: z.enum(["left", "right", "both", "none"]),
  confidence: z.number().min(0).max(1),
});
const study = await openStudy("samples/chest-xray.jpg");
const model = await loadModel("nano");
// nano learned no such question: without `anyway` it is refused. What is shown here is the mask, not the answer.
const question = "Is there an opacity, and where?";
const { answer, cautions } = await extract(study, model, { question, schema, anyway: true });
await model.close();

console.log(answer, cautions?.[0] ?? "");
