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
  const requests: { readonly url: string; readonly method: string; readonly body: string | null }[] = [];

  const until = async (selector: string, within = 60_000) => {
    await page.waitForSelector(selector, { timeout: within, state: "attached" });
  };
  const drop = async (...names: string[]) => {
    const before = await page.evaluate("document.querySelector('.stage')?.getAttribute('aria-label')");
    const input = (await page.$("#files")) ?? (await page.$("#other-files"))!;
    await input.setInputFiles(names.map((name) => `${samples}/${name}`));
    const end = Date.now() + 60_000;
    const label = "document.querySelector('.stage')?.getAttribute('aria-label')";
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

  test("what is shown are the file's own pixels", async () => {
    await using study = await openStudy(`${samples}/chest-xray.jpg`);
    const [part] = study.parts;
    if (part.kind !== "image") throw new Error("not an image");
    const { width, height, channels, data } = part.image;
    const shown = (await page.evaluate(`(() => {
      const canvas = document.querySelector(".picture canvas");
      return [canvas.width, canvas.height, ...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data];
    })()`)) as number[];
    expect(shown.slice(0, 2)).toEqual([width, height]);
    const red = Array.from({ length: width * height }, (_, i) => data[i * channels]);
    expect(shown.slice(2).filter((_, i) => i % 4 === 0)).toEqual(red);
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

  test("a stop ends the answer between two tokens", async () => {
    await page.evaluate(`new MutationObserver((_, observer) => {
      if (!document.querySelector(".answer.unfinished")) return;
      observer.disconnect();
      [...document.querySelectorAll(".ask-form button")].find((button) => button.textContent.includes("Stop"))?.click();
    }).observe(document.querySelector(".turns"), { childList: true, subtree: true, characterData: true })`);
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
      expect(await page.textContent(".turn .callout.danger")).toContain(found.refusal!.reasons[0].says);
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

  test("a PDF is drawn", async () => {
    await drop("lab-report.pdf");
    await until(".picture canvas");
    const [width, dark] = (await page.evaluate(`(() => {
      const canvas = document.querySelector(".picture canvas");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return [canvas.width, data.filter((value, i) => i % 4 === 0 && value < 100).length];
    })()`)) as number[];
    expect(width).toBeGreaterThan(1000);
    expect(dark).toBeGreaterThan(5000);
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
    expect(await page.$(".picture canvas")).not.toBeNull();
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
