/** `polyclinic audit`: verifies the hash chain of a server's audit log. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { PolyclinicError } from "../../base/errors.ts";
import { print } from "../shared/terminal.ts";

interface Options {
  data: string;
  database?: string;
  head?: string;
}

export function registerAudit(program: Command): void {
  program
    .command("audit")
    .description(
      "check that no entry of a server's audit was changed, removed or put in (stop an embedded server first)",
    )
    .option("--data <folder>", "the server's folder", join(homedir(), ".polyclinic", "server"))
    .option("--database <url>", "the server's PostgreSQL, instead of the embedded one")
    .option(
      "--head <sha256>",
      "the last hash of an earlier check: also shows whether entries were cut off at the end since then",
    )
    .addHelpText("after", "\nExample:\n  $ polyclinic audit --data my-studies")
    .action(run);
}

async function run({ data, database: databaseUrl, head }: Options): Promise<void> {
  // Opening a store creates it if it does not exist, and an empty chain is valid: a mistyped folder must not appear
  // verified.
  if (databaseUrl === undefined && !existsSync(join(data, "database")))
    throw new PolyclinicError("audit/no-store", "this folder holds no server's database", {
      where: data,
      hint: "Give the folder that `polyclinic serve --data` uses, or --database.",
    });
  const { openStore } = await import("../../server/store/index.ts");
  const { Audit } = await import("../../server/access/audit.ts");
  const store = await openStore({ folder: data, ...(databaseUrl !== undefined && { databaseUrl }) });
  try {
    const found = await new Audit(store.database).verify(head === undefined ? {} : { head });
    if (found.broken !== undefined)
      throw new PolyclinicError("audit/broken", "the audit was changed outside the server", {
        where: `entry ${found.broken}`,
        found: `${found.entries} entries before it fit the chain`,
        hint: "Keep this database as it is, and compare it with a backup.",
      });
    if (found.headFound === false)
      throw new PolyclinicError("audit/cut", "the audit no longer holds the entry that --head names", {
        found: `${found.entries} entries that fit the chain, the last with hash ${found.head || "none"}`,
        hint: "Entries were cut off at the end, or --head was noted for another server.",
      });
    print(`${found.entries} entries, each fits the chain.\nLast hash: ${found.head || "none"}`);
    if (head === undefined)
      print(
        "Note the last hash outside this machine and give it with --head next time: only so a cut at the end shows.",
      );
  } finally {
    await store.close();
  }
}
