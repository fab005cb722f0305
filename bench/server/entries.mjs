/**
 * A batch of many small studies through the server's queue, over HTTP, with a scripted model: `--only entries`, with the number of entries in ENTRIES (100,000). Rate,
 * memory of client and server in one process, and how far the estimate of the time left at a tenth of the way was off.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { serve as listen } from "@hono/node-server";
import sharp from "sharp";
import { planBatch, runQueued } from "../../dist/batch/run-batch.js";
import { ScriptedModel } from "../../dist/model/index.js";
import { LoginLinks } from "../../dist/server/access/login-links.js";
import { addPerson, issueToken } from "../../dist/server/access/people.js";
import { assemble } from "../../dist/server/app.js";
import { Engines } from "../../dist/server/engines/engines.js";
import { openStore } from "../../dist/server/store/index.js";
import { taskNamed } from "../../dist/task/index.js";

export async function entries(folder, log) {
  const count = Number(process.env.ENTRIES ?? 100_000);
  const store = await openStore({ folder: join(folder, "entries") });
  const model = new ScriptedModel(["Final Answer: yes"], { limits: { imageSize: 64, contextTokens: 4096 } });
  const engines = new Engines({ names: ["scripted"], open: async () => model });
  const { app, clinical } = assemble({
    store,
    engines,
    links: new LoginLinks(),
    hosts: new Set(["127.0.0.1"]),
    onFailure: (error) => log(String(error)),
  });
  clinical.worker.start();
  /** @type {import("node:http").Server} */
  // @ts-expect-error: without options it is an HTTP/1 server.
  const server = listen({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 });
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const { id: person } = await addPerson(store.database, { name: "bench", scopes: ["read", "answer"] });
  const { token: key } = await issueToken(store.database, { person, label: "bench", scopes: ["read", "answer"] });
  const picture = { width: 8, height: 8, channels: /** @type {const} */ (3), background: "grey" };
  await sharp({ create: picture }).png().toFile(join(folder, "film.png"));
  const rows = Array.from({ length: count }, (_, n) => `e${n},film.png,Is there finding ${n}?\n`);
  await writeFile(join(folder, "list.csv"), `id,study,question\n${rows.join("")}`);
  const plan = await planBatch({
    task: taskNamed("ask"),
    source: join(folder, "list.csv"),
    output: join(folder, "out"),
    options: {},
  });
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  let [most, early, estimate] = [0, 0, 0];
  const summary = await runQueued(
    plan,
    { url: `http://127.0.0.1:${port}`, key, model: "scripted" },
    {
      onProgress({ done }) {
        const { rss } = process.memoryUsage();
        most = Math.max(most, rss);
        if (done === Math.round(count / 10)) [early, estimate] = [rss, seconds() * 10];
        if (done % Math.max(1, Math.round(count / 20)) === 0)
          log(`${done} of ${count}, ${(rss / 2 ** 20).toFixed(0)} MB`);
      },
    },
  );
  const whole = seconds();
  if (summary.counts.answered !== count) throw new Error(`${JSON.stringify(summary.counts)} of ${count}`);
  server.closeAllConnections();
  server.close();
  await clinical.close();
  await engines.close();
  await store.close();
  const note = `n = ${count} studies of one picture, scripted model, client and server in one process`;
  return [
    { id: "entries, through the queue", ours: count / whole, unit: "studies/s", note },
    { id: "entries, memory after a tenth", ours: early / 2 ** 20, unit: "MB", note },
    { id: "entries, peak memory", ours: most / 2 ** 20, unit: "MB", note },
    {
      id: "entries, time for the estimate at a tenth of the batch",
      ours: estimate,
      peer: whole,
      peerName: "before",
      unit: "s",
      ratio: whole / estimate,
      note,
    },
  ];
}
