/** The command line as a person meets it, with a chat server for a model: in this process, or compiled where the process itself matters. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Answer, type ChatServer, chatServer, stream } from "../../test/support/chat-server.ts";
import { type Ended, runHere } from "../../test/support/command-line.ts";
import { fhirProblems } from "../../test/support/fhir-check.ts";
import { resultSchema } from "../export/result-schema.ts";
import { commands } from "./commands.ts";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

const all = await commands();

let folder: string;
let film: string;
let server: ChatServer;
let reply: (call: number, body: { messages: { content: { text?: string }[] }[] }) => string;
let pace: Answer | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-cli-"));
  film = join(folder, "film.png");
  const film8 = sharp({ create: { width: 40, height: 20, channels: 3, background: "#777" } });
  await writeFile(film, await film8.png().toBuffer());
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  reply = () => "Final Answer: yes";
  pace = undefined;
  server = await chatServer("openai", (response, body, call) => {
    if (pace !== undefined) return pace(response, body, call);
    return stream(sse(reply(call, body)))(response, body, call);
  });
});
afterEach(() => server.close());

function sse(text: string, finish = "stop"): string {
  const chunk = (choice: object) => `data: ${JSON.stringify({ choices: [{ index: 0, ...choice }] })}\n\n`;
  const usage = `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 300, completion_tokens: 5 } })}\n\n`;
  return `${chunk({ delta: { content: text }, finish_reason: null })}${chunk({ delta: {}, finish_reason: finish })}${usage}data: [DONE]\n\n`;
}

const environment = () => ({
  POLYCLINIC_MODEL: server.url,
  POLYCLINIC_CACHE: join(folder, "cache"),
  HF_HOME: join(folder, "hf"),
});
const run = (args: readonly string[]): Promise<Ended> => runHere(args, { cwd: folder, env: environment() });

/** The compiled program, in a process of its own. @param input its whole standard input; without it, the input stays open. */
function compiled(
  args: readonly string[],
  onStart?: (stop: () => void, out: NodeJS.ReadableStream) => void,
  input?: string,
): Promise<Ended> {
  const child = spawn(process.execPath, [main, ...args], { cwd: folder, env: { ...process.env, ...environment() } });
  let [out, err] = ["", ""];
  child.stdout.on("data", (data) => (out += data));
  child.stderr.on("data", (data) => (err += data));
  onStart?.(() => child.kill("SIGINT"), child.stdout);
  if (input !== undefined) child.stdin.end(input);
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, out, err })));
}

