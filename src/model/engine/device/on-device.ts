/** A model on a graphics device where there is one that computes rightly, or on the processor with the reason why. */
import { PolyclinicError } from "../../../base/errors.ts";
import { readFile, writeFile } from "../../../base/host/files.ts";
import { add, Graph, matmul, softmax, writeOnnx } from "../../../graph/index.ts";
import type { DeviceUse } from "../../contract.ts";
import { type DeviceRuntime, deviceRuntimes } from "../../runtime/devices.ts";
import { float32, floats, type Runtime } from "../../runtime/runtime.ts";
import type { Engine } from "../engine.ts";
import { parityProblem, type Reference, referenceNumbers } from "./parity.ts";

/** What makes the next device, or the processor, be taken; anything else is no matter of devices. */
const deviceCodes = new Set(["runtime/open", "runtime/device", "runtime/parity", "model/open"]);

/**
 * Opens on the first device that can, and says which; on the processor where none can.
 *
 * @param open opens on a device's runtime (and throws what `requireParity` throws), or without one on the processor.
 */
export async function onDevice<T>(
  open: (use: DeviceUse, runtime?: Runtime) => Promise<T>,
  devices: () => Promise<readonly DeviceRuntime[]> = deviceRuntimes,
): Promise<T> {
  const reasons: string[] = [];
  for (const { provider, runtime } of await devices()) {
    const problem = await probe(runtime);
    if (problem !== undefined) {
      reasons.push(`${provider}: ${problem}`);
      continue;
    }
    try {
      return await open({ requested: "gpu", used: provider }, runtime);
    } catch (error) {
      if (!PolyclinicError.is(error) || !deviceCodes.has(error.code)) throw error;
      reasons.push(`${provider}: ${error.summary}${error.found === undefined ? "" : `, ${firstLine(error.found)}`}`);
    }
  }
  if (reasons.length === 0) reasons.push("this build of ONNX Runtime has no provider for one");
  return open({ requested: "gpu", used: "cpu", reason: reasons.join("; ") });
}

/** Whether a device can be opened and computes a small attention: nothing is prepared for one that cannot. Undefined if it can. */
export async function probe(runtime: Runtime): Promise<string | undefined> {
  const [rows, inner] = [24, 8];
  const graph = new Graph("probe", { fusedProducts: false });
  const x = graph.input("x", "float32", [rows, inner]);
  graph.output("y", add(matmul(softmax(matmul(x, x, { transB: true })), x), x));
  const values = Float32Array.from({ length: rows * inner }, (_, i) => Math.sin(i * i));
  try {
    await using session = await runtime.open({ model: writeOnnx(graph) }, { threads: 1 });
    const { y } = await session.run({ x: float32(values, [rows, inner]) });
    const off = floats(y).reduce((most, value, i) => Math.max(most, Math.abs(value - attended(values, inner, i))), 0);
    return off <= 1e-3 ? undefined : `computes a small attention wrongly, by ${off.toPrecision(2)}`;
  } catch (error) {
    if (!PolyclinicError.is(error)) throw error;
    return firstLine(error.found ?? error.summary);
  }
}

/** Element `at` of `softmax(x x') x + x`, in double precision. */
function attended(x: Float32Array, inner: number, at: number): number {
  const [row, column, rows] = [Math.floor(at / inner), at % inner, x.length / inner];
  const scores = Array.from({ length: rows }, (_, r) =>
    Math.exp(Array.from({ length: inner }, (_, c) => x[row * inner + c] * x[r * inner + c]).reduce((a, b) => a + b)),
  );
  const total = scores.reduce((a, b) => a + b);
  return x[at] + scores.reduce((sum, score, r) => sum + (score / total) * x[r * inner + column], 0);
}

/** What ONNX Runtime says, without the place in its source. */
const firstLine = (message: string) =>
  message
    .split(/ was false\. /)
    .at(-1)!
    .split("\n")[0]
    .trim();

/**
 * The processor's numbers for a model, kept beside its prepared files: they do not change with the device or its driver.
 *
 * @param open the model on the processor, over the same graphs and weights.
 */
export async function processorReference(
  file: string,
  open: () => Promise<Engine>,
  signal?: AbortSignal,
): Promise<Reference> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text !== undefined) {
    try {
      return JSON.parse(text) as Reference;
    } catch {
      // Half written: computed again.
    }
  }
  await using engine = await open();
  const numbers = await referenceNumbers(engine, signal);
  const plain = Object.fromEntries(Object.entries(numbers).map(([name, values]) => [name, Array.from(values)]));
  await writeFile(file, JSON.stringify(plain)).catch(() => undefined);
  return plain;
}

/** @throws PolyclinicError `runtime/parity` where the device's numbers are not the processor's. */
export async function requireParity(engine: Engine, reference: Reference, signal?: AbortSignal): Promise<void> {
  const problem = parityProblem(await referenceNumbers(engine, signal), reference);
  engine.forget();
  if (problem === undefined) return;
  throw new PolyclinicError("runtime/parity", "computes other numbers than the processor", {
    where: "device",
    found: problem,
    hint: 'Update the driver, or use the processor (device "cpu").',
  });
}
