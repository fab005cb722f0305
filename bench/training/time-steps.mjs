/**
 * Runs `step` (which resolves to its loss) twice to warm up and then `count` times.
 *
 * @returns wall and processor seconds of each counted step, the losses from the warm-up on, and the process's peak memory in bytes.
 */
export async function timeSteps(count, step) {
  const losses = [await step(), await step()];
  const seconds = [];
  const cpuSeconds = [];
  for (let i = 0; i < count; i++) {
    const cpu = process.cpuUsage();
    const start = performance.now();
    losses.push(await step());
    seconds.push((performance.now() - start) / 1e3);
    const { user, system } = process.cpuUsage(cpu);
    cpuSeconds.push((user + system) / 1e6);
  }
  return { seconds, cpuSeconds, losses, peakBytes: process.resourceUsage().maxRSS * 1024 };
}
