/**
 * `npm run walk -- FOLDER [--pictures]` (after a build): what a newcomer does with `polyclinic serve` alone, in Chromium, with the package's samples: adds the
 * studies by drag and drop, reads a CT, corrects a draft with reasons, signs, downloads the SR, compares ten X-rays blinded with a colleague
 * and exports the statistics. Each step is a numbered screenshot in FOLDER; `--pictures` also writes those of README and the tutorial.
 *
 * Only what the screens show is used: buttons and fields by their names, files by dropping and downloading them.
 */
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium, type Page } from "playwright-core";
import sharp from "sharp";
import { parseDicom } from "../../src/imaging/dicom/index.ts";
import { chromiumPath, dropFiles, serveIn } from "../support/browser.ts";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { pictures: { type: "boolean" } } });
const [out] = positionals;
if (out === undefined || chromiumPath === undefined) {
  console.error("usage: npm run walk -- FOLDER [--pictures]; Chromium is needed, CHROMIUM names it");
  process.exit(2);
}
const sample = (name: string) => fileURLToPath(new URL(`../../samples/${name}`, import.meta.url));
const picture = (name: string) => fileURLToPath(new URL(`../../docs/tutorials/images/${name}.webp`, import.meta.url));

await mkdir(out, { recursive: true });
const folder = await mkdtemp(join(tmpdir(), "walk-"));
const server = await serveIn(folder);
const browser = await chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox"] });
const films = Array.from({ length: 10 }, (_, i) => `film-${String(i + 1).padStart(2, "0")}.jpg`);
let count = 0;
/** @param documented the name of the picture in the tutorial. */
async function shot(on: Page, name: string, documented?: string): Promise<void> {
  const path = join(out, `${String(++count).padStart(2, "0")}-${name}.png`);
  await on.waitForTimeout(250);
  await on.screenshot({ path });
  console.log(path);
  if (documented !== undefined && values.pictures)
    await sharp(path).webp({ quality: 82, effort: 6 }).toFile(picture(documented));
}
const button = (on: Page, name: string | RegExp) => on.getByRole("button", { name, exact: typeof name === "string" });
const open = async (on: Page, label: string) => {
  await on.getByRole("link", { name: "Studies", exact: true }).click();
  await on
    .getByRole("link", { name: `Open ${label}` })
    .or(on.getByRole("link", { name: label, exact: true }))
    .first()
    .click();
  await on.waitForSelector(".panel");
};
const expectCount = async (on: Page, selector: string, count: number) => {
  while ((await on.locator(selector).count()) !== count) await on.waitForTimeout(100);
};
/** A click on the words of a choice. */
const choose = (on: Page, name: string) =>
  on
    .locator("label")
    .filter({ has: on.getByRole("radio", { name, exact: true }) })
    .first()
    .click();
const saved = (on: Page) => on.getByText("Saved", { exact: true }).waitFor();

try {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 720 },
    reducedMotion: "reduce",
    acceptDownloads: true,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(server.loginUrl);
  await page.getByRole("heading", { name: "No studies yet" }).waitFor();
  await shot(page, "empty");

  await dropFiles(
    page,
    ["ct-phantom.zip", "chest-xray.jpg", "head-mri.zip", "slide.svs", "lab-report.pdf", "chart.json"].map(sample),
    async () => {
      await shot(page, "dragging");
    },
  );
  await page.getByText("6 studies added").waitFor();
  await dropFiles(page, [sample("chest-films")]);
  await page.getByText("10 studies added").waitFor();
  await page.locator(".chip .spinner").first().waitFor({ state: "hidden" });
  await expectCount(page, ".chip .spinner", 0);
  await shot(page, "list", "workbench-list");

  await readCt(page);
  await correctDraft(page);
  await compare(page);
} finally {
  await browser.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}

async function readCt(page: Page): Promise<void> {
  await open(page, "Simulated chest CT");
  await page.locator(".corner.bottom.left").getByText("21 / 40").waitFor();
  await shot(page, "ct");
  await page.getByLabel("Window presets").selectOption({ label: "Lung (2)" });
  await page.mouse.move(500, 400);
  await page.mouse.wheel(0, 40);
  await page.mouse.wheel(0, 40);
  await shot(page, "ct-lung");
  await button(page, "Three planes").click();
  await expectCount(page, ".frame canvas", 3);
  await expectCount(page, ".corner:has-text('loaded')", 0);
  await shot(page, "ct-planes", "workbench-planes");
  await button(page, "Single view").click();
  await button(page, "Draft by the model").click();
  await page.locator(".start .callout, .sentence").first().waitFor();
  await shot(page, "ct-draft");
}

