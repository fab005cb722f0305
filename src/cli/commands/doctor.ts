/** `polyclinic doctor`: checks the installation, and whether a model or server really sees the images it is given. */
import { type Command, Option } from "commander";
import { PolyclinicError } from "../../base/errors.ts";
import { makeFolder } from "../../base/files.ts";
import { bytes, progressBar } from "../../base/progress-bar.ts";
import { version } from "../../base/version.ts";
import type { DeviceUse, EngineHealth } from "../../model/contract.ts";
import { exitCodes } from "../shared/exit-codes.ts";
import { addModelOptions, type ModelOptions } from "../shared/options.ts";
import { openModel } from "../shared/session.ts";
import { interrupted, note, print } from "../shared/terminal.ts";

interface Options extends ModelOptions {
  json?: boolean;
  canary?: boolean;
}

interface Check {
  readonly id: string;
  readonly what: string;
  readonly passed: boolean;
  readonly found: string;
  readonly expected?: string;
  readonly hint?: string;
}

export function registerDoctor(program: Command): void {
  const command = program
    .command("doctor")
    .description("check this machine and a model; a server is sent stored test images and asked what it sees")
    .option("--json", "print the checks as JSON")
    .addOption(new Option("--canary", "send the test images to a model in process too").hideHelp());
  addModelOptions(command)
    .addHelpText(
      "after",
      "\nExample:\n  $ polyclinic doctor\nA graphics device, compared with the CPU:\n  $ polyclinic doctor --device gpu\nA server, by its address:\n  $ polyclinic doctor --model http://localhost:8000/v1\nA pool of servers:\n  $ polyclinic doctor --model http://gpu1:8000/v1,http://gpu2:8000/v1",
    )
    .action(doctor);
}

async function doctor(options: Options): Promise<void> {
  const checks = [...(await machine()), ...(await examine(options))];
  if (options.json) print(JSON.stringify(checks, undefined, 2));
  else {
    for (const { what, passed, found, expected, hint } of checks) {
      print(
        `${passed ? "ok  " : "FAIL"}  ${what}: ${found}${passed || expected === undefined ? "" : ` (expected ${expected})`}`,
      );
      if (!passed && hint !== undefined) print(`      ${hint}`);
    }
  }
  if (checks.some(({ passed }) => !passed)) process.exitCode = exitCodes.model;
}

async function machine(): Promise<Check[]> {
  const os = await import("node:os");
  const { access, constants, statfs } = await import("node:fs/promises");
  const { defaultCacheFolder } = await import("../../model/engine/prepare/cache-folder.ts");
  const cache = defaultCacheFolder();
  const writable = await makeFolder(cache)
    .then(() => access(cache, constants.W_OK))
    .then(
      () => true,
      () => false,
    );
  const free = writable ? await statfs(cache).then(({ bavail, bsize }) => bavail * bsize) : 0;
  const [major, minor] = process.versions.node.split(".").map(Number);
  const { nodeRuntime } = await import("../../model/runtime/node/node-runtime.ts");
  const runtime = await nodeRuntime.load().then(
    () => "loads",
    (error: Error) => error.message,
  );
  return [
    { id: "version", what: "Polyclinic", passed: true, found: version },
    {
      id: "node",
      what: "Node",
      passed: major > 20 || (major === 20 && minor >= 19),
      found: process.versions.node,
      expected: "20.19 or newer",
    },
    {
      id: "machine",
      what: "machine",
      passed: true,
      found: `${os.availableParallelism()} threads, ${bytes(os.totalmem())} memory, ${bytes(os.freemem())} free`,
    },
    {
      id: "runtime",
      what: "ONNX Runtime",
      passed: runtime === "loads",
      found: runtime,
      hint: "Run npm install again on this machine.",
    },
    {
      id: "cache",
      what: "cache folder",
      passed: writable,
      found: writable ? `${cache}, ${bytes(free)} free` : `${cache} cannot be written`,
      hint: "Set POLYCLINIC_CACHE to a writable folder.",
    },
  ];
}

async function examine(options: Options): Promise<Check[]> {
  const bar = progressBar();
  const opening = await openModel(options, bar.onProgress).catch((error: unknown) => {
    if (!PolyclinicError.is(error) || error.code.startsWith("abort/")) throw error;
    return error;
  });
  bar.done();
  if (PolyclinicError.is(opening)) {
    const { where, summary, found, expected, hint } = opening;
    const what = `${where === undefined ? "" : `${where}: `}${summary}${found === undefined ? "" : `, found ${found}`}`;
    return [{ id: "model", what: "model", passed: false, found: what, expected, hint }];
  }
  const model = opening;
  try {
    const { identity, limits } = model;
    const checks: Check[] = [
      {
        id: "model",
        what: "model",
        passed: true,
        found: `${identity.name} (${identity.precision}, ${identity.engine}${identity.hash === undefined ? "" : `, ${identity.hash.slice(0, 12)}`})`,
      },
      {
        id: "limits",
        what: "limits",
        passed: limits.imageSize !== undefined,
        found:
          limits.imageSize === undefined
            ? "does not accept images"
            : `images of ${limits.imageSize} pixels, ${limits.tokensPerImage} tokens each, ${limits.contextTokens} tokens of context`,
        expected: "a model that accepts images",
        hint: "The model is served without its vision part.",
      },
      ...deviceCheck(model.device),
    ];
    const onServer = identity.engine.startsWith("remote:");
    if (!onServer && !options.canary) return checks;
    if (model.engines !== undefined) return [...checks, ...model.engines().map(engineCheck)];
    if (!options.json) note("Sending stored test images to the model ...");
    const { canary } = await import("../../model/remote/canary.ts");
    const { verdict, checks: seen } = await canary(model, { signal: interrupted });
    const verdicts = {
      sees: "processes images correctly",
      doubtful: "processes images, but not correctly",
      blind: "does not process images",
      withheld: "refuses the test images, which are outside its model's scope: whether it sees images is unknown",
    };
    return [
      ...checks,
      ...seen,
      {
        id: "verdict",
        what: "verdict",
        passed: verdict === "sees" || verdict === "withheld",
        found: verdicts[verdict],
      },
    ];
  } finally {
    await model.close();
  }
}

/** A server of a pool: it was sent the test images when the pool was opened. */
function engineCheck({ address, state, canary, problem }: EngineHealth): Check {
  return {
    id: "engine",
    what: address,
    passed: state === "ready",
    found:
      problem === undefined ? `ready${canary === undefined ? "" : `, test images: ${canary}`}` : `${state}: ${problem}`,
    expected: "ready",
  };
}

/** With `--device gpu`: the model was opened on the device only if it gave the CPU's numbers for generated images and tokens. */
function deviceCheck(use: DeviceUse | undefined): Check[] {
  if (use === undefined) return [];
  const passed = use.used !== "cpu";
  return [
    {
      id: "device",
      what: "graphics device",
      passed,
      found: passed ? `${use.used}, agrees with the CPU` : (use.reason ?? "not used"),
      expected: "a device that agrees with the CPU",
      hint: "Models run on the CPU instead.",
    },
  ];
}
