/**
 * The workbench in headless Chromium with software rendering, on the real server: first picture of a 600-slice CT, scrolling, window changes, the
 * list of 2,000 studies, saving a verdict, the page's own script, pictures of 100 megapixels (`--only large` for these alone). Times are the page's own (User Timing); data are written here, with the package's
 * own DICOM writer.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { chromium } from "playwright-core";
import { ctSlice, film, smallFilm } from "./images.mjs";
import { largeRows } from "./large.mjs";

const dist = fileURLToPath(new URL("../../dist/", import.meta.url));
const executablePath = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/google-chrome"].find(
  (path) => path && existsSync(path),
);
const slices = 600;
const listed = 2000;
const repeats = 9;

/** @param only `large` or `usual`: a part of the suite. */
export async function rows({ log, only }) {
  if (executablePath === undefined || !existsSync(join(dist, "workbench/index.html"))) {
    log("workbench: skipped, needs a built workbench and Chromium (CHROMIUM names it)");
    return [];
  }
  const folder = await mkdtemp(join(tmpdir(), "bench-workbench-"));
  const server = await serve(folder);
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    await page.goto(server.login);
    const call = caller(context, server.url, await (await context.request.get(`${server.url}/api/session`)).json());
    const large = () =>
      largeRows({
        page,
        url: server.url,
        log,
        until: (on, expression) => mark(on, expression, 600_000),
        dicom: (side, pixels) => film(side, pixels, { SOPInstanceUID: "2.25.80001", StudyInstanceUID: "2.25.8" }),
        send: async (name, bytes) => {
          const study = await upload(call, [[name, bytes]]);
          const began = performance.now();
          await ready(call, study);
          return { study, seconds: (performance.now() - began) / 1000 };
        },
      });
    if (only === "large") return await large();
    log(`workbench: sending ${slices} slices`);
    const sent = performance.now();
    const ct = await upload(
      call,
      Array.from({ length: slices }, (_, z) => [`ct/${z}.dcm`, ctSlice(z)]),
    );
    const seconds = (performance.now() - sent) / 1000;
    await ready(call, ct);
    const note = `n ${repeats}, ${cpus()[0].model}, ${cpus().length} cores`;
    const out = [
      { id: `workbench.upload of ${slices} slices`, ours: slices / seconds, unit: "files/s", note: "n 1, own server" },
      {
        id: "workbench.script before viewer and editor",
        ours: await scriptSize(),
        unit: "kB gz",
        note: "index.html's modules",
      },
    ];

    const first = [];
    for (let i = 0; i < repeats; i++) {
      await page.goto("about:blank");
      await page.goto(`${server.url}/#/study/${ct}/report`);
      first.push(
        await mark(
          page,
          `performance.getEntriesByName("polyclinic:first-picture")[0]?.startTime ?? performance.getEntriesByName("polyclinic:draw")[0]?.startTime`,
        ),
      );
    }
    out.push({
      id: `workbench.first picture, ${slices}-slice CT, page load included`,
      ours: median(first),
      peer: 5000,
      peerName: "OHIF #1536",
      unit: "ms",
      ratio: 5000 / median(first),
      note: `${note}, ${range(first)}`,
    });

    await until(page, `/^3\\d\\d \\//.test(document.querySelector(".corner.bottom.left")?.textContent ?? "")`);
    await until(page, `document.querySelector(".corner.bottom.left")?.textContent.indexOf("loaded") < 0`, 240_000);
    const scroll = await drawn(page, async () => {
      for (let i = 0; i < 120; i++) {
        await page.keyboard.press("ArrowDown");
        await frame(page);
      }
    });
    const windowed = await drawn(page, async () => {
      await page.mouse.move(500, 500);
      await page.mouse.down();
      for (let i = 0; i < 120; i++) {
        await page.mouse.move(500 + i, 500 + (i % 7));
        await frame(page);
      }
      await page.mouse.up();
    });
    for (const [what, times] of [
      ["scroll", scroll],
      ["window change", windowed],
    ])
      out.push({
        id: `workbench.${what}, 512 x 512 at 900 pixels, median`,
        ours: median(times),
        peer: 20,
        peerName: "cornerstone on CPU",
        unit: "ms",
        ratio: 20 / median(times),
        note: `n ${times.length}, ${range(times)}`,
      });

    await call("POST", "/api/reports", { study: ct });
    await page.reload();
    await page.waitForSelector(".report");
    const saves = [];
    for (let i = 0; i < repeats; i++) {
      await page.evaluate(`performance.clearMeasures("polyclinic:save")`);
      await page.keyboard.press(["Alt+7", "Alt+8"][i % 2]);
      saves.push(await mark(page, `performance.getEntriesByName("polyclinic:save")[0]?.duration`));
    }
    out.push({
      id: "workbench.a verdict saved",
      ours: median(saves),
      peer: 6000,
      peerName: "Label Studio #9651",
      unit: "ms",
      ratio: 6000 / median(saves),
      note: `${note}, ${range(saves)}`,
    });

    log(`workbench: ${listed} studies`);
    for (let from = 0; from < listed; from += 200)
      await upload(
        call,
        Array.from({ length: 200 }, (_, i) => [`s${from + i}.dcm`, smallFilm(from + i)]),
      );
    const lists = [];
    for (let i = 0; i < repeats; i++) {
      await page.goto("about:blank");
      await page.goto(`${server.url}/#/`);
      lists.push(
        await mark(
          page,
          `document.querySelector(".study-link") && performance.getEntriesByName("polyclinic:studies")[0]?.startTime`,
        ),
      );
    }
    out.push({
      id: `workbench.list of ${listed} studies, first rows, page load included`,
      ours: median(lists),
      unit: "ms",
      note: `${note}, ${range(lists)}`,
    });
    if (only === undefined) out.push(...(await large()));
    return out;
  } catch (error) {
    const why = await server.why();
    throw why === undefined ? error : new Error(why, { cause: error });
  } finally {
    await browser.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function serve(folder) {
  const child = spawn(process.execPath, [join(dist, "cli/main.js"), "serve", "--port", "0", "--data", folder]);
  let output = "";
  // Read always: a full pipe would halt the server, and its last words are the reason of its end.
  child.stderr.on("data", (text) => {
    output = (output + text).slice(-4000);
  });
  const ended = new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve(`the server ended (${signal ?? code}): ${output}`));
  });
  const login = await new Promise((resolve, reject) => {
    child.stdout.on("data", (text) => {
      output += text;
      const [found] = /http:\S+\/login\/\S+/.exec(output) ?? [];
      if (found) resolve(found);
    });
    ended.then((why) => reject(new Error(why)));
  });
  return {
    /** Why it ended, or undefined while it runs. */
    why: () => Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 1000))]),
    login,
    url: new URL(login).origin,
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once("exit", resolve);
        child.kill("SIGTERM");
      }),
  };
}

