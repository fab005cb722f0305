/** `polyclinic backup`, `restore` and `erase`: maintenance of a server's store. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { PolyclinicError } from "../../base/errors.ts";
import { print } from "../shared/terminal.ts";

const usual = join(homedir(), ".polyclinic", "server");

export function registerBackup(program: Command): void {
  program
    .command("backup")
    .description(
      "copy the embedded store of a server that is stopped: database, files and a list that shows whether all is there",
    )
    .option("--data <folder>", "the server's folder", usual)
    .requiredOption("-o, --output <folder>", "where the copy goes; must not be there yet")
    .addHelpText(
      "after",
      "\nOf a store on PostgreSQL, copy the database by pg_dump and the folder's files beside it.\n\nExample:\n  $ polyclinic backup --data my-studies -o my-studies-backup",
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
    .description("make a server's folder from a copy that `polyclinic backup` wrote, after checking that it is whole")
    .argument("<backup>", "the copy")
    .option("--data <folder>", "the server's folder; must not be there yet", usual)
    .addHelpText("after", "\nExample:\n  $ polyclinic restore my-studies-backup --data restored")
    .action(async (backup: string, { data }: { data: string }) => {
      const { restore } = await import("../../server/upkeep/backup.ts");
      const { files, at } = await restore(backup, data);
      print(`${data}: as of ${at}, the database and ${files.length} files.`);
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
      "erase a patient from a server's store: every study with its answers and reports, signed ones too, and every file; copies elsewhere stay",
    )
    .requiredOption("--patient <id>", "Patient ID as the files have it, or the server's own identifier")
    .option("--issuer <name>", "where several patients have the same identifier: who gave it")
    .option("--data <folder>", "the server's folder", usual)
    .option("--database <url>", "the server's PostgreSQL, instead of the embedded one")
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
          `Erased: ${erased.studies} studies, ${erased.files} files, ${erased.rows} rows.\nProof, also in the audit: ${erased.proof}`,
        );
      } finally {
        await store.close();
      }
    });
}

/** Opening a store creates it if it does not exist: a mistyped folder must not look like an empty one. */
function requireStore(data: string): void {
  if (existsSync(join(data, "database"))) return;
  throw new PolyclinicError("file/unreadable", "this folder holds no server's database", {
    where: data,
    hint: "Give the folder that `polyclinic serve --data` uses.",
  });
}