describe("help", () => {
  test("names every command and the exit codes", async () => {
    const { code, out } = await compiled(["--help"]);
    expect(code).toBe(0);
    for (const command of Object.keys(all)) expect(out).toMatch(new RegExp(`^  ${command}\\b`, "m"));
    expect(out).toContain("Exit codes:");
  });
  test.each(Object.entries(all))("of %s has an example", async (name, { register }) => {
    const program = new Command();
    await register(program);
    const [command] = program.commands;
    let help = "";
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    expect(help).toMatch(new RegExp(`Examples?:\\s+\\$? ?polyclinic ${name}`));
    const root = fileURLToPath(new URL("../..", import.meta.url));
    const named = [...help.matchAll(/\bsamples\/[\w./-]+/g)].map(([path]) => path);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

describe("answers", () => {
  test("piped: the answer alone on stdout, model and notice on stderr", async () => {
    const { code, out, err } = await compiled(["ask", film, "Is there pneumonia?"]);
    expect({ code, out }).toEqual({ code: 0, out: "yes\n" });
    // Nothing is known about the scope of a server's model: that is reported first.
    expect(err).toMatch(
      /^Caution: it is not known what .*nothing was checked before this answer.*\nmedgemma .* saw 1 image \(image-2d\); finished: stop\.\nResearch software/,
    );
  });
  test("--json is one document of the published schema", async () => {
    const { code, out } = await run(["report", film, "--json"]);
    expect(code).toBe(5);
    expect(resultSchema().parse(JSON.parse(out))).toMatchObject({ task: "report", parse: { status: "unparsed" } });
  });
  test("what a model writes cannot steer the terminal, and JSON keeps every character", async () => {
    const hostile = "\x1b]0;owned\x07fine \x9b31m\u202Etxt\x00 end";
    reply = () => hostile;
    expect((await run(["ask", film, "What is seen?"])).out).toBe(
      "\\u001b]0;owned\\u0007fine \\u009b31m\\u202etxt\\u0000 end\n",
    );
    const { out } = await run(["ask", film, "What is seen?", "--json"]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be there.
    expect(out).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
    expect(JSON.parse(out).text).toBe(hostile);
    reply = () => `[{"box_2d": [250, 0, 750, 500], "label": "he\\u0000art\\u001b[2J"}]`;
    const drawn = await run(["locate", film, "heart", "--overlay", "nul.png"]);
    expect(drawn).toMatchObject({ code: 0, out: expect.stringMatching(/^he\\u0000art\\u001b\[2J: /) });
    expect((await sharp(join(folder, "nul.png")).metadata()).width).toBeGreaterThan(100);
  });
  test.runIf(process.platform === "linux")(
    "a standard output that is full is said, with the code of outputs",
    async () => {
      const child = spawn(
        "bash",
        ["-c", `"${process.execPath}" "${main}" ask film.png "What is seen?" --json > /dev/full`],
        {
          cwd: folder,
          env: { ...process.env, POLYCLINIC_MODEL: server.url },
        },
      );
      let err = "";
      child.stderr.on("data", (data) => (err += data));
      const code = await new Promise((resolve) => child.on("close", resolve));
      expect({ code, err }).toEqual({
        code: 7,
        err: expect.stringMatching(/standard output: cannot be written \(ENOSPC\)/),
      });
      expect(err).not.toMatch(/\n\s+at /);
    },
  );
  test("boxes in source pixels", async () => {
    reply = () => '```json\n[{"box_2d": [250, 0, 750, 500], "label": "heart"}]\n```';
    expect((await run(["locate", film, "heart"])).out).toBe("heart: x0 y0 x1 y1 = 0 0 20 20\n");
  });
  test("labels without an engine that weighs them", async () => {
    reply = () => "Final Answer: b";
    expect((await run(["classify", film, "--labels", "a,b"])).out).toBe("b\n");
  });
  test("two studies in time", async () => {
    reply = () => "Smaller.\n\nFinal Answer: improved";
    expect((await run(["compare", film, film])).out).toBe("Smaller.\n\nimproved\n");
    expect(server.calls[0].messages[0].content.map(({ type }: { type: string }) => type)).toEqual([
      "image_url",
      "image_url",
      "text",
    ]);
  });
  test("what cannot be read is printed as it is, with its own exit code", async () => {
    reply = () => "Perhaps.";
    const { code, out, err } = await run(["ask", film, "Is there pneumonia?"]);
    expect({ code, out }).toEqual({ code: 5, out: "Perhaps.\n" });
    expect(err).toContain("The answer could not be parsed: no final answer among: yes, no");
  });
  test("values of a JSON Schema: enforced by the server, checked here", async () => {
    const schema = { type: "object", properties: { count: { type: "integer" } }, required: ["count"] };
    await writeFile(join(folder, "count.json"), JSON.stringify(schema));
    reply = (call) => (call === 1 ? '{"count": 3}' : '{"count": "three"}');
    const args = ["extract", film, "--schema", "count.json", "-q", "How many?", "--json"];
    expect(JSON.parse((await run(args)).out)).toMatchObject({ task: "extract", answer: { count: 3 } });
    expect(JSON.stringify(server.calls[0])).toContain('"count"');
    const broken = await run(args);
    expect([broken.code, broken.err]).toEqual([4, expect.stringMatching(/does not satisfy the JSON schema/)]);
    expect((await run(["extract", film, "--schema", "none.json", "-q", "x"])).err).toMatch(
      /--schema none\.json: cannot be read/,
    );
  });
  test.each([
    ["", /is empty/],
    ["{bad", /is not JSON/],
    ["[1]", /not a JSON Schema.*expected an object/],
    ['"x"', /not a JSON Schema/],
    ['{"type": "strin"}', /schema #\/type.*is not a type.*found "?strin/],
    ['{"type": "object", "properties": []}', /schema #\/properties.*is not an object/],
    ['{"$ref": "#/$defs/x"}', /does not exist/],
    ['{"enum": []}', /schema #\/enum.*is empty/],
    ['{"type": "integer", "minimum": 5, "maximum": 2}', /allows no integer/],
    ['{"type": "object", "if": {}}', /cannot be used to check answers.*if\/then\/else/],
  ])(
    "a schema that cannot be used is an error that names it, before anything else is opened: %s",
    async (text, said) => {
      await writeFile(join(folder, "wrong.json"), text);
      const { code, err } = await run(["extract", "no-such-file.jpg", "--schema", "wrong.json", "-q", "x"]);
      expect(code).toBe(2);
      expect(err).toMatch(said);
      expect(err).toContain("--schema wrong.json");
      expect(server.calls).toHaveLength(0);
    },
  );
  test("a text file is a study of its own", async () => {
    await writeFile(join(folder, "letter.txt"), "Cough for a week.\r\n");
    reply = (_, body) => body.messages[0].content.map(({ text }) => text).join("|");
    const { out, err } = await run(["ask", "letter.txt", "How long?"]);
    expect(out).toBe("Cough for a week.\n\nHow long?\n");
    expect(err).toContain("saw 1 text (text)");
    expect((await run(["locate", "letter.txt", "heart"])).err).toMatch(/task locate, text "letter", model medgemma/);
  });
  test("several questions, one of them from a file", async () => {
    await writeFile(join(folder, "question.txt"), "What is seen?");
    reply = (call) => (call === 1 ? "Final Answer: no" : "A film.");
    const { out } = await run(["ask", film, "-q", "Is there pneumonia?", "-q", "@question.txt"]);
    expect(out).toBe("> Is there pneumonia?\nno\n\n> What is seen?\nA film.\n");
    expect((await run(["ask", film, "@question.txt"])).out).toBe("A film.\n");
  });
});

test("a model of pictures is asked for no plan", async () => {
  await writeFile(join(folder, "told.txt"), "A child with a cough.");
  const { code, out } = await run(["board", "told.txt", "--guidelines", ".", "-m", "nano"]);
  expect({ code, out }).toMatchObject({
    code: 8,
    out: expect.stringMatching(/^Not answered\. nano was not trained to plan/),
  });
});

describe("what goes wrong says what to do, with an exit code a script can tell", () => {
  test.each([
    ["no question", ["ask", "film.png"], 2, /expected one or more files, then the question/],
    ["unknown command", ["frobnicate"], 2, /unknown command/],
    ["no such file", ["ask", "nothing.png", "x?"], 3, /nothing\.png: no such file/],
    ["neither image nor text", ["ask", "table.csv", "x?"], 3, /no medical image.*give it the extension \.txt/],
    ["no such model", ["ask", "film.png", "x?", "-m", "nonsense"], 4, /models list/],
    [
      "model not pulled",
      ["ask", "film.png", "x?", "-m", "google/medgemma-1.5-4b-it"],
      4,
      /polyclinic models pull google/,
    ],
    [
      "two outputs with one name",
      ["ask", "film.png", "x?", "--save-json", "a", "--fhir", "./a"],
      2,
      /two outputs have the same path/,
    ],
    ["output exists", ["ask", "film.png", "x?", "--save-json", "note.txt"], 7, /not overwritten/],
    ["question too long for a command line", ["ask", "film.png", "word ".repeat(4000)], 2, /@question\.txt/],
    ["a case that is a picture", ["board", "film.png", "--guidelines", "."], 3, /is not a text file/],
    ["a property that no model knows", ["tx", "predict", "CCO", "--task", "Luck"], 2, /--task Luck/],
    ["a threshold that is no probability", ["classify", "film.png", "-l", "a,b", "--threshold", "7"], 2, /0 to 1/],
    ["a threshold without --multi", ["classify", "film.png", "-l", "a,b", "--threshold", "0.7"], 2, /only with multi/],
    ["no neighbours", ["ask", "film.png", "x?", "--neighbours", "x", "--neighbour-count", "0"], 2, /1 or more/],
    ["an empty question", ["ask", "film.png", " "], 2, /the question: is empty/],
    ["an empty object", ["locate", "film.png", ""], 2, /what to find: is empty/],
    ["an overlay that is no PNG", ["report", "film.png", "--overlay", "film-out.jpg"], 2, /ends in \.png/],
    ["a modality that DICOM does not have", ["report", "film.png", "--modality", "XX"], 2, /expected a DICOM modality/],
    [
      "a batch of nothing",
      ["batch", "nowhere", "--task", "report", "-o", "none"],
      3,
      /nowhere: no such file or folder/,
    ],
    ["no such configuration", ["tune", "nothing.yaml"], 3, /nothing\.yaml: cannot be read/],
    [
      "no server",
      ["ask", "film.png", "x?", "-m", "http://127.0.0.1:2/v1"],
      4,
      /http:\/\/127\.0\.0\.1:2\/v1.*Check that the server is running/,
    ],
    ["a port nobody may call", ["ask", "film.png", "x?", "-m", "http://127.0.0.1:1/v1"], 4, /listen on another port/],
    [
      "two outputs, one of them a report's image",
      ["report", "film.png", "--sr", "a.dcm", "--save-json", "a-image-1.dcm"],
      2,
      /the images of --sr/,
    ],
    ["a question without an image", ["ask", "Is there pneumonia?"], 2, /Is there pneumonia\?: the image is missing/],
    [
      "an image where the question should be",
      ["ask", "film.png", "note.txt"],
      2,
      /the question is missing.*found a file/,
    ],
    ["a question in a file that is not there", ["ask", "film.png", "@none.txt"], 2, /none\.txt: cannot be read/],
    [
      "an output below a file",
      ["report", "film.png", "--sr", "note.txt/a.dcm"],
      7,
      /note\.txt is a file, not a folder/,
    ],
    ["a batch into a file", ["batch", ".", "--task", "report", "-o", "note.txt/out"], 7, /note\.txt is a file/],
    ["choices and free", ["ask", "film.png", "x?", "--free", "--choices", "a,b"], 2, /exclude each other/],
  ])("%s", async (_, args, code, message) => {
    await writeFile(join(folder, "note.txt"), "keep me");
    await writeFile(join(folder, "table.csv"), "a,b");
    const ended = await run(args);
    expect(ended.err).toMatch(message);
    expect(ended.err).not.toMatch(/\n\s+at /);
    expect(ended).toMatchObject({ code, out: "" });
    expect(await readFile(join(folder, "note.txt"), "utf8")).toBe("keep me");
    expect(server.calls.length).toBe(0);
  });

  test("a server that looks at text only", async () => {
    pace = (response) => {
      const usage = { prompt_tokens: 9, completion_tokens: 3 };
      const whole = { choices: [{ message: { content: "Final Answer: yes" }, finish_reason: "stop" }], usage };
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(whole));
    };
    const { code, err } = await run(["ask", film, "Is there pneumonia?"]);
    expect(code).toBe(4);
    expect(err).toMatch(/ignored the images.*doctor --model URL/);
  });

  test("Ctrl-C in the middle of an answer: 130, and nothing half-written", async () => {
    let begun = () => {};
    const beginning = new Promise<void>((resolve) => (begun = resolve));
    pace = (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(sse("Fin").split("\n\n")[0].concat("\n\n"));
      begun();
    };
    const args = ["ask", film, "Is there pneumonia?", "--save-json", "stopped.json"];
    const ended = await compiled(args, (stop) => void beginning.then(() => setTimeout(stop, 100)));
    expect(ended).toMatchObject({ code: 130, err: expect.stringContaining("Stopped.") });
    expect((await readdir(folder)).filter((name) => name.includes("stopped"))).toEqual([]);
  });
});

describe("batch", () => {
  const lines = async (output: string) => {
    const text = await readFile(join(folder, output, "results.jsonl"), "utf8");
    return text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  };
  const manifest = async (output: string) => JSON.parse(await readFile(join(folder, output, "manifest.json"), "utf8"));
  beforeAll(async () => {
    await mkdir(join(folder, "studies"));
    for (const name of ["a.png", "b.png", "d.png"]) await cp(film, join(folder, "studies", name));
    await writeFile(join(folder, "studies", "c.png"), "broken");
  });

  test("one study's failure is its own; the same command again does nothing twice", async () => {
    const args = ["batch", "studies", "--task", "ask", "-q", "Is there pneumonia?", "-o", "run"];
    const { code, err } = await compiled(args);
    expect(code).toBe(6);
    expect(err).toContain("3 answered, 0 unparsed, 0 refused, 1 failed of 4");
    const written = await lines("run");
    expect(written.map(({ id }) => id).sort()).toEqual(["a.png", "b.png", "c.png", "d.png"]);
    expect(written.find(({ id }) => id === "c.png")).toMatchObject({
      status: "failed",
      error: { code: expect.any(String) },
    });
    expect(resultSchema().parse(written.find(({ id }) => id === "a.png").result).answer).toMatchObject({
      answer: "yes",
    });
    expect(await manifest("run")).toMatchObject({
      schema: "polyclinic.batch/1",
      studies: 4,
      counts: { answered: 3, failed: 1 },
      finished: true,
    });
    const again = await run(args);
    expect(again.err).toContain("4 of 4 are done already");
    expect(server.calls.length).toBe(3);
  });

  test("goes on after a kill in the middle of a line", async () => {
    const text = await readFile(join(folder, "run", "results.jsonl"), "utf8");
    const kept = text.split("\n").slice(0, 2).join("\n");
    await writeFile(join(folder, "run", "results.jsonl"), `${kept}\n`);
    await appendFile(join(folder, "run", "results.jsonl"), text.slice(kept.length + 1, kept.length + 60));
    const { err } = await run(["batch", "studies", "--task", "ask", "-q", "Is there pneumonia?", "-o", "run"]);
    expect(err).toContain("2 of 4 are done already");
    expect((await lines("run")).map(({ id }) => id).sort()).toEqual(["a.png", "b.png", "c.png", "d.png"]);
  });

  test("another question into the same folder is refused, and the results stay", async () => {
    const before = await readFile(join(folder, "run", "results.jsonl"), "utf8");
    const { code, err } = await run(["batch", "studies", "--task", "ask", "-q", "Another?", "-o", "run"]);
    expect(code).toBe(3);
    expect(err).toMatch(/results of a different run/);
    expect(await readFile(join(folder, "run", "results.jsonl"), "utf8")).toBe(before);
  });

  test("a CSV names studies, ids, questions and priors; failed ones are done again on request", async () => {
    await writeFile(
      join(folder, "list.csv"),
      'id,study,question\r\none,studies/a.png,"Is there ""one"", or not?"\r\ntwo,studies/late.png,\r\n',
    );
    reply = (_, body) => body.messages[0].content.at(-1)?.text ?? "";
    const args = ["batch", "list.csv", "--task", "ask", "-q", "What is seen?", "-o", "from-csv"];
    expect((await run(args)).code).toBe(6);
    await cp(film, join(folder, "studies", "late.png"));
    expect((await run([...args, "--retry-failed"])).code).toBe(0);
    await rm(join(folder, "studies", "late.png"));
    const byId = new Map((await lines("from-csv")).map((line) => [line.id, line]));
    expect(byId.get("one").result.prompt).toMatch(/^Is there "one", or not\?/);
    expect(byId.get("two").result.answer.answer).toBe("What is seen?");
    expect((await manifest("from-csv")).counts).toMatchObject({ answered: 2, unparsed: 0, refused: 0, failed: 0 });
  });

  test("Ctrl-C stops it, and the same command goes on", async () => {
    let calls = 0;
    let second = () => {};
    const reached = new Promise<void>((resolve) => (second = resolve));
    pace = (response, body, call) => {
      if (++calls < 2) return stream(sse("Final Answer: yes"))(response, body, call);
      response.writeHead(200, { "content-type": "text/event-stream" });
      second();
    };
    const args = [
      "batch",
      "studies",
      "--task",
      "ask",
      "-q",
      "Is there pneumonia?",
      "-o",
      "stopped",
      "--concurrency",
      "1",
    ];
    const ended = await compiled(args, (stop) => void reached.then(() => setTimeout(stop, 100)));
    expect(ended.code).toBe(130);
    expect((await lines("stopped")).length).toBe(1);
    expect((await manifest("stopped")).finished).toBe(false);
    pace = undefined;
    expect((await run(args)).err).toContain("1 of 4 are done already");
    expect((await lines("stopped")).length).toBe(4);
  });

  test("a folder without images: the reason is printed, and the exit code is that of files that cannot be used", async () => {
    await mkdir(join(folder, "texts"));
    await writeFile(join(folder, "texts", "a.csv"), "no picture");
    const { code, err } = await run(["batch", "texts", "--task", "report", "-o", "from-texts"]);
    expect(err).toMatch(/0 answered, 0 unparsed, 0 refused, 1 failed of 1[\s\S]*a\.csv: no medical image.*plain text/);
    expect({ code, calls: server.calls.length }).toEqual({ code: 3, calls: 0 });
  });

  test("results may lie among the studies", async () => {
    await mkdir(join(folder, "beside"));
    await cp(film, join(folder, "beside", "a.png"));
    const args = ["batch", "beside", "--task", "report", "-o", "beside/results"];
    await run(args);
    expect((await run(args)).err).toContain("1 of 1 are done already");
    expect((await lines("beside/results")).map(({ id }) => id)).toEqual(["a.png"]);
  });

  test.runIf(process.platform === "linux")("a full disk ends it by name; with room again it goes on", async () => {
    reply = () => "seen ".repeat(400);
    const words = [
      "batch",
      "studies",
      "--task",
      "ask",
      "-q",
      "What is seen?",
      "--free",
      "-o",
      "full",
      "--csv",
      "full.csv",
    ];
    // A limit on the size of files stands for the disk; without a listener its signal would end the process.
    const child = spawn(
      "bash",
      [
        "-c",
        `ulimit -f 4; exec "$@"`,
        "bash",
        process.execPath,
        "--import",
        "data:text/javascript,process.on('SIGXFSZ',()=>{})",
        main,
        ...words,
      ],
      { cwd: folder, env: { ...process.env, POLYCLINIC_MODEL: server.url } },
    );
    let err = "";
    child.stderr.on("data", (data) => (err += data));
    expect(await new Promise((resolve) => child.on("close", resolve))).toBe(7);
    expect(err).toMatch(/full\/results\.jsonl: cannot be written \(EFBIG\)/);
    expect((await run(words)).code).toBe(6);
    expect((await lines("full")).map(({ id }) => id).sort()).toEqual(["a.png", "b.png", "c.png", "d.png"]);
    expect((await readFile(join(folder, "full.csv"), "utf8")).split("\r\n")[1]).toMatch(/^a\.png,answered,seen seen/);
  });

  test("de-identified: places in the list stand for names of files", async () => {
    await run(["batch", "studies", "--task", "report", "-o", "nameless", "--csv", "nameless.csv", "--deidentify"]);
    const written = await Promise.all(
      ["nameless/results.jsonl", "nameless/manifest.json", "nameless.csv"].map((name) =>
        readFile(join(folder, name), "utf8"),
      ),
    );
    expect(written.join("\n")).not.toMatch(/[abcd]\.png|studies\//);
    expect((await lines("nameless")).map(({ id }) => id).sort()).toEqual(["study-1", "study-2", "study-3", "study-4"]);
  });

  test("what every study would fail with ends the batch", async () => {
    pace = (response) => void response.writeHead(401).end("{}");
    const { code, err } = await run(["batch", "studies", "--task", "report", "-o", "locked"]);
    expect(code).toBe(4);
    expect(err).toContain("POLYCLINIC_API_KEY");
    expect(server.calls.length).toBeLessThanOrEqual(4);
  });
});

test("models: what is here, and where", async () => {
  expect((await run(["models"])).out).toMatch(/^nano +embedded/);
  expect(JSON.parse((await run(["models", "list", "--json"])).out)).toMatchObject([
    { name: "nano", state: "embedded" },
    { name: "clinic", state: "embedded" },
  ]);
  expect((await run(["models", "rm", "google/none"])).code).toBe(4);
});

test("doctor says whether a server sees", async () => {
  reply = (_, body) => {
    const asked = body.messages[0].content.at(-1)?.text ?? "";
    return asked.includes("number") ? "7294" : asked.includes("order") ? "green red blue" : "red";
  };
  const { code, out } = await run(["doctor", "--model", server.url]);
  expect(out).toMatch(/FAIL {2}names the colour of a red and of a blue image: red; red \(expected red; blue\)/);
  expect(out).toMatch(/ok {4}keeps order|ok {4}names the colours of three images in order: green red blue/);
  expect(code).toBe(4);
});

describe("health records and laboratory reports", () => {
  const sample = (name: string) => fileURLToPath(new URL(`../../samples/${name}`, import.meta.url));

  test("what can be computed is, with its places, and the model is not asked", async () => {
    const question = "What was the last haemoglobin, and is it falling?";
    const { code, out, err } = await run(["ask", sample("chart.json"), question, "--fhir", "answer.json"]);
    expect(code).toBe(0);
    expect(out).toMatch(/was 10\.4 g\/dL on 2026-02-03 .*\[1\]\. Falling: /);
    expect(out).toContain("[1] Hemoglobin [Mass/volume] in Blood 10.4 g/dL (L), 2026-02-03: Observation/718-7-5");
    expect(err).toContain("no model was called");
    expect(server.calls).toEqual([]);
    const answer = await readFile(join(folder, "answer.json"), "utf8");
    expect(answer).toContain("Observation/718-7-5");
    expect(fhirProblems(JSON.parse(answer))).toEqual([]);
  });

  test("a model's answer that the record contradicts is told before it", async () => {
    reply = () => "The last hemoglobin was 14.9 g/dL on 2026-02-03.";
    const { out, err } = await run(["ask", sample("chart.json"), "Describe the course of the hemoglobin."]);
    expect(out).toContain("14.9");
    expect(err).toMatch(/Caution: .*14\.9.*10\.4/);
    expect(JSON.stringify(server.calls[0])).toContain("10.4");
  });

  test("labs reads a text layer, and writes what it read", async () => {
    const given = ["labs", sample("lab-report.pdf"), "--fhir", "labs.json", "--csv", "labs.csv", "--json"];
    const { code, out } = await run(given);
    expect(code).toBe(0);
    const { rows } = JSON.parse(out);
    expect(rows[0]).toMatchObject({
      name: "Hemoglobin",
      number: 10.2,
      ucum: "g/dL",
      flag: "L",
      loinc: { code: "718-7" },
    });
    const bundle = JSON.parse(await readFile(join(folder, "labs.json"), "utf8"));
    expect(fhirProblems(bundle)).toEqual([]);
    // The check finds what it looks for.
    const wrong = JSON.stringify(bundle).replaceAll("718-7", "718-8").replace('"code":"g/dL"', '"code":"gm/dL"');
    expect(fhirProblems(JSON.parse(wrong)).join()).toMatch(/718-8 is no LOINC number.*gm\/dL is no UCUM code/);
    const { entry } = bundle;
    expect(
      entry.filter((one: { resource: { resourceType: string } }) => one.resource.resourceType === "Observation").length,
    ).toBe(rows.length);
    expect((await readFile(join(folder, "labs.csv"), "utf8")).split("\r\n")).toHaveLength(rows.length + 2);
    expect(await run(given)).toMatchObject({ code: 7 });
  });

  test("a visit in plain words, every line with its source; a picture has none", async () => {
    const { code, out, err } = await run([
      "after-visit",
      sample("chart.json"),
      "--save-text",
      "visit.txt",
      "--fhir",
      "visit.json",
    ]);
    expect(code).toBe(0);
    const bundle = JSON.parse(await readFile(join(folder, "visit.json"), "utf8"));
    expect(bundle.entry[0].resource).toMatchObject({ resourceType: "Composition", status: "preliminary" });
    expect(fhirProblems(bundle)).toEqual([]);
    expect(out).toMatch(/- Hemoglobin: 10\.4 g\/dL\. This is low\. It should be 12 or more\. \[\d+\]/);
    expect(err).toMatch(/\[1\] Encounter .*: Encounter\/visit-5[\s\S]*grade \d\.\d/);
    expect(await readFile(join(folder, "visit.txt"), "utf8")).toMatch(/^You\n[\s\S]*Not a medical device/);
    expect((await run(["after-visit", sample("chest-xray.jpg")])).err).toContain("one health record");
  });

  test("a visit from its transcript: every line with its turn; a note that is none, and options of a record, are refused", async () => {
    const { code, out, err } = await run(["after-visit", sample("visit.txt")]);
    expect(code).toBe(0);
    expect(out).toContain("- Let's start you on ferrous sulfate 325 mg every other day. [turn 13]");
    expect(err).toMatch(/18 turns of Doctor \(clinician, 9 turns\).*grade \d\.\d/);
    const { fields } = JSON.parse((await run(["after-visit", sample("visit.txt"), "--json"])).out);
    expect(fields.newIssues).toMatchObject([{ turn: 11, speaker: "Doctor", passage: { note: "visit.txt" } }]);
    expect(await run(["after-visit", sample("visit.txt"), "--date", "2026-03-01"])).toMatchObject({ code: 2 });
    await writeFile(join(folder, "note.txt"), "Tired for six weeks.\nHb 10.4 g/dL.\n");
    const none = await run(["after-visit", join(folder, "note.txt")]);
    expect(none.code).toBe(3);
    expect(none.err).toMatch(/not a transcript of a consultation[\s\S]*Doctor: \.\.\./);
  });

  test("the record agent looks with tools, and shows each step; it takes a record only", async () => {
    let step = 0;
    const steps = [
      { tool: "search", arguments: { type: "observation", code: "hemoglobin", limit: 1 } },
      { tool: "finish", arguments: { answer: "It was 10.4 g/dL on 2026-02-03." } },
    ];
    reply = () => JSON.stringify(steps[Math.min(step++, 1)]);
    const by = ["--strategy", "record-agent"];
    const { code, out, err } = await run(["ask", sample("chart.json"), "Explain the hemoglobin.", ...by]);
    expect([code, out.trim().split("\n")[0]]).toEqual([0, "It was 10.4 g/dL on 2026-02-03."]);
    expect(err).toMatch(/search \{"type":"observation".*\}: .*10\.4/);
    expect((await run(["report", sample("chart.json"), ...by])).code).toBe(2);
  });

  test("labs of a chart says what to do instead", async () => {
    const { code, err } = await run(["labs", sample("chart.json")]);
    expect(code).toBe(3);
    expect(err).toContain("polyclinic ask");
  });
});

describe("prs", () => {
  const cohort = fileURLToPath(new URL("../../samples/cohort.vcf.gz", import.meta.url));
  const weights = fileURLToPath(new URL("../../samples/score.txt.gz", import.meta.url));

  test("cautions first, the match report, people with percentiles; all of them in the CSV; the tile image comes back", async () => {
    const { code, out, err } = await run(["prs", "score", cohort, "--weights", weights, "--csv", "prs.csv"]);
    expect(code).toBe(0);
    expect(err).toMatch(
      /^Caution: Research only: .*\nCaution: These files do not state ancestry.*\nCaution: 7 of 139 variants .*\n/,
    );
    expect(out).toMatch(/matched +132 of 139 variants \(95\.0 %\)/);
    expect(out).toMatch(/P001 +1\.3921 +0\.005313 +35\.8 +131 +1/);
    expect((await readFile(join(folder, "prs.csv"), "utf8")).trim().split("\n").length).toBe(201);
    const view = await run([
      "prs",
      "view",
      cohort,
      "--weights",
      weights,
      "--person",
      "P007",
      "--svg",
      "p.svg",
      "--tiles",
      "p.png",
    ]);
    expect(view.code).toBe(0);
    expect(await readFile(join(folder, "p.svg"), "utf8")).toMatch(/P007: 58th percentile/);
    expect((await sharp(join(folder, "p.png")).metadata()).width).toBe(8);
  });

  test("another build, no effect alleles, an unknown person: named", async () => {
    const other = join(folder, "other-build.txt");
    await writeFile(
      other,
      "#genome_build=GRCh37\nchr_name\tchr_position\teffect_allele\tother_allele\teffect_weight\n22\t16718636\tA\tC\t1\n",
    );
    expect(await run(["prs", "score", cohort, "--weights", other])).toMatchObject({
      code: 3,
      err: expect.stringMatching(/different genome builds.*GRCh38.*GRCh37/s),
    });
    const bare = join(folder, "no-effect.txt");
    await writeFile(bare, "chr_name\tchr_position\teffect_weight\n22\t16718636\t1\n");
    expect((await run(["prs", "score", cohort, "--weights", bare])).err).toMatch(/has no effect allele column/);
    const weightless = join(folder, "no-weight.txt");
    await writeFile(weightless, "rsID\tchr_name\tchr_position\teffect_allele\tother_allele\nrs1\t22\t16718636\tA\tC\n");
    expect((await run(["prs", "score", cohort, "--weights", weightless])).err).toMatch(/has no weight column/);
    expect((await run(["prs", "score", weights, "--weights", cohort])).err).toMatch(/is a VCF file, not a score file/);
    const lost = await run(["prs", "view", cohort, "--weights", weights, "--person", "X1", "--svg", "lost.svg"]);
    expect(lost.err).toMatch(/X1.*is not in the genotypes.*one of 200 people/s);
  });
});

describe("a consultation whose input ends", () => {
  const consult = (input: string, ...more: string[]) => compiled(["consult", ...more], undefined, input);
  beforeEach(() => {
    reply = (call) => (call < 3 ? `Question ${call}?` : "a cold");
  });

  test("at once: no visit, and no question to the model", async () => {
    const { code, out } = await consult("");
    expect(code).toBe(0);
    expect(out).toContain("The patient said nothing: there was no visit.");
    expect(server.calls).toHaveLength(0);
  });

  test("simulated: self-play says why there was one attempt only, and the case stands below what its patient said", async () => {
    const given = [
      "--patient",
      fileURLToPath(new URL("../../samples/clinic-case.txt", import.meta.url)),
      "--model",
      "clinic",
    ];
    const { code, out } = await run(["consult", "simulate", ...given, "--self-play"]);
    expect(code).toBe(0);
    expect(out).toContain("The critic found no fault: there is no second attempt.");
    expect(out).not.toContain("Attempt 2");
    expect(out).toMatch(/For the clinician[\s\S]*The case given to the patient agent.*who juggles has double blush/);
  });

  test("after some answers: every line is used, and the clinician gets what was said", async () => {
    const { code, out } = await consult("I cough.\nyes\n");
    expect(code).toBe(0);
    expect(out).toMatch(/Patient: I cough\.\nDoctor: .+\nPatient: yes\nDoctor: .+\n/);
    expect(out).toContain("Thank you: a clinician");
    expect(out).toContain("2 questions, of which 0 repeated; ended by: patient left");
  });

  test("with --json, only the result is on standard output", async () => {
    const { code, out, err } = await consult("I cough.\n", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ attempts: [{ endedBy: "patient left", questions: 1 }] });
    expect(err).toContain("What brings you here?");
  });

  test("an interruption at a question ends with 130", async () => {
    const { code, err } = await compiled(["consult"], (stop, out) => out.once("data", stop));
    expect(code).toBe(130);
    expect(err).toContain("Stopped.");
  });
});