const caller =
  (context, url, { csrf }) =>
  async (method, path, data, headers = {}) => {
    const response = await context.request.fetch(url + path, {
      method,
      data,
      headers: { "x-csrf-token": csrf, ...headers },
      timeout: 600_000,
    });
    if (!response.ok()) throw new Error(`${method} ${path}: ${response.status()} ${await response.text()}`);
    return response.status() === 204 ? undefined : response.json();
  };

async function upload(call, files) {
  const { upload: id } = await call("POST", "/api/uploads");
  let next = 0;
  const work = async () => {
    for (let at = next++; at < files.length; at = next++)
      await call("PUT", `/api/uploads/${id}/file`, Buffer.from(files[at][1]), {
        "x-file-name": files[at][0],
        "content-type": "application/octet-stream",
      });
  };
  await Promise.all([work(), work(), work(), work()]);
  return (await call("POST", `/api/uploads/${id}/finish`)).studies[0];
}

async function ready(call, study) {
  while ((await call("GET", `/api/studies/${study}`)).state === "received")
    await new Promise((resolve) => setTimeout(resolve, 200));
}

/** Size of the scripts that index.html loads initially. */
async function scriptSize() {
  const html = await readFile(join(dist, "workbench/index.html"), "utf8");
  const scripts = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.js)"/g)].map(([, path]) => path);
  const known = new Set(await readdir(join(dist, "workbench/assets")));
  let bytes = 0;
  for (const path of scripts)
    if (known.has(path.split("/")[1])) bytes += gzipSync(await readFile(join(dist, "workbench", path))).length;
  return bytes / 1000;
}

async function until(page, condition, most = 60_000) {
  const end = Date.now() + most;
  while (!(await page.evaluate(`Boolean(${condition})`).catch(() => false))) {
    if (Date.now() > end) throw new Error(`timed out waiting for ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function mark(page, expression, most) {
  await until(page, expression, most);
  return page.evaluate(expression);
}

/** Durations of all draws during some work, ms. */
async function drawn(page, work) {
  await page.evaluate(`performance.clearMeasures("polyclinic:draw")`);
  await work();
  return page.evaluate(`performance.getEntriesByName("polyclinic:draw").map(({ duration }) => duration)`);
}

const frame = (page) => page.evaluate("new Promise(requestAnimationFrame)");
const sorted = (values) => [...values].sort((a, b) => a - b);
const median = (values) => sorted(values)[Math.floor(values.length / 2)];
const range = (values) => `${sorted(values)[0].toFixed(1)} to ${sorted(values).at(-1).toFixed(1)}`;
