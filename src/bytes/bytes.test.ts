import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MemoryBudget } from "./budget.ts";
import {
  allBytes,
  type ByteSource,
  chunksOf,
  dataSource,
  diskSource,
  httpSource,
  memorySource,
  sameBytes,
} from "./index.ts";

const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31) & 255);
let folder: string;
let server: Server;
let requests: string[] = [];
let answer: (request: IncomingMessage, response: ServerResponse) => void;
const url = () => `http://localhost:${(server.address() as AddressInfo).port}/slide.svs`;

/** Answers ranges of the content as a web server does. */
const ranges =
  (tag = '"v1"', bytes = content) =>
  (request: IncomingMessage, response: ServerResponse) => {
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
    const end = Math.min(Number(to), bytes.length - 1);
    response.writeHead(206, { ETag: tag, "Content-Range": `bytes ${from}-${end}/${bytes.length}` });
    response.end(bytes.subarray(Number(from), end + 1));
  };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-bytes-"));
  await writeFile(join(folder, "a.bin"), content);
  server = createServer((request, response) => {
    requests.push(request.headers.range ?? "");
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  answer = ranges();
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

const sources: [string, () => Promise<ByteSource>][] = [
  ["a file on disk", async () => diskSource(join(folder, "a.bin"))],
  ["memory", async () => memorySource("a", content)],
  ["data with a name", () => dataSource({ name: "a", data: content }, 1e6)],
  [
    "a stream",
    () =>
      dataSource(
        {
          name: "a",
          data: (async function* () {
            for (let at = 0; at < content.length; at += 7777) yield content.subarray(at, at + 7777);
          })(),
        },
        1e6,
      ),
  ],
  ["a server", () => httpSource(url())],
];

describe.each(sources)("%s", (_, open) => {
  test("gives any range, and all of it", async () => {
    const source = await open();
    expect(source.size).toBe(content.length);
    for (const [offset, length] of [
      [0, 1],
      [5, 0],
      [65_530, 20],
      [100, 150_000],
      [299_999, 1],
      [0, 300_000],
      [300_000, 0],
    ])
      expect(Buffer.compare(await source.read(offset, length), content.subarray(offset, offset + length))).toBe(0);
    const chunks: Uint8Array[] = [];
    for await (const chunk of chunksOf(source)) chunks.push(chunk);
    expect(Buffer.compare(Buffer.concat(chunks), content)).toBe(0);
    expect(await sameBytes(source, memorySource("b", content))).toBe(true);
    expect(await sameBytes(source, memorySource("b", content.slice().fill(0, 299_999)))).toBe(false);
  });

  test("says when a range is not there, and when all is too much", async () => {
    const source = await open();
    for (const [offset, length] of [
      [299_999, 2],
      [-1, 4],
      [2 ** 60, 8],
      [0, Number.NaN],
    ])
      await expect(source.read(offset, length)).rejects.toMatchObject({ code: "file/truncated", where: source.name });
    await expect(allBytes(source, 1000)).rejects.toMatchObject({ code: "limit/bytes" });
  });
});

describe("what cannot be read is one error", () => {
  test("on disk", async () => {
    expect(() => diskSource(join(folder, "none"))).toThrow(/no such file/);
    expect(() => diskSource(folder)).toThrow(expect.objectContaining({ code: "file/unreadable" }));
    const path = join(folder, "short.bin");
    await writeFile(path, content);
    const source = diskSource(path);
    await writeFile(path, content.subarray(0, 10));
    for (const length of [100, 100_000])
      await expect(source.read(5, length)).rejects.toMatchObject({ code: "file/truncated" });
    await rm(path);
    await expect(source.read(200_000, 50_000)).rejects.toMatchObject({ code: "file/unreadable" });
  });

  test("in memory", async () => {
    await expect(dataSource({ name: "a", data: content }, 1000)).rejects.toMatchObject({ code: "limit/bytes" });
  });

  test.each<[string, (request: IncomingMessage, response: ServerResponse) => void, object]>([
    [
      "no such file",
      (_, r) => r.writeHead(404).end(),
      { code: "file/unreadable", found: "status 404", retryable: false },
    ],
    ["a server that is busy", (_, r) => r.writeHead(503).end(), { code: "file/unreadable", retryable: true }],
    [
      "a server without ranges",
      (_, r) => r.writeHead(200).end(content),
      { code: "file/unreadable", found: "status 200" },
    ],
    ["a connection that breaks", (_, r) => r.destroy(), { code: "file/unreadable", retryable: true }],
  ])("%s", async (_, broken, expected) => {
    answer = broken;
    await expect(httpSource(url())).rejects.toMatchObject(expected);
    answer = ranges();
  });

  test("a file that is replaced while it is read, and an answer that ends early", async () => {
    const source = await httpSource(url());
    answer = ranges('"v2"');
    await expect(source.read(0, 10)).rejects.toMatchObject({ code: "file/changed", retryable: true });
    answer = (request, response) => {
      const [, from] = /^bytes=(\d+)/.exec(request.headers.range ?? "") ?? [];
      response.writeHead(206, {
        ETag: '"v1"',
        "Content-Range": `bytes ${from}-${content.length - 1}/${content.length}`,
      });
      response.end(content.subarray(0, 5));
    };
    await expect(source.read(0, 10)).rejects.toMatchObject({ code: "file/truncated" });
    answer = ranges();
    expect([...(await source.read(0, 2))]).toEqual([...content.subarray(0, 2)]);
  });

  test("names and queries of an address stay out of messages", async () => {
    answer = (_, response) => response.writeHead(403).end();
    const failure = httpSource(`${url().replace("//", "//user:secret@")}?signature=abc`).catch(
      (error: Error) => error.message,
    );
    expect(await failure).toMatch(/slide\.svs/);
    expect(await failure).not.toMatch(/secret|signature/);
    answer = ranges();
  });
});

test("small reads beside each other share a request", async () => {
  const source = await httpSource(url());
  requests = [];
  for (let at = 0; at < 60_000; at += 500) await source.read(at, 12);
  expect(requests).toEqual(["bytes=0-65535"]);
});

describe("the memory budget", () => {
  const gibibyte = 2 ** 30;
  test("is a gibibyte for small files, and grows with large ones up to the limit", () => {
    const budget = new MemoryBudget(16 * gibibyte);
    budget.addFile(1000);
    expect(budget.most).toBe(gibibyte);
    budget.addFile(100 << 20);
    expect(budget.most).toBe(64 * ((100 << 20) + 1000));
    budget.addFile(gibibyte);
    expect(budget.most).toBe(16 * gibibyte);
  });

  test("refuses what would be too much, with what is held, and takes back what is given", async () => {
    const budget = new MemoryBudget(1000);
    budget.take(600, "a", "the picture");
    expect(() => budget.take(500, "b", "the picture")).toThrow(
      /b: the picture would exceed the memory limit.*already in use/,
    );
    await budget.during(400, "c", "decoding", async () => {
      expect(() => budget.take(1, "d", "more")).toThrow(expect.objectContaining({ code: "limit/bytes" }));
    });
    budget.take(400, "e", "more");
    expect(() => budget.take(Number.NaN, "f", "nonsense")).toThrow();
  });
});