async function correctDraft(page: Page): Promise<void> {
  await open(page, "chest-xray.jpg");
  await button(page, "Draft by the model").click();
  await page.locator(".sentence").first().waitFor();
  await shot(page, "draft");
  await button(page, "Sign").click();
  await shot(page, "sign-too-early");
  await button(page, "Cancel").click();
  const [first, second] = [page.locator(".sentence").nth(0), page.locator(".sentence").nth(1)];
  await first.click();
  await button(page, "Edit").click();
  await page.getByRole("textbox", { name: "Sentence" }).fill("Opacity of the right lower zone.");
  await shot(page, "editing");
  await page.keyboard.press("Enter");
  await choose(page, "Wrong location");
  await shot(page, "reason");
  await choose(page, "Significant");
  // A box of the finding, attached to its sentence.
  await button(page, "Box").click();
  await page.mouse.move(270, 440);
  await page.mouse.down();
  await page.mouse.move(400, 610, { steps: 5 });
  await page.mouse.up();
  await first.click();
  await button(page, "Attach the selected box").click();
  await shot(page, "box", "workbench-report");
  await second.click();
  await button(page, "Reject").click();
  await choose(page, "Wrong severity");
  await choose(page, "Not significant");
  await button(page, /Add a sentence/).click();
  await page.getByRole("textbox", { name: "Sentence" }).fill("Consolidation of the right lower lobe.");
  await page.keyboard.press("Enter");
  await choose(page, "Good");
  await saved(page);
  await shot(page, "corrected");
  await button(page, "Changes").click();
  await shot(page, "changes");
  await page.keyboard.press("Escape");
  await button(page, "Sign").click();
  await shot(page, "sign");
  await page.locator("#sign-now").click();
  await page.locator(".signature").waitFor();
  await shot(page, "signed");
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "SR" }).click()]);
  const { dataset } = parseDicom(new Uint8Array(await readFile((await download.path())!)));
  console.log(`SR: ${download.suggestedFilename()}, ${dataset.string("VerificationFlag")}`);
  await page
    .getByRole("tab", { name: "Model input" })
    .or(page.getByRole("link", { name: "Model input" }))
    .first()
    .click();
  await page.locator(".seen-image").first().waitFor();
  await shot(page, "seen", "workbench-seen");
  await page
    .getByRole("tab", { name: "Ask" })
    .or(page.getByRole("link", { name: "Ask" }))
    .first()
    .click();
  await page.locator(".example").first().waitFor();
  await shot(page, "ask-empty");
  await page.locator(".example").first().click();
  await page.keyboard.press("Enter");
  await page
    .locator(".turn .answer, .turn .callout")
    .first()
    .waitFor()
    .catch(() => {});
  await page.waitForTimeout(3000);
  await page.getByRole("textbox").last().fill("Is there a fracture of the left ankle?");
  await page.keyboard.press("Enter");
  await page.locator(".turn .callout.danger").waitFor();
  await shot(page, "ask", "workbench-ask");
}

async function compare(page: Page): Promise<void> {
  // The first reader drafts and corrects the ten films.
  for (const [i, film] of films.entries()) {
    await open(page, film);
    await button(page, "Draft by the model").click();
    await page.locator(".sentence").first().waitFor();
    await page.locator(".sentence").first().click();
    await page.keyboard.press("a");
    await page.keyboard.press("e");
    await page.keyboard.press("End");
    await page.keyboard.type(i % 2 === 0 ? " No pleural effusion." : " Follow-up after treatment.");
    await page.keyboard.press("Enter");
    await page.keyboard.press("4");
    await page.keyboard.press("n");
    await saved(page);
  }
  await page.getByRole("link", { name: "Studies", exact: true }).click();
  await page.waitForTimeout(1200);
  await shot(page, "list-after");
  await page.getByRole("link", { name: "Reader studies" }).click();
  await shot(page, "people-empty");
  await page.getByRole("link", { name: "New reader study" }).click();
  await page.getByRole("checkbox", { name: /film-01/ }).waitFor();
  await shot(page, "people-new");
  await page.getByLabel("Name", { exact: true }).fill("Ten chest films");
  await page.getByLabel("Seed").fill("17");
  await page.getByRole("checkbox", { name: /chest-xray/ }).uncheck();
  await page.getByLabel("Name of a colleague").fill("Dr Second");
  await button(page, "Add").click();
  await page.locator(".login-link").waitFor();
  await shot(page, "people-filled");
  const link = (await page.locator(".login-link").textContent())!;
  await button(page, "Create").click();
  await page.getByRole("link", { name: "Results" }).waitFor();
  await shot(page, "people-list");
  const other = await browser.newContext({ viewport: { width: 1280, height: 720 }, reducedMotion: "reduce" });
  const second = await other.newPage();
  second.setDefaultTimeout(60_000);
  await second.goto(link);
  await shot(second, "colleague-start");
  await second.getByRole("link", { name: "Reader studies" }).click();
  await rate(page, ["A is better", "Equivalent", "B is better"]);
  await shot(page, "rated");
  await rate(second, ["A is better", "B is better", "A is better", "Equivalent"]);
  await page.getByRole("link", { name: "Reader studies" }).first().click();
  await page.getByRole("link", { name: "Results" }).click();
  await page.locator(".axis-results").first().waitFor();
  await shot(page, "results", "workbench-results");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Export ratings" }).or(button(page, "Export ratings")).first().click(),
  ]);
  console.log(`${download.suggestedFilename()}\n${await readFile((await download.path())!, "utf8")}`);
}

/** Reads all cases, with the choices in turn. */
async function rate(on: Page, choices: readonly string[]): Promise<void> {
  await on.getByRole("link", { name: "Read", exact: true }).click();
  for (let i = 0; i < films.length; i++) {
    await on.getByText(`Case ${i + 1} of ${films.length}`).waitFor();
    await choose(on, choices[i % choices.length]);
    const why = on.getByLabel("Reason");
    if (await why.count()) await why.fill("Closer to what is seen.");
    if (i === 0) await shot(on, "rating", "workbench-rating");
    await button(on, "Save and continue").click();
  }
  await on.getByText("You have read all cases").waitFor();
}
