/**
 * The tab alone, in a real Chromium from a static server: samples are dropped, answers are those of Node to the token, what is not of the model's kind
 * is refused, a stop stops, and nothing is sent anywhere. The server sends the strict policy of docs/web.md with every file.
 */
import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseDicom } from "../../src/imaging/dicom/index.ts";
import { type Generator, loadModel } from "../../src/model/index.ts";
import { openStudy } from "../../src/study/index.ts";
import { run, type TaskResult, taskNamed } from "../../src/task/index.ts";
import { axeViolations } from "../support/axe.ts";
import { chromiumPath } from "../support/browser.ts";
import { type StaticServer, serveFolder } from "../support/static-server.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const samples = here("../../samples");
const built = existsSync(here("../../dist/web/models/nano/files.json"));
const skipped =
  chromiumPath === undefined
    ? "no Chromium here: install it or name it in CHROMIUM"
    : built
      ? undefined
      : "the page is not built: npm run build:web";
if (skipped !== undefined) console.warn(`Tests of the tab are skipped: ${skipped}.`);

/** As docs/web.md gives them, read from there so that they stay what was tested. */
const headers = Object.fromEntries(
  [
    ...readFileSync(here("../../docs/web.md"), "utf8").matchAll(/^((?:Content-Security|Cross-Origin)[\w-]*): (.*)$/gm),
  ].map(([, name, value]) => [name, value]),
);

