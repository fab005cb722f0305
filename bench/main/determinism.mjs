/**
 * `determinism`: every task twice, each in its own process, sampled at temperature 1 with one seed; the proportion of
 * byte-identical results.
 */
import { run, sample } from "./cli.mjs";

const film = sample("chest-xray.jpg");
const tasks = [
  ["ask", film, "Is there pneumonia?"],
  ["ask", film, "What is seen?", "--max-tokens", "60"],
  ["report", film],
  ["classify", film, "--labels", "normal,pneumonia"],
  ["locate", film, "right lung"],
  ["compare", sample("chest-pair/1-prior.jpg"), sample("chest-pair/2-current.jpg")],
];
let same = 0;
for (const task of tasks) {
  const args = [...task, "--json", "--quiet", "--temperature", "1", "--seed", "7"];
  const [one, two] = [await run(args), await run(args)];
  if (one.out.length > 0 && one.out.equals(two.out)) same++;
}
const note = `${same} of ${tasks.length} commands printed the same bytes in two processes`;
console.log(
  JSON.stringify({ rows: [{ id: "determinism", ours: (same / tasks.length) * 100, atLeast: 100, unit: "%", note }] }),
);
