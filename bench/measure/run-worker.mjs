/** One figure of `runs.mjs`, in a separate process; prints JSON. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const [what, folder, ...numbers] = process.argv.slice(2);
const [first, second, third] = numbers.map(Number);
const work = {
  make: () => make(first, second),
  score,
  report,
  runner: () => runner(first, second, third),
  server: () => server(Number(folder)),
};
const printed = await work[what]();
if (printed !== undefined) console.log(JSON.stringify(printed));

async function make(calls, perItem) {
  const { callKey, sha256 } = await import("../../dist/strategy/key.js");
  await mkdir(folder, { recursive: true });
  const model = { name: "m", hash: "0".repeat(64), precision: "int4", engine: "remote:h" };
  const benchmark = {
    name: "b",
    title: "b",
    version: 1,
    split: "test",
    total: calls / perItem,
    dataHash: "",
    licence: "CC0 1.0",
    metrics: ["accuracy", "accuracy-of-answered"],
    references: [],
    notes: [],
    warnings: [],
  };
  const run = {
    schema: "polyclinic.run/1",
    id: "x",
    created: new Date(0).toISOString(),
    claim: "mechanism",
    benchmark,
    prompt: { version: "mcq@1", source: "", answer: "letter", hash: "", maxTokens: 10 },
    strategy: { name: "s", version: 1, options: {} },
    model,
    sampling: {},
    seed: 0,
    software: { version: "0", node: "", processor: "" },
  };
  await writeFile(join(folder, "run.json"), JSON.stringify(run));
  const files = Object.fromEntries(
    ["items", "calls", "samples"].map((name) => [name, createWriteStream(join(folder, `${name}.jsonl`))]),
  );
  const add = (name, line) =>
    files[name].write(`${JSON.stringify(line)}\n`) ||
    new Promise((resolve) => files[name].once("drain", () => resolve(undefined)));
  const options = [..."ABCD"].map((key) => ({ key, text: `option ${key} of some length` }));
  for (let i = 0; i < calls / perItem; i++) {
    const keys = Array.from({ length: perItem }, (_, s) => callKey(model, String(i), {}, 0, s));
    await add("items", {
      id: `q${i}`,
      hash: sha256(String(i)),
      input: "A vignette. ".repeat(60),
      options,
      gold: { kind: "choice", choice: "ABCD"[i % 4] },
      category: `c${i % 7}`,
    });
    for (const [s, key] of keys.entries())
      await add("calls", {
        key,
        messages: key,
        item: `q${i}`,
        role: "answer",
        sample: s,
        text: `${"The patient has a fever. ".repeat(12)}\n\nFinal Answer: (${"ABCD"[(i + (s % 3 === 0 ? 1 : 0)) % 4]})`,
        finishReason: "stop",
        usage: { promptTokens: 300, completionTokens: 80, cachedTokens: 0 },
        ms: 100,
      });
    await add("samples", { id: `q${i}`, answer: keys, trace: [{ role: "answer", keys }], status: "parsed" });
  }
  await Promise.all(Object.values(files).map((file) => new Promise((resolve) => file.end(resolve))));
  return {};
}

async function timed(run) {
  const [cpu, began] = [process.cpuUsage(), performance.now()];
  await run();
  const { user, system } = process.cpuUsage(cpu);
  return { cpu: (user + system) / 1e6, wall: (performance.now() - began) / 1000 };
}

async function score() {
  const { openRun, scoreRun } = await import("../../dist/evaluate/index.js");
  return timed(async () => scoreRun(await openRun(folder)));
}

async function report() {
  const { openRun, reportFiles } = await import("../../dist/evaluate/index.js");
  const began = performance.now();
  const run = await openRun(folder);
  const opened = performance.now() - began;
  const times = await timed(() => reportFiles(run));
  return { opened, ...times, resident: process.resourceUsage().maxRSS / 1024 };
}

/** A server with a given response time, in a separate process whose time is not counted. */
async function server(ms) {
  const chunk = (choice) => `data: ${JSON.stringify({ choices: [{ index: 0, ...choice }] })}\n\n`;
  const text = `${chunk({ delta: { content: "Final Answer: (A)" }, finish_reason: null })}${chunk({ delta: {}, finish_reason: "stop" })}data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 100, completion_tokens: 7 } })}\n\ndata: [DONE]\n\n`;
  const made = createServer((request, response) => {
    request.resume();
    request.on("end", () => {
      if (!request.url.endsWith("/chat/completions")) {
        response.writeHead(200, { "content-type": "application/json" });
        response.end(JSON.stringify({ object: "list", data: [{ id: "m", object: "model", max_model_len: 8192 }] }));
        return;
      }
      setTimeout(() => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.end(text);
      }, ms);
    });
  });
  await once(made.listen(0, "127.0.0.1"), "listening");
  process.send(/** @type {import("node:net").AddressInfo} */ (made.address()).port);
  return undefined;
}

async function runner(items, atOnce, ms) {
  const { planRun, runBenchmark } = await import("../../dist/evaluate/index.js");
  const { loadModel } = await import("../../dist/model/index.js");
  const { direct } = await import("../../dist/strategy/index.js");
  await mkdir(folder, { recursive: true });
  const rows = Array.from({ length: items }, (_, i) => `q${i},Which is number ${i}?,one,two,three,four,A`);
  await writeFile(join(folder, "q.csv"), `id,question,A,B,C,D,answer\n${rows.join("\n")}\n`);
  const serving = fork(fileURLToPath(import.meta.url), ["server", String(ms)]);
  try {
    const port = await new Promise((resolve) => serving.once("message", resolve));
    const url = `http://127.0.0.1:${port}/v1`;
    const ask = async () => (await fetch(`${url}/chat/completions`, { method: "POST", body: "{}" })).text();
    let next = 0;
    const bare = await timed(() =>
      Promise.all(
        Array.from({ length: atOnce }, async () => {
          while (next++ < items) await ask();
        }),
      ),
    );
    const model = await loadModel(`${url}#m`, { server: { concurrency: atOnce } });
    const plan = await planRun({ benchmark: join(folder, "q.csv"), strategy: direct });
    const own = await timed(() => runBenchmark(plan, model, join(folder, "run"), { concurrency: atOnce }));
    await model.close();
    return {
      above: 100 * (own.wall / bare.wall - 1),
      each: (1000 * (own.cpu - bare.cpu)) / items,
      bare: bare.wall,
      wall: own.wall,
    };
  } finally {
    serving.kill();
  }
}
