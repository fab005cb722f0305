/** `npm run kill -- 200`: that many kills, spread over all scenarios. Ends with 1 when something was lost, doubled or half-written. */
import { Random } from "../../src/base/random.ts";
import { killed } from "./kill.ts";
import { scenarios } from "./scenarios.ts";

const [points = 50] = process.argv.slice(2).map(Number);
if (!(Number.isSafeInteger(points) && points > 0)) {
  process.stderr.write("The number of kills must be a whole number, as in: npm run kill -- 200\n");
  process.exit(2);
}
let failed = 0;
for (const [i, make] of scenarios.entries()) {
  const share = Math.floor(points / scenarios.length) + (i < points % scenarios.length ? 1 : 0);
  const scenario = await make();
  try {
    await killed(scenario, share, new Random(i + 1), (n) =>
      process.stderr.write(`${scenario.name}: ${n} of ${share}\n`),
    );
    process.stdout.write(`${scenario.name}: ${share} kills, nothing lost, duplicated or half-written\n`);
  } catch (error) {
    failed++;
    process.stdout.write(`${scenario.name}: ${(error as Error).message}\n`);
  } finally {
    await scenario.close();
  }
}
process.exit(failed > 0 ? 1 : 0);
