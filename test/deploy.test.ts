/** The deployment files name commands and flags that exist. */
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { registerServe } from "../src/cli/commands/serve.ts";
import { registerWorker } from "../src/cli/commands/worker.ts";

const read = (name: string) => readFileSync(new URL(`../deploy/${name}`, import.meta.url), "utf8");
const program = new Command();
registerServe(program);
registerWorker(program);

function check(line: readonly string[]): void {
  const [name, ...rest] = line;
  const command = program.commands.find((one) => one.name() === name);
  expect(command, name).toBeDefined();
  for (const word of rest.filter((one) => one.startsWith("--")))
    expect(
      command!.options.map(({ long }) => long),
      word,
    ).toContain(word.split("=")[0]);
}

test("compose", () => {
  const { services } = parse(read("compose.yaml")) as {
    services: Record<string, { command?: string[]; image: string }>;
  };
  expect(Object.keys(services)).toEqual(["database", "server", "worker"]);
  check(services.server.command!);
  check(services.worker.command!);
  check(JSON.parse(/CMD (\[.*\])/.exec(read("Dockerfile"))![1]) as string[]);
});

test.each(["polyclinic.service", "polyclinic-worker@.service"])("%s", (file) => {
  const [, line] = /^ExecStart=\/usr\/bin\/env polyclinic (.*)$/m.exec(read(file))!;
  check(line.split(" "));
});
