/**
 * Seconds of processor time that this process has used. Tests of bounded work count these: on a busy machine the clock on the wall runs on
 * while the process waits for its turn.
 */
export function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
