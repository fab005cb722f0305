// The same task on a server of your own: vLLM, llama.cpp, Ollama, LM Studio. The canary says whether it really sees images.
//
//     node examples/server.mjs http://localhost:8000/v1
import { ask, canary, loadModel, openStudy } from "polyclinic";

const model = await loadModel(process.argv[2] ?? "http://localhost:8000/v1", {
  server: { concurrency: 4, retry: { attempts: 3 }, timeouts: { firstByteMs: 120_000 } },
});
const { verdict } = await canary(model);
console.log("the server", verdict);

const study = await openStudy("samples/chest-xray.jpg");
const { answer, text } = await ask(study, model, { question: "Is there pneumonia?" });
console.log(answer?.answer ?? `unparsed: ${text}`);
await model.close();
