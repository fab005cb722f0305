/** A batch that is killed and started again. `npm run kill -- 200` kills every command that writes over a longer time, as often as that. */
import { expect, test } from "vitest";
import { Random } from "../../src/base/random.ts";
import { killed, runOnce } from "./kill.ts";
import { batchScenario } from "./scenarios.ts";

test("two kills of a batch, then two at once: nothing is lost, doubled or half-written", async () => {
  const scenario = await batchScenario();
  try {
    await killed(scenario, 2, new Random(1));
    // Two at once: one works, the other is refused by name.
    await scenario.reset();
    expect((await Promise.all([runOnce(scenario), runOnce(scenario)])).sort()).toEqual([0, 3]);
    await scenario.check();
  } finally {
    await scenario.close();
  }
}, 600_000);