describe.skipIf(skipped !== undefined)("the tab in Chromium", { timeout: 120_000 }, () => {
  let server: StaticServer;
  let browser: Browser;
  let page: Page;
  let model: Generator;
  const failures: string[] = [];
  let atStart: readonly string[] = [];
  const requests: { readonly url: string; readonly method: string; readonly body: string | null }[] = [];

  const until = async (selector: string, within = 60_000) => {
    await page.waitForSelector(selector, { timeout: within, state: "attached" });
  };
  const drop = async (...names: string[]) => {
    const label = "document.querySelector('main')?.dataset.study";
    const before = await page.evaluate(label);
    const input = (await page.$("#files")) ?? (await page.$("#other-files"))!;
    await input.setInputFiles(names.map((name) => `${samples}/${name}`));
    const end = Date.now() + 60_000;
    while ((await page.evaluate(label)) === before) {
      if (Date.now() > end) throw new Error(`never read: ${names}, ${await page.textContent("main")}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  /** Asks by the examples or the field, and downloads the result. */
  const answerTo = async (question: string, { typed = false } = {}): Promise<TaskResult> => {
    const turns = (await page.$$(".turn")).length;
    if (typed) {
      await page.fill(".ask-form textarea", question);
      await page.press(".ask-form textarea", "Enter");
    } else {
      await page.evaluate("document.querySelector('.example-list').open = true");
      await page.click(`.example:has(span:text-is(${JSON.stringify(question)}))`);
    }
    const own = `.turn:nth-of-type(${turns + 1})`;
    await until(`${own} button:has-text("JSON")`);
    const [download] = await Promise.all([page.waitForEvent("download"), page.click(`${own} button:has-text("JSON")`)]);
    return JSON.parse(await readFile(await download.path(), "utf8"));
  };
  /** The same, without what rounding in another order may change: probabilities are compared apart. */
  const exactly = ({ answer, ...result }: TaskResult) => {
    const { probabilities = [], ...rest } = (answer ?? {}) as { probabilities?: { probability: number }[] };
    return { exact: { ...result, answer: rest }, probabilities: probabilities.map(({ probability }) => probability) };
  };
  const same = async (found: TaskResult, files: readonly string[], options: Record<string, unknown>) => {
    await using study = await openStudy(files.map((name) => `${samples}/${name}`));
    const result = await run(taskNamed(found.task), study, model, options);
    const [theirs, ours] = [exactly(found), exactly(JSON.parse(JSON.stringify(result)))];
    expect(theirs.exact).toEqual(ours.exact);
    expect(theirs.probabilities).toHaveLength(ours.probabilities.length);
    for (const [i, value] of ours.probabilities.entries()) expect(theirs.probabilities[i]).toBeCloseTo(value, 5);
  };

  beforeAll(async () => {
    expect(Object.keys(headers)).toHaveLength(3);
    [server, browser, model] = await Promise.all([
      serveFolder(here("../../dist/web"), headers),
      chromium.launch({ executablePath: chromiumPath!, args: ["--no-sandbox"] }),
      loadModel("nano"),
    ]);
    const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, reducedMotion: "reduce" });
    // Whatever goes elsewhere fails, and is told below.
    await context.route(
      (url) => !url.href.startsWith(server.url),
      (route) => route.abort(),
    );
    page = await context.newPage();
    page.on("pageerror", (error) => failures.push(error.message));
    context.on("request", (request) =>
      requests.push({ url: request.url(), method: request.method(), body: request.postData() }),
    );
    await page.goto(`${server.url}?threads=1`);
    await until("#files, .callout.danger");
    atStart = await axeViolations(page, "start");
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await model?.close();
  }, 30_000);

  test("a dropped chest X-ray is answered as in Node, its limits before the answer", async () => {
    await drop("chest-xray.jpg");
    const found = await answerTo("Is there pneumonia?", { typed: true });
    expect(found.answer).toMatchObject({ kind: "closed", answer: "yes" });
    await same(found, ["chest-xray.jpg"], { question: "Is there pneumonia?" });
    const shown = (await page.textContent(".turn"))!;
    expect(found.cautions!.length).toBeGreaterThan(0);
    expect(shown.indexOf(found.cautions![0])).toBeGreaterThan(0);
    expect(shown.indexOf(found.cautions![0])).toBeLessThan(shown.lastIndexOf("yes"));
  });

  const corner = (where: string) => page.textContent(`.corner.${where}`);
  const atOneToOne = async () => {
    await expect.poll(() => corner("bottom.right")).toMatch(/ %$/);
    await page.focus(".frame");
    await page.keyboard.press("/");
    await expect.poll(() => corner("bottom.right")).toBe("100 %");
  };

  test("at one pixel to one, what is shown are the file's own pixels; keys zoom, measure and invert", async () => {
    await using study = await openStudy(`${samples}/chest-xray.jpg`);
    const [part] = study.parts;
    if (part.kind !== "image") throw new Error("not an image");
    const { width, height, channels, data } = part.image;
    await atOneToOne();
    const shown = (await page.evaluate(`new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
      const canvas = document.querySelector(".frame canvas");
      const x = Math.round(canvas.width / 2 - ${width / 2}), y = Math.round(canvas.height / 2 - ${height / 2});
      done(Array.from(canvas.getContext("2d").getImageData(x, y, ${width}, ${height}).data.filter((_, i) => i % 4 === 0)));
    })))`)) as number[];
    expect(shown).toEqual(Array.from({ length: width * height }, (_, i) => data[i * channels]));
    await page.keyboard.press("+");
    await expect.poll(() => corner("bottom.right")).toBe("125 %");
    await page.keyboard.press("i");
    await expect.poll(() => corner("top.right")).toContain("inverted");
    await page.keyboard.press("m");
    const box = (await (await page.$(".frame"))!.boundingBox())!;
    await page.mouse.move(box.x + 200, box.y + 200);
    await page.mouse.down();
    await page.mouse.move(box.x + 300, box.y + 200, { steps: 3 });
    await page.mouse.up();
    await expect.poll(() => page.textContent("svg.over")).toMatch(/80/);
    await page.keyboard.press(" ");
    // Boxes by hand belong to a report, which the page does not keep.
    expect(await page.$('.toolbar [aria-label*="Box"]')).toBeNull();
  });

  test("report, classification and a structured report are those of Node", async () => {
    await same(await answerTo("Draft a report"), ["chest-xray.jpg"], {});
    const labels = ["normal", "pneumonia"];
    await same(await answerTo("normal / pneumonia"), ["chest-xray.jpg"], { labels });
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.click('.turn:nth-of-type(2) button:has-text("DICOM SR")'),
    ]);
    const { dataset } = parseDicom(new Uint8Array(await readFile(await download.path())));
    expect(dataset.string("Modality")).toBe("SR");
    expect(dataset.string("VerificationFlag")).toBe("UNVERIFIED");
  });

  test("a stop ends the answer, and the next question is answered", async () => {
    // As soon as it can be asked for: a report that is drafted may be whole a moment after its first word.
    await page.evaluate(`new MutationObserver((_, observer) => {
      const stop = [...document.querySelectorAll(".ask-form button")].find((button) => button.textContent.includes("Stop"));
      if (!stop) return;
      observer.disconnect();
      stop.click();
    }).observe(document.querySelector("main"), { childList: true, subtree: true, characterData: true })`);
    await page.evaluate("document.querySelector('.example-list').open = true");
    await page.click('.example:has(span:text-is("Draft a report"))');
    await until('.turn:nth-of-type(4) .caution-text:has-text("Stopped")');
    // And the next question is answered.
    const found = await answerTo("Is there pneumonia?", { typed: true });
    expect(found.answer).toMatchObject({ answer: "yes" });
  });

  test.each([
    ["chest-xray-normal.jpg", "no"],
    ["ct-slice.jpg", undefined],
  ])("%s is answered, or refused, as in Node", async (name, expected) => {
    await drop(name);
    const found = await answerTo("Is there pneumonia?", { typed: true });
    expect((found.answer as { answer?: string } | undefined)?.answer).toBe(expected);
    if (expected === undefined) {
      expect(found.parse.status).toBe("refused");
      expect(await page.textContent(".turn .callout.danger")).toContain(found.refusal!.reasons[0].message);
    }
    await same(found, [name], { question: "Is there pneumonia?" });
  });

  test.each([[["hippocampus.nii.gz"]], [["head-mri.zip"]], [["lab-photo.jpg"]]])(
    "%s is read, and what the model was not trained on is refused, as in Node",
    async (files) => {
      await drop(...files);
      const found = await answerTo("Is there pneumonia?", { typed: true });
      expect(found.parse.status).toBe("refused");
      await same(found, files, { question: "Is there pneumonia?" });
    },
  );

  test("a volume is cut in three planes, which the wheel and the keys go through", async () => {
    await drop("hippocampus.nii.gz");
    await until(".frame canvas");
    await expect.poll(() => corner("bottom.left")).toMatch(/^\d+ \/ \d+$/);
    const [at, count] = (await corner("bottom.left"))!.split(" / ").map(Number);
    await page.focus(".frame");
    await page.keyboard.press("ArrowDown");
    await expect.poll(() => corner("bottom.left")).toBe(`${at + 1} / ${count}`);
    await page.keyboard.press("F2");
    await expect.poll(async () => (await page.$$(".frame canvas")).length).toBe(3);
    await page.keyboard.press("F1");
  });

  test("a PDF is drawn", async () => {
    await drop("lab-report.pdf");
    await until(".frame canvas");
    await atOneToOne();
    const dark = (await page.evaluate(`new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
      const canvas = document.querySelector(".frame canvas");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      done(data.filter((value, i) => i % 4 === 0 && value < 100).length);
    })))`)) as number;
    expect(dark).toBeGreaterThan(2000);
  });

  test("a record has no picture, which is said", async () => {
    await drop("chart.json");
    await until(".frame-note");
    expect(await page.textContent(".frame-note")).toContain("no image");
  });

  test("no screen breaks a rule of accessibility", async () => {
    expect(atStart).toEqual([]);
    expect(await axeViolations(page, "study")).toEqual([]);
    await page.keyboard.press("?");
    await until("dialog[open]");
    expect(await axeViolations(page, "help")).toEqual([]);
    await page.keyboard.press("Escape");
  });

  test("a file that cannot be read is told, and the study stays", async () => {
    const input = (await page.$("#other-files"))!;
    await input.setInputFiles({
      name: "broken.png",
      mimeType: "image/png",
      buffer: Buffer.from("\x89PNG\r\n\x1a\nnothing", "latin1"),
    });
    await until(".panel > .callout.danger");
    expect(await page.textContent(".panel > .callout.danger")).toContain("broken.png");
    expect(await page.$(".viewer")).not.toBeNull();
  });

  test("nothing left the machine: every request was for a file of the page", () => {
    expect(failures).toEqual([]);
    expect(requests.length).toBeGreaterThan(5);
    expect(requests.filter(({ url }) => !url.startsWith(server.url) && !url.startsWith("blob:"))).toEqual([]);
    expect(requests.filter(({ method, body }) => method !== "GET" || body !== null)).toEqual([]);
    const files = requests.filter(({ url }) => !url.startsWith("blob:")).map(({ url }) => new URL(url).pathname);
    expect(files.filter((path) => !path.endsWith("/") && !existsSync(here(`../../dist/web${path}`)))).toEqual([]);
  });
});
