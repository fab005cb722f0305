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
      "verify that no entry of a server's audit log was changed, removed or inserted (with the embedded database, stop the server first)",
    )
    .option("--data <folder>", "the server's data folder", join(homedir(), ".polyclinic", "server"))
    .option("--database <url>", "the server's PostgreSQL database, instead of the embedded one")
    .option(
      "--head <sha256>",
      "the last hash of an earlier check, to detect also whether entries were removed from the end since then",
    )
    .addHelpText("after", "\nExample:\n  $ polyclinic audit --data my-studies")
    .action(run);
}

async function run({ data, database: databaseUrl, head }: Options): Promise<void> {
  // Opening a store creates it if it does not exist, and an empty chain is valid: a mistyped folder must not appear
  // verified.
  if (databaseUrl === undefined && !existsSync(join(data, "database")))
    throw new PolyclinicError("audit/no-store", "this folder contains no server database", {
      where: data,
      hint: "Give the folder that `polyclinic serve --data` uses, or use --database.",
    });
  const { openStore } = await import("../../server/store/index.ts");
  const { Audit } = await import("../../server/access/audit.ts");
  const store = await openStore({ folder: data, ...(databaseUrl !== undefined && { databaseUrl }) });
  try {
    const found = await new Audit(store.database).verify(head === undefined ? {} : { head });
    if (found.broken !== undefined)
      throw new PolyclinicError("audit/broken", "the audit log was changed outside the server", {
        where: `entry ${found.broken}`,
        found: `${found.entries} valid entries before it`,
        hint: "Do not change this database, and compare it with a backup.",
      });
    if (found.headFound === false)
      throw new PolyclinicError(
        "audit/cut",
        "the audit log no longer contains the entry with the hash given by --head",
        {
          found: `${found.entries} valid entries, the last with hash ${found.head || "none"}`,
          hint: "Entries were removed from the end, or --head belongs to another server.",
        },
      );
    print(`${found.entries} entries, all valid in the hash chain.\nLast hash: ${found.head || "none"}`);
    if (head === undefined)
      print(
        "Store the last hash outside this machine and pass it with --head next time: removal of entries at the end can only be detected this way.",
      );
  } finally {
    await store.close();
  }
}
