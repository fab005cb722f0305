/**
 * Every program of `examples/` runs as it stands, in a folder of its own: `npm run test:programs`, after a build. Apart from `npm test` because each is a process
 * that loads a model, which takes longer than everything else that it would test.
 */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chatServer } from "../support/chat-server.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-examples-"));
  await symlink(join(root, "samples"), join(folder, "samples"));
});
afterAll(() => rm(folder, { recursive: true }));

async function run(name: string, ...args: string[]): Promise<string> {
  const program = join(root, "examples", name);
  return (await promisify(execFile)(process.execPath, [program, ...args], { cwd: folder })).stdout;
}

/** What each has to print; one that is not named here has to be tried by hand, and says why in `notRun`. */
const printed: Record<string, RegExp> = {
  "ask.mjs":
    /Is there pneumonia\?\nyes 0\.\d+\nno 0\.\d+\n\n-> (?:yes|no) trained only on children.*\nDescribe.*\nFindings:/,
  "report.mjs": /\[ '.+' \][\s\S]+report-image-1\.dcm[\s\S]+report\.fhir\.json/,
  "classify.mjs": /^normal 0\.\d+\npneumonia 0\.\d+\npresent: /,
  "locate.mjs": /right lung \{\s+x0: \d+[\s\S]+right-lung\.png/,
  "compare.mjs": /^OUT OF SCOPE.*\n(improved|stable|worsened) \[/,
  "volume.mjs": /^slices( \d+)+\nrefused .*\nOUT OF SCOPE/,
  "batch.mjs": /1-prior\.jpg \{ x0[^\n]*\n.*2-current\.jpg \{ x0/,
  // The limits of the answer are warnings of the SDK, which says on stdout how to turn them off.
  "ai-sdk.mjs": /^(?:yes|no)(?:AI SDK Warning System: .*\n)?\n \d+ tokens\n$/,
  "structured-output.mjs": /\{ opacity: (true|false), side: '(left|right|both|none)', confidence: [\d.]+ \}/,
  "random-checkpoint.mjs": /\n \{ promptTokens: \d+, completionTokens: \d+, cachedTokens: 0 \}\n$/,
};
const notRun: Record<string, string> = { "tune-cells.mjs": "needs a data set that is not in the package" };

test.each(Object.entries(printed))("%s", async (name, pattern) => {
  expect(await run(name)).toMatch(pattern);
});

test("an example that writes can be run again", async () => {
  expect(await run("locate.mjs")).toMatch(printed["locate.mjs"]);
});

test("server.mjs", async () => {
  const server = await chatServer("openai", (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const choices = [{ index: 0, delta: { content: "Final Answer: yes" }, finish_reason: "stop" }];
    const usage = { prompt_tokens: 300, completion_tokens: 4 };
    response.end(
      `data: ${JSON.stringify({ choices })}\n\ndata: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n\n`,
    );
  });
  // It says yes to whatever it is shown, which the canary's pictures bring to light.
  expect(await run("server.mjs", server.url)).toMatch(/^the server (?:doubtful|blind)\nyes\n$/);
  await server.close();
});

test("each is run here or says why not, and is short", async () => {
  const programs = (await readdir(join(root, "examples"))).filter((name) => name.endsWith(".mjs")).sort();
  expect(programs).toEqual([...Object.keys(printed), ...Object.keys(notRun), "server.mjs"].sort());
  for (const name of programs.filter((name) => !(name in notRun))) {
    const text = await readFile(join(root, "examples", name), "utf8");
    const code = text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("//"));
    expect(code.length, name).toBeLessThanOrEqual(name === "random-checkpoint.mjs" ? 20 : 25);
  }
});
