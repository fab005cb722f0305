import { expect, test } from "vitest";
import type { Database, Sql } from "./database.ts";
import { groupedWrite } from "./grouped.ts";

test("writes of the same moment share a commit; a faulty one fails alone, and the others are kept", async () => {
  const kept: string[] = [];
  let commits = 0;
  const transaction: Database["transaction"] = async (work) => {
    const written: string[] = [];
    const query = async (text: string) => {
      if (text === "faulty") throw new Error("faulty");
      written.push(text);
      return { rows: [], affected: 1 };
    };
    const result = await work({ query: query as unknown as Sql["query"] });
    commits++;
    kept.push(...written);
    return result;
  };
  const database = { transaction } as Database;
  const write = (text: string) => groupedWrite(database, async (sql) => (await sql.query(text)).affected && text);
  expect(await Promise.all(["a", "b", "c"].map(write))).toEqual(["a", "b", "c"]);
  expect([commits, kept]).toEqual([1, ["a", "b", "c"]]);
  const mixed = await Promise.allSettled(["d", "faulty", "e"].map(write));
  expect(mixed.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(kept).toEqual(["a", "b", "c", "d", "e"]);
  expect(await write("f")).toBe("f");
});
