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
const { answer, cautions } = await extract(study, model, { question: "Is there an opacity, and where?", schema });
await model.close();

console.log(answer, cautions?.[0] ?? "");
