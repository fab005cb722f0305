/**
 * Mixed load on one server and the growth of its memory: `--only mixed`, with MINUTES (20) in the environment. Four clients without a pause: calls without a model, chats about pictures, studies that are
 * uploaded, asked about through the queue and erased. Memory is the median of each of ten parts of the time; the first, in which everything is loaded, does not count.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";

const program = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const film = await readFile(new URL("../../samples/chest-xray.jpg", import.meta.url));
const parts = 10;
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

export async function mixed(folder, log) {
  const minutes = Number(process.env.MINUTES ?? 20);
  const child = spawn(
    process.execPath,
    [program, "serve", "--data", join(folder, "mixed"), "--port", "0", "--token", "bench"],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  try {
    const { url, key } = await printed(child);
    const headers = { authorization: `Bearer ${key}` };
    const call = async (
      path,
      { body, method = body === undefined ? "GET" : "POST", raw, name = "" } = /** @type {any} */ ({}),
    ) => {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          ...headers,
          ...(body !== undefined && { "content-type": "application/json" }),
          ...(name !== "" && { "x-file-name": name }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(raw !== undefined && { body: raw }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 200)}`);
      return text === "" || !text.startsWith("{") ? {} : JSON.parse(text);
    };
    /** A film that no other request has. */
    const another = () =>
      sharp(film)
        .linear(0.8 + 0.4 * Math.random(), 3 * Math.random())
        .jpeg()
        .toBuffer();
    let [calls, chats, studies] = [0, 0, 0];
    const work = [
      async () => {
        for (const path of ["/api/studies?limit=50", "/v1/models", "/api/jobs", "/metrics"]) await call(path);
        calls += 4;
      },
      async () => {
        const image = {
          type: "image_url",
          image_url: { url: `data:image/jpeg;base64,${(await another()).toString("base64")}` },
        };
        for (const text of ["Is there pneumonia?", "Is there bacterial pneumonia?"])
          await call("/v1/chat/completions", {
            body: {
              model: "nano",
              max_tokens: 20,
              messages: [{ role: "user", content: [image, { type: "text", text }] }],
            },
          });
        chats += 2;
      },
      async () => {
        const { upload } = await call("/api/uploads", { method: "POST" });
        await call(`/api/uploads/${upload}/file`, { method: "PUT", raw: await another(), name: `${randomUUID()}.jpg` });
        const finished = await call(`/api/uploads/${upload}/finish`, { method: "POST" });
        const [study] = finished.studies;
        const job = await call("/api/jobs", {
          body: { study, task: "ask", options: { question: "Is there pneumonia?" } },
        });
        for (let state = "waiting"; state !== "done"; ) {
          ({ state } = await call(`/api/jobs/${job.id}`));
          if (state === "failed") throw new Error("a job failed");
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        studies++;
      },
    ];
    const end = Date.now() + minutes * 60_000;
    /** @type {number[][]} */
    const memory = Array.from({ length: parts }, () => []);
    const watch = setInterval(async () => {
      const text = await readFile(`/proc/${child.pid}/status`, "utf8").catch(() => "");
      const at = Math.min(parts - 1, Math.floor(parts * (1 - (end - Date.now()) / (minutes * 60_000))));
      memory[at].push(Number(/VmRSS:\s+(\d+) kB/.exec(text)?.[1] ?? 0) / 1024);
      if (memory[at].length === 1) log(`${at} of ${parts}: ${calls} calls, ${chats} chats, ${studies} studies`);
    }, 500);
    await Promise.all(
      [...work, work[1]].map(async (one) => {
        while (Date.now() < end) await one();
      }),
    );
    clearInterval(watch);
    const medians = memory.map(median);
    log(`MB in each part: ${medians.map((one) => one.toFixed(0)).join(", ")}`);
    const [early, late] = [median(medians.slice(1, 4)), median(medians.slice(-3))];
    return [
      {
        id: "mixed, memory in the last three tenths over that in the second to fourth",
        ours: late / early,
        unit: "",
        note: `${early.toFixed(0)} and ${late.toFixed(0)} MB, ${minutes} minutes, ${calls} calls, ${chats} chats, ${studies} studies; goal 1.05`,
      },
    ];
  } finally {
    child.kill("SIGTERM");
    await new Promise((resolve) => (child.exitCode === null ? child.once("exit", resolve) : resolve(undefined)));
  }
}

/** @param {import("node:child_process").ChildProcess} child */
function printed(child) {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (chunk) => {
      text += chunk;
      const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(text) ?? [];
      const [key] = /pct_[\w-]+/.exec(text) ?? [];
      if (url !== undefined && key !== undefined) resolve({ url, key });
    });
    child.once("exit", () => reject(new Error(`the server ended: ${text}`)));
  });
}
