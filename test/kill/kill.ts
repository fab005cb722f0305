/**
 * Commands that are killed (`kill -9`, as by a power cut or the kernel) at random moments and started again, until they end by themselves: what they leave
 * is what an undisturbed run leaves.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Random } from "../../src/base/random.ts";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export interface Scenario {
  readonly name: string;
  /** Of `polyclinic`, run in `folder`. */
  readonly words: readonly string[];
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Takes away what the command wrote. */
  reset(): Promise<void>;
  /** What is there after a kill must be whole or absent. Throws otherwise. */
  afterKill?(): Promise<void>;
  /** What is there when the command has ended. Throws where something is lost, doubled or half-written. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** @returns the exit code, or null when it was killed. */
export function runOnce({ words, folder, env }: Scenario, killAfter?: number): Promise<number | null> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [main, ...words], {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: "ignore",
    });
    if (killAfter !== undefined) setTimeout(() => child.kill("SIGKILL"), killAfter);
    child.on("close", resolve);
  });
}

/** Kills a scenario `points` times, at moments spread over the time of an undisturbed run. @throws what `check` and `afterKill` throw. */
export async function killed(
  scenario: Scenario,
  points: number,
  random: Random,
  onKill?: (n: number) => void,
): Promise<void> {
  const ended = (code: number | null) => {
    if (code !== 0) throw new Error(`${scenario.name}: exited with ${code}`);
  };
  const began = performance.now();
  ended(await runOnce(scenario));
  const whole = performance.now() - began;
  await scenario.check();
  for (let kills = 0; kills < points; ) {
    await scenario.reset();
    for (let code: number | null = null; code === null; ) {
      code = await runOnce(scenario, kills >= points ? undefined : random.next() * whole);
      if (code === null) {
        kills++;
        onKill?.(kills);
        await scenario.afterKill?.();
      } else ended(code);
    }
    await scenario.check();
  }
}
