/** Inserts rows and prints each number once it is acknowledged, until it is killed. */
import { openEmbedded } from "../../../dist/server/store/embedded.js";
import { migrate } from "../../../dist/server/store/migrate.js";

const database = await openEmbedded(process.argv[2]);
await migrate(database);
for (let n = 0; ; n++) {
  await database.query("insert into person (id, name, scopes) values ($1, 'x', '{}')", [String(n)]);
  process.stdout.write(`${n}\n`);
}
