/**
 * Type-checks the packed package as a user's project sees it: every export, under `strict`, `exactOptionalPropertyTypes` and
 * `noUncheckedIndexedAccess`, with the declarations checked too (`skipLibCheck` off), and with the runtime dependencies alone in reach.
 *
 * Run after `npm run build`: `node tools/check/package-types.mjs`.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { exports, dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const project = mkdtempSync(join(tmpdir(), "polyclinic-types-"));
try {
  const modules = join(project, "node_modules");
  mkdirSync(join(modules, "polyclinic"), { recursive: true });
  const pack = ["pack", "--ignore-scripts", "--silent", "--pack-destination", project];
  const archive = execFileSync("npm", pack, { cwd: root, encoding: "utf8" }).trim();
  execFileSync("tar", ["xzf", join(project, archive), "--strip-components=1", "-C", join(modules, "polyclinic")]);
  for (const name of [...Object.keys(dependencies), "@types/node"]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(modules, name));
  }
  const names = Object.keys(exports).filter((name) => !name.endsWith(".json"));
  const imports = names.map((name, i) => `import * as room${i} from "polyclinic${name.slice(1)}";`);
  const uses = `export const rooms: object[] = [${names.map((_, i) => `room${i}`).join(", ")}];`;
  writeFileSync(join(project, "main.ts"), [...imports, uses, program()].join("\n"));
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
  const compilerOptions = {
    target: "ES2023",
    lib: ["ES2023", "ESNext.Disposable"],
    module: "NodeNext",
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
    types: ["node"],
  };
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["main.ts"] }));
  const { status } = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", project], {
    stdio: "inherit",
  });
  if (status === 0) console.log(`The types of ${names.length} exports are clean in a user's project.`);
  process.exitCode = status ?? 1;
} finally {
  rmSync(project, { recursive: true, force: true });
}

/**
 * Every class that implements an interface is assigned to it, because declarations can be valid individually and still
 * be incompatible.
 */
function program() {
  return `
import { connect, DualEncoder, type Embedder, type Generator, loadModel, OnnxModel, RemoteModel, ScriptedModel } from "polyclinic/model";
import { openStudy } from "polyclinic/study";
import { ask, type AskResult } from "polyclinic/task";

export const generators: { readonly prototype: Generator }[] = [OnnxModel, RemoteModel, ScriptedModel];
export const embedders: { readonly prototype: Embedder }[] = [DualEncoder];
export async function answer(name: string, file: string): Promise<AskResult> {
  await using model: Generator = name.startsWith("http") ? await connect(name) : await loadModel(name);
  await using study = await openStudy(file);
  return ask(study, model, { question: "Is there pneumonia?" });
}
`;
}
