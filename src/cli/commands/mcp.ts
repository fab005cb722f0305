/** `polyclinic mcp`: a folder of studies as tools for a desktop assistant, over standard input and output. */
import type { Command } from "commander";
import { embeddedName } from "../../base/embedded-model.ts";
import { interrupted, note } from "../shared/terminal.ts";

export function registerMcp(program: Command): void {
  program
    .command("mcp")
    .description(
      "give an assistant access to the studies of a folder through the Model Context Protocol (standard input and output)",
    )
    .argument("<folder>", "folder whose files and subfolders are the studies")
    .option("-m, --model <name>", "the model that answers", embeddedName)
    .addHelpText(
      "after",
      `
Example:
  $ polyclinic mcp samples < /dev/null

In the settings of a desktop client:
  { "mcpServers": { "polyclinic": { "command": "npx", "args": ["polyclinic", "mcp", "/home/me/studies"] } } }`,
    )
    .action(async (folder: string, { model }: { model: string }) => {
      const { folderBackend, serveStdio } = await import("../../server/mcp/index.ts");
      const { loadModel } = await import("../../model/load-model.ts");
      const { listStudies } = await import("../../batch/index.ts");
      // A missing folder is reported at startup, not at the first call.
      const { studies } = await listStudies(folder);
      const { notForClinicalUse } = await import("../../task/result.ts");
      note(`${studies.length} studies of ${folder} for ${model}, over standard input and output. ${notForClinicalUse}`);
      await serveStdio(
        folderBackend(folder, model, () => loadModel(model)),
        { signal: interrupted, onFailure: (error) => note(`Unexpected failure: ${(error as Error).message}`) },
      );
    });
}
