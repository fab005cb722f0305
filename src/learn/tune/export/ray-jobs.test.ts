/** Ray's Jobs REST API against a server with its recorded contract (`test/support/ray-server.ts`). */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RayJobRecord, type RayServer, rayServer } from "../../../../test/support/ray-server.ts";
import { writeSafetensors } from "../../../checkpoint/index.ts";
import { checkMoved, importPrintedAdapter, RayJobs } from "./ray-jobs.ts";

const folder = mkdtempSync(join(tmpdir(), "learn-ray-"));
const exported = join(folder, "export");
let server: RayServer;
let script: (job: RayJobRecord, files: string[]) => void;

beforeAll(async () => {
  mkdirSync(join(exported, "data"), { recursive: true });
  for (const name of ["train.py", "run.json", "data/train.jsonl"]) writeFileSync(join(exported, name), name);
  writeFileSync(join(exported, "requirements.txt"), "peft==0.21.0\ntrl==1.13.0\n");
  server = await rayServer((job, files) => script(job, files));
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

async function adapter(values: readonly number[]): Promise<Map<string, Buffer>> {
  const path = join(folder, "adapter.safetensors");
  rmSync(path, { force: true });
  const tensor = (name: string, data: readonly number[]) => ({
    name: `base_model.model.model.layers.0.${name}.weight`,
    shape: [1, data.length],
    dtype: "F32" as const,
    data: Float32Array.from(data),
  });
  await writeSafetensors(path, [tensor("q_proj.lora_A", [1, 2]), tensor("q_proj.lora_B", values)] as never);
  return new Map([
    ["adapter_config.json", Buffer.from('{"peft_type": "LORA"}')],
    ["adapter_model.safetensors", readFileSync(path)],
  ]);
}

/** As `train.py --print-adapter` writes it. */
const printed = (files: Map<string, Buffer>) =>
  [...files].flatMap(([name, bytes]) => {
    const text = bytes.toString("base64");
    const pieces = text.match(/.{1,32}/g)!;
    const digest = createHash("sha256").update(bytes).digest("hex");
    return pieces.map((piece, i) => `POLYCLINIC-ADAPTER ${name} ${digest} ${i} ${pieces.length} ${piece}`);
  });

const job = { base: "google/medgemma-1.5-4b-it", gpus: 1, install: true };

test("a run is uploaded once, started, followed to its end, and its adapter comes back whole", async () => {
  const lines = printed(await adapter([0.5, -0.25]));
  let looks = 0;
  script = (record, files) => {
    expect(files).toEqual(["data/train.jsonl", "requirements.txt", "run.json", "train.py"]);
    record.status = ["PENDING", "RUNNING", "SUCCEEDED"][looks++];
    record.logs = looks < 3 ? "step 1\nste" : ["step 1", "step 2", ...lines.slice(0, 3), "a warning", ...lines.slice(3), ""].join("\n"); // biome-ignore format: one line
  };
  const ray = new RayJobs({ url: `${server.url}/`, pause: 10 });
  const id = await ray.submit(exported, job);
  const record = server.jobs.get(id)!;
  expect(record.entrypoint).toBe("python train.py --base 'google/medgemma-1.5-4b-it' --print-adapter");
  expect(record).toMatchObject({ entrypoint_num_gpus: 1, runtime_env: { pip: ["peft==0.21.0", "trl==1.13.0"] } });
  const [said, states] = [[] as string[], [] as string[]];
  const logs = await ray.follow(id, { onLine: (line) => said.push(line), onStatus: (status) => states.push(status) });
  expect(said).toEqual(["step 1", "step 2", "a warning"]);
  expect(states).toEqual(["PENDING", "RUNNING", "SUCCEEDED"]);
  const to = join(folder, "out", "adapter");
  expect(await importPrintedAdapter(logs, to)).toEqual({ folder: to, modules: 1, moved: 1, largest: 0.5 });
  expect(readdirSync(to).sort()).toEqual(["adapter_config.json", "adapter_model.safetensors"]);
  await expect(importPrintedAdapter(logs, to)).rejects.toMatchObject({ code: "file/exists" });
  // The same content is not uploaded again.
  await ray.submit(exported, { ...job, gpus: 0, install: false, storage: "/mnt/it's" });
  expect(server.calls.filter((call) => call.startsWith("PUT"))).toHaveLength(1);
  const again = [...server.jobs.values()].at(-1)!;
  expect(again.entrypoint).toMatch(/ --output '\/mnt\/it'"'"'s'$/);
  expect(again.entrypoint_num_gpus).toBeUndefined();
});

test("a damaged or unmoved adapter is not imported, and nothing is left of it", async () => {
  const lines = printed(await adapter([1, 2]));
  const to = join(folder, "none");
  const refused = (text: readonly string[]) => importPrintedAdapter(text.join("\n"), to);
  await expect(refused(lines.slice(0, -1))).rejects.toMatchObject({ code: "ray/adapter" });
  await expect(refused([...lines.slice(0, -1), lines.at(-1)!.replace(/.{4}$/, "AAAA")])).rejects.toMatchObject({ code: "ray/adapter" }); // biome-ignore format: one line
  await expect(refused(["no adapter"])).rejects.toMatchObject({ code: "ray/adapter" });
  await expect(refused(printed(await adapter([0, 0])))).rejects.toMatchObject({ code: "learn/unmoved" });
  await expect(refused(printed(await adapter([Number.NaN, 1])))).rejects.toMatchObject({ code: "learn/unmoved" });
  expect(readdirSync(folder).filter((name) => name.startsWith("none"))).toEqual([]);
  await expect(checkMoved(folder)).rejects.toThrow();
});

test("a job that fails, one that is stopped, a cluster that refuses or is not there: said with what to do", async () => {
  const ray = new RayJobs({ url: server.url, pause: 10 });
  script = (record) =>
    Object.assign(record, { status: "FAILED", message: "exit code 1", logs: "CUDA out of memory\n" });
  const failed = await ray.submit(exported, job);
  await expect(ray.follow(failed)).rejects.toMatchObject({
    code: "ray/failed",
    found: expect.stringContaining("CUDA out of memory"),
  });
  expect(await ray.stop(failed)).toBe(false);
  script = (record) => {
    if (record.status === "PENDING") record.status = "RUNNING";
  };
  // Interrupted: the job is stopped all the same.
  const abort = new AbortController();
  const user = new RayJobs({ url: server.url, signal: abort.signal });
  const running = await user.submit(exported, job);
  await expect(user.follow(running, { onStatus: () => abort.abort() })).rejects.toThrow();
  expect(await user.stop(running)).toBe(true);
  await expect(ray.follow(running)).rejects.toMatchObject({ code: "ray/stopped" });
  await expect(ray.follow("unknown")).rejects.toMatchObject({
    code: "ray/refused",
    found: expect.stringContaining("404"),
  });
  server.authorization = "Bearer x";
  await expect(ray.logs(running)).rejects.toMatchObject({ hint: expect.stringContaining("RAY_AUTHORIZATION") });
  expect(await new RayJobs({ url: server.url, authorization: "Bearer x" }).logs(running)).toBe("");
  server.authorization = undefined;
  await expect(new RayJobs({ url: "http://127.0.0.1:9" }).logs("x")).rejects.toMatchObject({ code: "ray/unreachable" });
});
