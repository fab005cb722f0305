/**
 * A batch that is killed (`kill -9`, as by a power cut or the kernel) at random moments and started again: in the end every study has one result, none is
 * lost, doubled or half-written, and nothing else is left in the folder. `KILL_POINTS=200 npx vitest run test/kill.test.ts` kills 200 times.
 */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { expect, test } from "vitest";
import { Random } from "../src/base/random.ts";
import { chatServer } from "./support/chat-server.ts";

const main = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const points = Number(process.env.KILL_POINTS ?? 2);
const studies = 12;
const answerMs = 15;

test(
  `${points} kills of a batch: nothing is lost, doubled or half-written`,
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "polyclinic-kill-"));
    const server = await chatServer("openai", async (response) => {
      await new Promise((resolve) => setTimeout(resolve, answerMs));
      response.writeHead(200, { "content-type": "text/event-stream" });
      const choices = [{ index: 0, delta: { content: "A chest film." }, finish_reason: "stop" }];
      response.end(
        `data: ${JSON.stringify({ choices })}\n\ndata: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 300, completion_tokens: 4 } })}\n\ndata: [DONE]\n\n`,
      );
    });
    const ids = Array.from({ length: studies }, (_, i) => `${String(i).padStart(2, "0")}.png`);
    try {
      await mkdir(join(folder, "films"));
      const film = await sharp({ create: { width: 32, height: 32, channels: 3, background: "#777" } })
        .png()
        .toBuffer();
      for (const id of ids) await writeFile(join(folder, "films", id), film);
      const words = [
        "batch",
        "films",
        "--task",
        "ask",
        "-q",
        "What is seen?",
        "--free",
        "-o",
        "out",
        "--csv",
        "out.csv",
      ];
      const run = (killAfter?: number) =>
        new Promise<number | null>((resolve) => {
          const child = spawn(process.execPath, [main, ...words, "--concurrency", "2"], {
            cwd: folder,
            env: { ...process.env, POLYCLINIC_MODEL: server.url },
            stdio: "ignore",
          });
          if (killAfter !== undefined) setTimeout(() => child.kill("SIGKILL"), killAfter);
          child.on("close", resolve);
        });
      const check = async () => {
        const lines = (await readFile(join(folder, "out/results.jsonl"), "utf8")).trimEnd().split("\n");
        const found = lines.map((line) => JSON.parse(line));
        expect(found.map(({ id }) => id).sort()).toEqual(ids);
        expect(found.every(({ status }) => status === "answered")).toBe(true);
        expect(JSON.parse(await readFile(join(folder, "out/manifest.json"), "utf8"))).toMatchObject({
          finished: true,
          counts: { answered: studies },
        });
        expect((await readFile(join(folder, "out.csv"), "utf8")).trimEnd().split("\r\n")).toHaveLength(studies + 1);
        expect((await readdir(join(folder, "out"))).sort()).toEqual(["manifest.json", "results.jsonl"]);
      };
      const random = new Random(1);
      const began = performance.now();
      expect(await run()).toBe(0);
      const whole = performance.now() - began;
      await check();
      let killed = 0;
      while (killed < points) {
        await rm(join(folder, "out"), { recursive: true });
        await rm(join(folder, "out.csv"), { force: true });
        for (let ended: number | null = null; ended === null; ) {
          const last = killed >= points;
          ended = await run(last ? undefined : random.next() * whole);
          if (ended === null) killed++;
          else expect(ended).toBe(0);
        }
        await check();
      }
      // Two at once: one works, the other is refused by name.
      await rm(join(folder, "out"), { recursive: true });
      expect((await Promise.all([run(), run()])).sort()).toEqual([0, 3]);
      await check();
    } finally {
      await server.close();
      await rm(folder, { recursive: true });
    }
  },
  60_000 + points * 20_000,
);
