/** `polyclinic backup`, `restore` and `erase`: maintenance of a server's store. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { PolyclinicError } from "../../base/errors.ts";
import { print } from "../shared/terminal.ts";

const defaultFolder = join(homedir(), ".polyclinic", "server");

export function registerBackup(program: Command): void {
  program
    .command("backup")
    .description("back up the embedded store of a stopped server: database, files and a manifest to check completeness")
    .option("--data <folder>", "the server's data folder", defaultFolder)
    .requiredOption("-o, --output <folder>", "folder for the backup; must not exist yet")
    .addHelpText(
      "after",
      "\nTo back up a store on PostgreSQL, use pg_dump for the database and copy the files of the data folder.\n\nExample:\n  $ polyclinic backup --data my-studies -o my-studies-backup",
    )
    .action(async ({ data, output }: { data: string; output: string }) => {
      requireStore(data);
      const { backUp } = await import("../../server/upkeep/backup.ts");
      const { files, auditHead } = await backUp(data, output);
      print(`${output}: the database and ${files.length} files.\nLast hash of the audit: ${auditHead || "none"}`);
    });
}

export function registerRestore(program: Command): void {
  program
    .command("restore")
    .description(
      "restore a server's data folder from a backup written by `polyclinic backup`, after checking that the backup is complete",
    )
    .argument("<backup>", "folder of the backup")
    .option("--data <folder>", "the server's data folder; must not exist yet", defaultFolder)
    .addHelpText("after", "\nExample:\n  $ polyclinic restore my-studies-backup --data restored")
    .action(async (backup: string, { data }: { data: string }) => {
      const { restore } = await import("../../server/upkeep/backup.ts");
      const { files, at } = await restore(backup, data);
      print(`${data}: the database and ${files.length} files, as of ${at}.`);
    });
}

interface EraseOptions {
  data: string;
  database?: string;
  patient: string;
  issuer?: string;
}

export function registerErase(program: Command): void {
  program
    .command("erase")
    .description(
      "erase a patient from a server's data: every study with its answers and reports, including signed ones, and every file; copies on other systems are not affected",
    )
    .requiredOption("--patient <id>", "Patient ID as in the files, or the server's own identifier")
    .option("--issuer <name>", "issuer of the Patient ID, if several patients have the same ID")
    .option("--data <folder>", "the server's data folder", defaultFolder)
    .option("--database <url>", "the server's PostgreSQL database, instead of the embedded one")
    .addHelpText("after", "\nExample:\n  $ polyclinic erase --data my-studies --patient study-0")
    .action(async ({ data, database, patient, issuer }: EraseOptions) => {
      if (database === undefined) requireStore(data);
      const { openStore } = await import("../../server/store/index.ts");
      const { Audit } = await import("../../server/access/audit.ts");
      const { erasePatient } = await import("../../server/upkeep/erase.ts");
      const store = await openStore({ folder: data, ...(database !== undefined && { databaseUrl: database }) });
      try {
        const erased = await erasePatient(store, new Audit(store.database), patient, {
          who: "system",
          ...(issuer !== undefined && { issuer }),
        });
        print(
          `Erased: ${erased.studies} studies, ${erased.files} files, ${erased.rows} rows.\nProof, also in the audit log: ${erased.proof}`,
        );
      } finally {
        await store.close();
      }
    });
}

/** Opening a store creates it if it does not exist: a mistyped folder must not look like an empty one. */
function requireStore(data: string): void {
  if (existsSync(join(data, "database"))) return;
  throw new PolyclinicError("file/unreadable", "this folder contains no server database", {
    where: data,
    hint: "Give the folder that `polyclinic serve --data` uses.",
  });
}
