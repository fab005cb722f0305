/** A number from 000 to 1000 from the likelihoods of its digits, which is finer than the number a model would write. */

export interface BinEstimate {
  /** Mean of the distribution over 0 to 1000. */
  readonly mean: number;
  /** Its 10th and 90th percentile. */
  readonly low: number;
  readonly high: number;
}

/** First digits below this probability are not expanded. */
const minDigitProbability = 0.02;

/**
 * Scores the first digit, then the second digit after each likely first one; the third is hardly learned and is replaced by the middle of its range. `1000` shares its
 * beginning with `100` and is distinguished by the digits that follow.
 *
 * @param likelihoods natural-log likelihoods of continuations of the prompt.
 */
export async function binsFromDigits(
  likelihoods: (continuations: readonly string[]) => Promise<readonly number[]>,
): Promise<BinEstimate> {
  const digits = Array.from({ length: 10 }, (_, d) => String(d));
  const first = await likelihoods(digits);
  const chosen = normalised(first);
  const likely = digits.filter((_, d) => chosen[d] >= minDigitProbability);
  const pairs = likely.flatMap((d) => digits.map((e) => d + e));
  const deeper = await likelihoods([...pairs, "100", "1000"]);
  const mass: { bin: number; share: number }[] = [];
  const coveredMass = likely.reduce((sum, d) => sum + chosen[Number(d)], 0);
  likely.forEach((d, place) => {
    const second = normalised(deeper.slice(10 * place, 10 * place + 10));
    for (const [e, share] of second.entries())
      mass.push({ bin: 100 * Number(d) + 10 * e + 4.5, share: (share * chosen[Number(d)]) / coveredMass });
  });
  const ten = mass.find(({ bin }) => bin === 104.5);
  if (ten !== undefined) {
    // Of all that begins with 10, the share that continues to 1000.
    const whole = Math.exp(deeper[pairs.length + 1] - deeper[pairs.indexOf("10")]);
    mass.push({ bin: 1000, share: ten.share * Math.min(1, whole) });
    ten.share *= 1 - Math.min(1, whole);
  }
  mass.sort((a, b) => a.bin - b.bin);
  const percentile = (share: number) => {
    let sum = 0;
    for (const each of mass) {
      sum += each.share;
      if (sum >= share) return each.bin;
    }
    return mass[mass.length - 1].bin;
  };
  return {
    mean: mass.reduce((sum, { bin, share }) => sum + bin * share, 0),
    low: percentile(0.1),
    high: percentile(0.9),
  };
}

function normalised(logs: readonly number[]): number[] {
  const most = Math.max(...logs);
  const shares = logs.map((log) => Math.exp(log - most));
  const sum = shares.reduce((a, b) => a + b, 0);
  return shares.map((share) => share / sum);
}
