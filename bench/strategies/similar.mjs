/**
 * Similar reports: the label of a chest film by the vote of the nearest reports, against an index whose reports are shuffled. `--data` is a folder with
 * `cxr-pneumonia/{train,test}/{NORMAL,PNEUMONIA}`; the embedder is nano's vision tower, which was trained on films of the same training set.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../../dist/base/random.js";
import { ImageEmbedder } from "../../dist/learn/tune/embedder.js";
import { NeighbourIndex, votedLabel } from "../../dist/strategy/neighbours/index.js";
import { shareRow } from "./clinic/common.mjs";
import { keptRows } from "./clinic/recorded.mjs";

const k = 5;

export async function rows({ data, of, log }) {
  if (data === undefined) log("  similar: needs --data; the row of an earlier run, if any");
  return keptRows("similar", [of(1000), of(624)], data === undefined ? undefined : () => measured({ data, of, log }));
}

async function measured({ data, of, log }) {
  const random = new Random(808);
  const films = (split, count) =>
    random
      .shuffle(
        ["NORMAL", "PNEUMONIA"].flatMap((label) =>
          readdirSync(join(data, "cxr-pneumonia", split, label)).map((name) => ({
            path: join(data, "cxr-pneumonia", split, label, name),
            label: label.toLowerCase(),
          })),
        ),
      )
      .slice(0, count);
  const known = films("train", of(1000));
  const queryFilms = films("test", of(624));
  const embedder = await ImageEmbedder.open("nano", 1);
  const embedAll = async (name, list) => {
    const out = [];
    for (const [i, { path }] of list.entries()) {
      if (i % 200 === 0) log(`  similar, ${name} ${i} of ${list.length}`);
      // The step's output is overwritten by the next run.
      out.push(Float32Array.from(await embedder.embed(path)));
    }
    return out;
  };
  const vectors = await embedAll("index", known);
  const queries = await embedAll("films", queryFilms);
  await embedder.close();
  const index = (labels) =>
    NeighbourIndex.of(
      "nano",
      known.map(({ path }, i) => ({ id: path, report: labels[i], label: labels[i], sha256: path })),
      vectors,
    );
  const right = (by) => queries.map((query, i) => votedLabel(by.nearest(query, k)).label === queryFilms[i].label);
  const labels = known.map(({ label }) => label);
  const own = right(index(labels));
  const shuffled = right(index(random.shuffle([...labels])));
  const most = Math.max(
    ...["normal", "pneumonia"].map((label) => queryFilms.filter((one) => one.label === label).length),
  );
  return [
    shareRow(
      `similar reports: label by the vote of ${k} of ${known.length}`,
      own,
      shuffled,
      "reports of the index shuffled (null)",
      `the more frequent label alone ${(most / queryFilms.length).toFixed(3)}`,
    ),
  ];
}
