import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { PolyclinicError } from "../../base/errors.ts";
import { answerOf, imagesOf, Mixture, readDataset, readImageDataset } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "learn-data-"));
afterAll(() => rmSync(folder, { recursive: true }));

const line = (answer: string, image = "a.png", roles = ["user", "assistant"]) =>
  JSON.stringify({
    messages: [
      {
        role: roles[0],
        content: [
          { type: "image", image },
          { type: "text", text: "Which?" },
        ],
      },
      { role: roles[1], content: answer },
    ],
  });
const write = (name: string, lines: string[]) => {
  const path = join(folder, name);
  writeFileSync(path, lines.join("\n"));
  return path;
};
const checkImage = async (path: string) => {
  if (path.endsWith("gone.png")) throw new Error(`${path} is missing`);
};

test("a good file gives its examples with absolute image paths, blank lines skipped", async () => {
  const { examples } = await readDataset(write("good.jsonl", [line("yes"), "", line("no")]), { checkImage });
  expect(examples.map(({ line }) => line)).toEqual([1, 3]);
  expect(imagesOf(examples[0])).toEqual([join(folder, "a.png")]);
  expect(answerOf(examples[1])).toBe("no");
});

test("every bad line is reported by number, in one error", async () => {
  const path = write("bad.jsonl", [
    line("yes"),
    "{not json",
    line("yes", "gone.png"),
    line("maybe"),
    line("yes", "a.png", ["user", "user"]),
    '{"messages": []}',
    line("Final Answer: no"),
  ]);
  const error = await readDataset(path, { checkImage, labels: ["yes", "no"] }).catch((e) => e);
  expect(PolyclinicError.is(error) && error.code).toBe("learn/dataset");
  expect([...error.message.matchAll(/line (\d+)/g)].map((m) => Number(m[1]))).toEqual([2, 3, 4, 5, 6]);
  expect(error.message).toContain("gone.png is missing");
  expect(error.message).toContain("has roles that do not alternate: turn 2 is user (expected assistant)");
  expect(error.message).toContain('"maybe"');
});

test("an example longer than the context is refused, or dropped and listed when asked", async () => {
  const path = write("long.jsonl", [line("yes"), line("x".repeat(50))]);
  const checks = { checkImage, countTokens: (m: readonly unknown[]) => JSON.stringify(m).length, contextTokens: 220 };
  const lengths = await readDataset(path, { ...checks, contextTokens: 1000 });
  expect(lengths.examples).toHaveLength(2);
  const limit = JSON.stringify(lengths.examples[0].messages).length;
  await expect(readDataset(path, { ...checks, contextTokens: limit })).rejects.toThrow(/line 2: is \d+ tokens long/);
  const { examples, dropped } = await readDataset(path, { ...checks, contextTokens: limit, dropTooLong: true });
  expect(examples.map(({ line }) => line)).toEqual([1]);
  expect(dropped.map(({ line }) => line)).toEqual([2]);
});

test("an empty dataset is an error of its own", async () => {
  await expect(readDataset(write("empty.jsonl", [""]), { checkImage })).rejects.toMatchObject({
    code: "learn/dataset-empty",
  });
});

const sources = [
  { name: "small", size: 5, weight: 1 },
  { name: "large", size: 100, weight: 3 },
];

test("a mixture draws by weight and goes through each source completely before repeating", () => {
  const mixture = new Mixture(sources, 7);
  const draws = Array.from({ length: 4000 }, () => mixture.next());
  const small = draws.filter(({ source }) => source === 0);
  expect(small.length / draws.length).toBeGreaterThan(0.22);
  expect(small.length / draws.length).toBeLessThan(0.28);
  const firstEpoch = small.filter(({ epoch }) => epoch === 0).map(({ index }) => index);
  expect(firstEpoch.toSorted()).toEqual([0, 1, 2, 3, 4]);
  const secondEpoch = small.filter(({ epoch }) => epoch === 1).map(({ index }) => index);
  expect(secondEpoch).not.toEqual(firstEpoch);
});

test("a mixture taken up at a saved position goes on as if it had never stopped", () => {
  const whole = new Mixture(sources, 11);
  for (let i = 0; i < 137; i++) whole.next();
  const resumed = new Mixture(sources, 11, JSON.parse(JSON.stringify(whole.position)));
  for (let i = 0; i < 300; i++) expect(resumed.next()).toEqual(whole.next());
});

test("pictures with a string each: bad lines are reported by number", async () => {
  const path = write("pictures.jsonl", [
    '{"image": "a.png", "label": "yes"}',
    '{"image": "a.png"}',
    '{"label": "yes"}',
    '{"image": "gone.png", "label": "yes"}',
    '{"image": "a.png", "label": "maybe"}',
    "[",
  ]);
  const checks = { field: "label", labels: ["yes", "no"], checkImage } as const;
  const error = await readImageDataset(path, checks).catch((e) => e);
  expect(error).toMatchObject({ code: "learn/dataset" });
  expect([...error.message.matchAll(/line (\d+)/g)].map((m) => Number(m[1]))).toEqual([2, 3, 4, 5, 6]);
  const good = write("good-pictures.jsonl", ['{"image": "a.png", "text": " a lung "}']);
  expect(await readImageDataset(good, { field: "text", checkImage })).toEqual({
    path: good,
    examples: [{ line: 1, image: join(folder, "a.png"), target: "a lung" }],
  });
  await expect(readImageDataset(write("none.jsonl", [""]), checks)).rejects.toMatchObject({
    code: "learn/dataset-empty",
  });
});
