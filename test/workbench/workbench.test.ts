/**
 * The built workbench in a real browser, on the real server with the embedded model: samples in, pixels compared, a review by keyboard to a
 * signature, two reviewers, a server that is killed, accessibility. Skipped where there is no Chromium.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseDicom } from "../../src/imaging/dicom/index.ts";
import { openStudy } from "../../src/study/index.ts";
import { axeViolations } from "../support/axe.ts";
import { chromiumPath, type Served, serveIn } from "../support/browser.ts";
import { sliceBytes } from "../support/dicom.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const sample = (name: string) => here(`../../samples/${name}`);
const built = existsSync(here("../../dist/workbench/index.html"));
const skipped =
  chromiumPath === undefined
    ? "no Chromium here: install it or name it in CHROMIUM"
    : built
      ? undefined
      : "the workbench is not built: npm run build";
if (skipped !== undefined) console.warn(`Workbench tests are skipped: ${skipped}.`);

describe.skipIf(skipped !== undefined)("the workbench in Chromium", { timeout: 240_000 }, () => {
  let folder: string;
  let server: Served;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const failures: string[] = [];
  /** Addresses of the studies by their labels. */
  let studies: Map<string, string>;

  const login = async (url: string): Promise<BrowserContext> => {
    const one = await browser.newContext({ viewport: { width: 1280, height: 720 }, reducedMotion: "reduce" });
    const first = await one.newPage();
    await first.goto(url);
    await first.close();
    return one;
  };
  const go = async (hash: string, on = page) => {
    await on.goto(`${server.url}/${hash}`);
  };
  /** Until it holds. By evaluation from outside: the page's policy lets no text be run as code inside. */
  const until = async (condition: string, on = page) => {
    const end = Date.now() + 180_000;
    while (!(await on.evaluate(`Boolean(${condition})`).catch(() => false))) {
      if (Date.now() > end) throw new Error(`never came: ${condition}`);
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
  };
  /** Calls the API as the page does. */
  const api = (path: string, on = page): Promise<unknown> =>
    on.evaluate(`fetch(${JSON.stringify(path)}).then((response) => response.json())`);
  const mriAddress = () => studies.get([...studies.keys()].find((label) => /transrep/.test(label))!)!;
  const studyOf = (label: string) => studies.get(label)!.split("/")[2];
  const reportOf = async (label: string) =>
    ((await api(`/api/studies/${studyOf(label)}/reports`)) as { reports: Report[] }).reports[0];

  interface Report {
    readonly id: string;
    readonly state: string;
    readonly version: number;
    readonly content: {
      readonly quality?: string;
      readonly sentences: readonly { text: string; state: string; reason?: string; significant?: boolean }[];
      readonly measures: readonly { kind: string; label?: string; points: readonly unknown[] }[];
    };
    readonly signatures: readonly { sha256: string }[];
  }

  const newReport = async (label: string, on = page) => {
    await go(studies.get(label)!, on);
    await on.waitForSelector(".start, .sentence");
    await on.keyboard.press("d");
    await on.waitForSelector(".sentence");
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "workbench-"));
    [server, browser] = await Promise.all([
      serveIn(folder),
      chromium.launch({ executablePath: chromiumPath!, args: ["--no-sandbox"] }),
    ]);
    context = await login(server.loginUrl);
    page = await context.newPage();
    page.on("pageerror", (error) => failures.push(error.message));
    await go("#/");
    await page.waitForSelector(".empty h2");
    const files = [
      "chest-xray.jpg",
      "chest-xray-normal.jpg",
      "head-mri.zip",
      "hippocampus.nii.gz",
      "lab-report.pdf",
      "chart.json",
      "slide.svs",
      "ecg.dcm",
    ];
    await page.setInputFiles("#add-files", files.map(sample));
    await until(
      `document.querySelectorAll(".study-link").length === ${files.length} && !document.querySelector(".chip .spinner")`,
    );
    const rows = await page.$$eval(".study-link", (links) =>
      links.map((link) => [link.textContent!, link.getAttribute("href")!] as const),
    );
    studies = new Map(rows);
  }, 240_000);

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }, 30_000);

  test("uploaded samples are listed, searched and carry pictures; none failed", async () => {
    expect(await page.$$(".chip.danger")).toEqual([]);
    expect(await page.$$(".study-thumb img")).toHaveLength(6);
    await page.keyboard.press("f");
    await page.keyboard.type("normal");
    await until(`document.querySelectorAll(".study-link").length === 1`);
    expect(await page.textContent(".study-link")).toBe("chest-xray-normal.jpg");
  });

  test("every control has a name for a screen reader, and Tab visits the controls in the order of the page", async () => {
    const session = await context.newCDPSession(page);
    interface Node {
      readonly ignored: boolean;
      readonly role?: { value: string };
      readonly name?: { value: string };
      readonly properties?: readonly { name: string; value: { value: unknown } }[];
    }
    for (const [hash, ready] of [
      ["#/", ".study-link"],
      [studies.get("chest-xray-normal.jpg")!, ".start"],
      [studies.get("chest-xray-normal.jpg")!.replace("/report", "/ask"), ".example"],
      ["#/people/new", "input[type=checkbox]"],
    ]) {
      await go("#/nowhere");
      await go(hash);
      await page.waitForSelector(ready);
      const { nodes } = (await session.send("Accessibility.getFullAXTree")) as { nodes: Node[] };
      const controls = nodes.filter(
        ({ ignored, role, properties }) =>
          !ignored &&
          !["RootWebArea", "generic", "main"].includes(role!.value) &&
          properties?.some(({ name, value }) => name === "focusable" && value.value === true),
      );
      expect(controls.length, hash).toBeGreaterThan(5);
      expect(
        controls.filter(({ name }) => !name?.value.trim()).map(({ role }) => role!.value),
        hash,
      ).toEqual([]);
      await page.evaluate("document.activeElement?.blur(); getSelection().removeAllRanges()");
      const places: number[] = [];
      for (let i = 0; i < 12; i++) {
        await page.keyboard.press("Tab");
        places.push(
          (await page.evaluate(`[...document.querySelectorAll("*")].indexOf(document.activeElement)`)) as number,
        );
      }
      // Round once at most: after the last control the page begins again.
      expect(new Set(places).size, hash).toBeGreaterThan(5);
      expect(places.filter((place, i) => i > 0 && place < places[i - 1]).length, `${hash}: ${places}`).toBeLessThan(2);
    }
    await session.detach();
  });

  test("at one pixel to one, a radiograph's pixels are those that inspect reads", async () => {
    await go(studies.get("chest-xray.jpg")!);
    await page.waitForSelector(".start");
    await until(`document.querySelector(".corner.bottom.right")?.textContent.includes("%")`);
    await page.keyboard.press("/");
    await until(`document.querySelector(".corner.bottom.right")?.textContent === "100 %"`);
    const study = await openStudy(sample("chest-xray.jpg"));
    const [part] = study.parts;
    if (part.kind !== "image") throw new Error("not an image");
    const { width, height, channels, data } = part.image;
    const shown = (await page.evaluate(`new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
      const canvas = document.querySelector(".frame canvas");
      const x = Math.round(canvas.width / 2 - ${width / 2}), y = Math.round(canvas.height / 2 - ${height / 2});
      const { data } = canvas.getContext("2d").getImageData(x, y, ${width}, ${height});
      done(Array.from(data));
    })))`)) as number[];
    const expected = Array.from({ length: width * height }, (_, i) => data[i * channels]);
    expect(shown.filter((_, i) => i % 4 === 0)).toEqual(expected);
  });

  test("a slice through a window is what the window's definition gives", async () => {
    await go(studies.get("hippocampus.nii.gz")!);
    await until(`document.querySelector(".corner.bottom.left")?.textContent.includes("/")`);
    await page.keyboard.press("/");
    await until(`document.querySelector(".corner.bottom.right")?.textContent === "100 %"`);
    const study = await openStudy(sample("hippocampus.nii.gz"));
    const [part] = study.parts;
    if (part.kind !== "volume") throw new Error("not a volume");
    const [, height, width] = part.volume.shape;
    const at = Number.parseInt((await page.textContent(".corner.bottom.left"))!, 10) - 1;
    const values = part.volume.data.subarray(at * width * height, (at + 1) * width * height);
    const [, center, wide] = /C (\S+) {2}W (\S+)/.exec((await page.textContent(".corner.top.right"))!)!.map(Number);
    const grey = (await page.evaluate(`new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
      const canvas = document.querySelector(".frame canvas");
      const { data } = canvas.getContext("2d").getImageData(Math.round(canvas.width / 2 - ${width / 2}), Math.round(canvas.height / 2 - ${height / 2}), ${width}, ${height});
      done(Array.from({ length: data.length / 4 }, (_, i) => data[4 * i]));
    })))`)) as number[];
    // Turned to radiologists' axes on the screen; the window is printed to three digits, which is a grey level or two.
    const turned = [0, 1, 2, 3].map((flips) =>
      grey.filter((byte, i) => {
        const [x, y] = [i % width, Math.floor(i / width)];
        const value = values[(flips & 1 ? height - 1 - y : y) * width + (flips & 2 ? width - 1 - x : x)];
        const expected = Math.max(0, Math.min(255, ((value - (center - wide / 2)) * 255) / wide));
        return Math.abs(byte - expected) > 2.5;
      }),
    );
    expect(Math.min(...turned.map(({ length }) => length))).toBe(0);
    expect(new Set(grey).size).toBeGreaterThan(60);
  });

  test("the wheel goes through the slices, three planes stand side by side", async () => {
    await go(mriAddress());
    await until(`document.querySelector(".corner.bottom.left")?.textContent === "13 / 24"`);
    await page.mouse.move(500, 400);
    await page.mouse.wheel(0, 120);
    await until(`document.querySelector(".corner.bottom.left")?.textContent.startsWith("16 /")`);
    await page.keyboard.press("F2");
    await until(`document.querySelectorAll(".frame canvas").length === 3`);
  });

  test("a whole review by keyboard: draft, accept, edit with its reason, quality, signature; exports say so", async () => {
    await newReport("chest-xray.jpg");
    expect(await page.textContent(".report .callout.caution")).toMatch(/never for patients/);
    await page.keyboard.press("a");
    await page.keyboard.press("e");
    await page.keyboard.type(" Follow up in two weeks.");
    await page.keyboard.press("Enter");
    await page.keyboard.press("3");
    await page.keyboard.press("y");
    await page.keyboard.press("Control+Enter");
    await page.waitForSelector("dialog .callout.caution");
    expect(await page.isDisabled("#sign-now")).toBe(true);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Alt+7");
    await page.keyboard.press("Control+Enter");
    await page.waitForSelector("#sign-now:not([disabled])");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".signature");
    const report = await reportOf("chest-xray.jpg");
    expect(report).toMatchObject({ state: "signed", content: { quality: "good" } });
    expect(report.content.sentences.map(({ state }) => state)).toEqual(["accepted", "edited"]);
    expect(report.content.sentences[1]).toMatchObject({ reason: "severity", significant: true });
    expect(report.content.sentences[1].text).toMatch(/Follow up in two weeks\.$/);
    const file = async (form: string) =>
      (await context.request.get(`${server.url}/api/reports/${report.id}/export/${form}`)).body();
    const sr = parseDicom(new Uint8Array(await file("sr"))).dataset;
    expect(sr.string("VerificationFlag")).toBe("VERIFIED");
    expect(sr.sequence("VerifyingObserverSequence")[0].string("VerifyingObserverName")).toBe("Owner");
    const fhir = JSON.parse((await file("fhir")).toString()) as {
      entry: { resource: { resourceType: string; status?: string } }[];
    };
    expect(fhir.entry.find(({ resource }) => resource.resourceType === "DiagnosticReport")?.resource.status).toBe(
      "final",
    );
    const text = (await file("txt")).toString();
    expect(text).toMatch(/^Research software\. Not a medical device/);
    expect(text).toContain(report.signatures[0].sha256);
    expect((await file("pdf")).subarray(0, 5).toString()).toBe("%PDF-");
    const again = (await page.evaluate(`(async () => {
      const { csrf } = await (await fetch("/api/session")).json();
      const sent = await fetch("/api/reports/${report.id}/signature", { method: "POST", headers: { "x-csrf-token": csrf, "if-match": '"${report.version}"' } });
      return [sent.status, (await sent.json()).error.message];
    })()`)) as [number, string];
    expect(again[0]).toBe(409);
    expect(again[1]).toMatch(/signed and cannot be changed/);
  });

  test("what the model saw is shown pixel by pixel, and a refusal stands where an answer would", async () => {
    await go(`${studies.get("chest-xray.jpg")!.replace("/report", "/ask")}`);
    await page.waitForSelector(".example");
    await page.keyboard.press("f");
    await page.keyboard.type("Is there a fracture of the left ankle?");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".turn .callout.danger");
    expect(await page.textContent(".turn .callout.danger")).toMatch(
      /Not answered.*not a question that nano was trained/,
    );
    const { answers } = (await api(`/api/studies/${studyOf("chest-xray.jpg")}/answers`)) as {
      answers: { id: string; task: string; seen: { sha256: string }[] }[];
    };
    const drafted = answers.find(({ task }) => task === "report")!;
    const png = await (await context.request.get(`${server.url}/api/answers/${drafted.id}/seen/0.png`)).body();
    const { data } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    expect(createHash("sha256").update(data).digest("hex")).toBe(drafted.seen[0].sha256);
  });

  test("two reviewers of one report: different sentences are joined, the same one is put before the second", async () => {
    await newReport("chest-xray-normal.jpg");
    const link = (await page.evaluate(`(async () => {
      const { csrf } = await (await fetch("/api/session")).json();
      const made = await fetch("/api/people", { method: "POST", headers: { "x-csrf-token": csrf, "content-type": "application/json" },
        body: JSON.stringify({ name: "Second Reader", scopes: ["read", "answer", "review", "sign"] }) });
      return (await made.json()).login;
    })()`)) as string;
    const second = await login(`${server.url}${link}`);
    const other = await second.newPage();
    await go(studies.get("chest-xray-normal.jpg")!, other);
    await other.waitForSelector(".sentence.current");
    const saved = (on: Page) =>
      until(`document.querySelector(".report-foot [role=status]")?.textContent === "Saved"`, on);
    await page.keyboard.press("a");
    await saved(page);
    // The second reader has the old version still, and changes the next sentence: both changes stay.
    await other.keyboard.press("j");
    await other.keyboard.press("a");
    await other.waitForSelector(".toast");
    await saved(other);
    await expect
      .poll(async () => (await reportOf("chest-xray-normal.jpg")).content.sentences.map(({ state }) => state))
      .toEqual(["accepted", "accepted"]);
    // Now both change the first one.
    await page.reload();
    await page.waitForSelector(".sentence.current");
    const write = async (on: Page, text: string) => {
      await on.click(".sentence >> nth=0");
      await on.keyboard.press("e");
      await on.keyboard.type(text);
    };
    await write(page, " One says this.");
    await page.keyboard.press("Enter");
    await saved(page);
    await write(other, " The other says that.");
    await other.waitForSelector("dialog .clash");
    expect(await other.textContent("dialog .clash")).toMatch(/The other says that\.[\s\S]*One says this\./);
    await other.click(".clash label >> nth=1");
    await other.click("dialog .button.primary");
    await saved(other);
    expect((await reportOf("chest-xray-normal.jpg")).content.sentences[0].text).toMatch(/One says this\.$/);
    await second.close();
  });

  test("an earlier study of the patient stands beside the current one with its date; nobody else's is offered", async () => {
    const film = (patient: string, date: string, n: number) => ({
      name: `${n}.dcm`,
      mimeType: "application/dicom",
      buffer: Buffer.from(
        sliceBytes({
          SOPClassUID: "1.2.840.10008.5.1.4.1.1.1",
          StudyInstanceUID: `2.25.77${n}`,
          SeriesInstanceUID: `2.25.77${n}.1`,
          SOPInstanceUID: `2.25.77${n}.2`,
          PatientID: patient,
          StudyDate: date,
          StudyDescription: `Film ${n}`,
          Modality: "CR",
          ImageOrientationPatient: undefined,
          ImagePositionPatient: undefined,
        }),
      ),
    });
    await go("#/");
    await page.setInputFiles("#add-files", [
      film("wb-1", "20240301", 1),
      film("wb-1", "20241112", 2),
      film("wb-2", "20240301", 3),
    ]);
    await page.click('.study-link:has-text("Film 2")');
    await page.waitForSelector(".strip-study");
    expect(await page.$$eval(".strip-study", (all) => all.map((one) => one.textContent))).toEqual([
      expect.stringMatching(/2024-03-01Film 1/),
    ]);
    await page.keyboard.press("F3");
    await page.waitForSelector(".study-tag.other");
    const tags = await page.$$eval(".frame .study-tag", (all) => all.map((one) => one.textContent));
    expect(tags).toEqual(["Earlier 2024-03-01, 8 months", "Current 2024-11-12"]);
    const zooms = () => page.$$eval(".corner.bottom.right", (all) => all.map((one) => one.textContent));
    const before = await zooms();
    await page.keyboard.press("+");
    await until(`document.querySelector(".corner.bottom.right").textContent !== ${JSON.stringify(before[0])}`);
    const after = await zooms();
    expect(after[0]).toBe(after[1]);
    expect(await axeViolations(page, "two studies")).toEqual([]);
    await page.keyboard.press("F4");
    await page.waitForSelector(".frames.stacked");
    expect(await axeViolations(page, "two studies, one above the other")).toEqual([]);
    await page.keyboard.press("F1");
  });

  test("a box and a length are drawn on a slide, measured in micrometres and kept in the report", async () => {
    await go(studies.get("slide.svs")!);
    await page.waitForSelector(".scale-bar");
    await page.waitForSelector(".start");
    await page.keyboard.press("Shift+A");
    await page.waitForSelector(".report");
    await page.focus(".frame.slide");
    const drag = async (key: string, from: readonly [number, number], to: readonly [number, number]) => {
      await page.keyboard.press(key);
      await page.mouse.move(...from);
      await page.mouse.down();
      await page.mouse.move(...to, { steps: 2 });
      await page.mouse.up();
    };
    await drag("b", [300, 300], [400, 380]);
    await drag("m", [500, 400], [600, 400]);
    const [length] = await page.$$eval(".over .measure text", (all) => all.map((one) => one.textContent));
    expect(length).toMatch(/^\d+\.\d µm$/);
    // 100 pixels of the screen, against the scale bar.
    const bar = (await page.$eval(".scale-bar", (one) => [one.textContent, one.clientWidth])) as [string, number];
    const perPixel = Number.parseFloat(bar[0]) / bar[1];
    expect(Number.parseFloat(length!) / (100 * perPixel)).toBeCloseTo(1, 1);
    await expect
      .poll(async () => (await reportOf("slide.svs")).content)
      .toMatchObject({
        boxes: [{ origin: "person", part: 0 }],
        measures: [{ kind: "length" }],
      });
  });

  test("an outline is drawn freehand and by clicks, shaped and labelled by keyboard, kept and exported as SEG", async () => {
    const label = [...studies.keys()].find((one) => /transrep/.test(one))!;
    await go(studies.get(label)!);
    await page.waitForSelector(".start");
    await page.keyboard.press("Shift+A");
    await page.waitForSelector(".report");
    await page.focus(".frame");
    const box = (await page.locator(".frame").first().boundingBox())!;
    const at = (x: number, y: number) => [box.x + box.width * x, box.y + box.height * y] as const;
    const outlines = async () =>
      (await reportOf(label)).content.measures.map((one) => [one.kind, one.label ?? "", one.points.length] as const);
    await page.keyboard.press("Shift+G");
    await page.mouse.move(...at(0.45, 0.4));
    await page.mouse.down();
    for (const [x, y] of [[0.55, 0.4], [0.55, 0.5], [0.45, 0.5], [0.45, 0.42]]) await page.mouse.move(...at(x, y), { steps: 4 }); // biome-ignore format: one line
    await page.mouse.up();
    await page.waitForSelector(".over polygon");
    // Straight strokes of many movements have few corners.
    await expect.poll(outlines).toEqual([["region", "", 5]]);
    for (const [x, y] of [[0.3, 0.6], [0.4, 0.6], [0.4, 0.7]]) await page.mouse.click(...at(x, y)); // biome-ignore format: one line
    await page.waitForSelector(".over .sketch");
    await page.keyboard.press("Enter");
    await expect.poll(outlines).toEqual([["region", "", 5], ["region", "", 3]]); // biome-ignore format: one line
    // By keyboard alone: a new one, its third corner moved and the next one added; then all of it.
    await page.keyboard.press("Shift+N");
    for (const key of ["]", "]", "]", "ArrowRight", ",", "Escape", "t", "t", "t"]) await page.keyboard.press(key);
    await expect.poll(async () => (await outlines()).map(([, , n]) => n)).toEqual([5, 3, 9]);
    await page.keyboard.press("ArrowUp");
    await page.screenshot({ path: process.env.POLYCLINIC_SCREENSHOT ?? join(folder, "outlines.png") });
    await page.keyboard.press("Delete");
    await expect.poll(async () => (await outlines()).map(([, , n]) => n)).toEqual([5, 3]);
    const id = (await reportOf(label)).id;
    const form = await page.evaluate(
      `fetch("/api/reports/${id}/export/seg").then((response) => response.headers.get("content-type"))`,
    );
    expect(form).toBe("application/dicom");
    expect(await axeViolations(page, "outlines")).toEqual([]);
  });

  test("a very large image: the smallest size first, then tiles whose pixels are those that inspect reads", async () => {
    const [width, height] = [5001, 4999];
    const data = new Uint8Array(width * height);
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data[y * width + x] = (x * 7 + y * 13) >> 5;
    const raw = { width, height, channels: 1 as const };
    const file = await sharp(data, { raw }).jpeg({ quality: 80 }).toBuffer();
    await go("#/");
    await page.setInputFiles("#add-files", { name: "large.jpg", mimeType: "image/jpeg", buffer: file });
    await page.click('.study-link:has-text("large.jpg")');
    await until(`/%/.test(document.querySelector(".corner.bottom.right")?.textContent ?? "")`);
    await page.keyboard.press("/");
    await until(`document.querySelector(".corner.bottom.right")?.textContent === "100 %"`);
    const [part] = (await openStudy({ name: "large.jpg", data: new Uint8Array(file) })).parts;
    if (part.kind !== "image") throw new Error("not an image");
    const { channels } = part.image;
    const side = 300;
    const shown = () =>
      page.evaluate(`new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
      const canvas = document.querySelector(".frame canvas");
      const x = Math.floor(canvas.width / 2) - ${side / 2}, y = Math.floor(canvas.height / 2) - ${side / 2};
      const { data } = canvas.getContext("2d").getImageData(x, y, ${side}, ${side});
      done([canvas.width, canvas.height, ...data.filter((_, i) => i % 4 === 0)]);
    })))`) as Promise<number[]>;
    const expected = ([w, h]: number[]) => {
      const [x, y] = [Math.floor(w / 2) - side / 2, Math.floor(h / 2) - side / 2];
      const [left, top] = [x - Math.round(w / 2 - width / 2), y - Math.round(h / 2 - height / 2)];
      return Array.from({ length: side * side }, (_, i) => {
        const at = (top + Math.floor(i / side)) * width + left + (i % side);
        return part.image.data[at * channels];
      });
    };
    await expect
      .poll(
        async () => {
          const [w, h, ...grey] = await shown();
          const wanted = expected([w, h]);
          return grey.filter((value, i) => value !== wanted[i]).length;
        },
        { timeout: 30_000 },
      )
      .toBe(0);
  });

  test("what cannot be read, half an upload, a model that stops: the page says what happened, and keeps the words", async () => {
    await go("#/");
    const jpeg = Buffer.from(await readFile(sample("chest-xray.jpg")));
    await page.setInputFiles("#add-files", { name: "cut.jpg", mimeType: "image/jpeg", buffer: jpeg.subarray(0, 300) });
    await page.waitForSelector(".chip.danger");
    expect(await page.textContent(".study-row:has(.chip.danger)")).toMatch(/cut\.jpg[\s\S]*Not readable.*\S/);
    // The connection ends in the middle of the files.
    await page.route("**/api/uploads/*/file", (route) => route.abort("connectionreset"));
    await page.setInputFiles("#add-files", { name: "lost.jpg", mimeType: "image/jpeg", buffer: jpeg });
    await page.waitForSelector(".callout.danger");
    expect(await page.textContent(".callout.danger")).toMatch(/connection was lost.*discarded/i);
    await page.unroute("**/api/uploads/*/file");
    await go("#/nowhere");
    await go("#/");
    expect(await page.$$('.study-link:has-text("lost.jpg")')).toEqual([]);
    // The answer ends before it is whole.
    await go(`${studies.get("chest-xray.jpg")!.replace("/report", "/ask")}`);
    await page.waitForSelector(".example");
    await page.route("**/answers**", (route) =>
      route.request().method() === "POST" ? route.abort("connectionreset") : route.continue(),
    );
    await page.keyboard.press("f");
    await page.keyboard.type("Is there pneumonia in this image?");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".turn .callout.danger >> nth=-1");
    await until(
      `/does not respond|lost|stopped/i.test([...document.querySelectorAll(".turn")].at(-1)?.textContent ?? "")`,
    );
    expect(await page.$$eval(".turn", (all) => all.at(-1)!.textContent)).toContain("Is there pneumonia in this image?");
    await page.unroute("**/answers**");
    // The same question again is answered.
    await page.keyboard.type("Is there pneumonia in this image?");
    await page.keyboard.press("Enter");
    await until(
      `/yes|no/.test([...document.querySelectorAll(".turn")].at(-1)?.querySelector(".answer-text, .answer, pre")?.textContent ?? "") || document.querySelectorAll(".turn .meta").length > 0`,
    );
  });

  test("a server that is killed while one types, and a session that ends: no word is lost", async () => {
    const label = [...studies.keys()].find((one) => /transrep/.test(one))!;
    await go(studies.get(label)!);
    // The report that the outlines began.
    await page.waitForSelector(".report");
    await page.keyboard.press("Shift+A");
    await page.waitForSelector(".sentence textarea");
    await page.keyboard.type("Saved before.");
    await until(`document.querySelector(".report-foot [role=status]")?.textContent === "Saved"`);
    const { port } = new URL(server.url);
    await server.kill();
    await page.keyboard.type(" Typed while it was down.");
    await page.waitForSelector(".banner");
    expect(await page.textContent(".report-foot [role=status]")).toMatch(/stored on this computer/);
    await page.reload().catch(() => {});
    server = await serveIn(folder, Number(port));
    // The page was closed with the server down: it is opened again, and the words come from this browser.
    await go(studies.get(label)!);
    await page.waitForSelector(".sentence");
    await expect
      .poll(async () => (await reportOf(label)).content.sentences[0].text, { timeout: 20_000 })
      .toBe("Saved before. Typed while it was down.");
    await page.click(".sentence");
    await page.keyboard.press("e");
    await context.clearCookies();
    await page.keyboard.type(" And after the session ended.");
    await page.waitForSelector(".login-note");
    expect(await page.textContent(".login-note")).toMatch(/Your input is not lost/);
    const back = await context.newPage();
    await back.goto(server.loginUrl);
    await back.close();
    await until(`!document.querySelector(".login-note")`);
    await expect
      .poll(async () => (await reportOf(label)).content.sentences[0].text, { timeout: 20_000 })
      .toBe("Saved before. Typed while it was down. And after the session ended.");
  });

  test("no screen breaks a rule of accessibility, in either theme", async () => {
    const chest = studies.get("chest-xray.jpg")!;
    const mri = mriAddress();
    const screens: readonly (readonly [hash: string, ready: string])[] = [
      ["#/", ".study-link"],
      [chest, ".signature"],
      [chest.replace("/report", "/ask"), ".example"],
      [chest.replace("/report", "/seen"), ".seen-image"],
      [chest.replace("/report", "/details"), ".facts-list"],
      [mri, ".sentence"],
      [studies.get("lab-report.pdf")!, ".value-row"],
      [studies.get("chart.json")!, ".facts li"],
      [studies.get("slide.svs")!, ".scale-bar"],
      [studies.get([...studies.keys()].find((label) => /ecg/i.test(label))!)!, ".drawing img"],
      ["#/people", ".page-head"],
      ["#/people/new", "input[type=checkbox]"],
      [chest.replace("/study/", "/compare/").replace("/report", ""), ".compare-answer"],
    ];
    const broken: string[] = [];
    for (const [hash, ready] of screens) {
      await go("#/nowhere");
      await go(hash);
      // A laboratory document is read when it is first opened, which takes long on a busy machine.
      await page.waitForSelector(ready, { timeout: 120_000 });
      broken.push(...(await axeViolations(page, `${hash.slice(0, 12)} ${ready}`)));
    }
    await go("#/people/new");
    await page.selectOption('select:has(option[value="crossover"])', "crossover");
    broken.push(...(await axeViolations(page, "new crossover")));
    await go(chest.replace("/report", "/ask"));
    await page.selectOption('select:has(option[value^="self-consistency"])', "self-consistency:samples=5");
    await page.click(".example");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".strategy", { timeout: 120_000 });
    broken.push(...(await axeViolations(page, "votes")));
    expect(broken).toEqual([]);
    expect(failures).toEqual([]);
  });
});
