/** `ask-start-to-answer` and `ask-first-token`: from the start of the process, as on a terminal. The model is prepared before. */
import { median, run, sample, turns } from "./cli.mjs";

const ask = ["ask", sample("chest-xray.jpg"), "Is there pneumonia?"];
await run(ask);
const runs = [];
for (let i = 0; i < turns; i++) runs.push(await run(ask, { terminal: true }));
const seconds = (name) => median(runs.map((one) => one[name] / 1000));
const note = `median of ${turns}, process start included, model prepared before`;
console.log(
  JSON.stringify({
    rows: [
      { id: "ask-start-to-answer", ours: seconds("endMs"), atMost: 2, unit: "s", note },
      { id: "ask-first-token", ours: seconds("firstMs"), atMost: 1, unit: "s", note },
    ],
  }),
);
