/**
 * `node tools/check/programs.mjs`: type-checks the JavaScript programs outside `src/` (benchmarks, tools, examples, and
 * the helper programs of tests), so that a rename in `src/` cannot break them silently.
 *
 * They import compiled files, `dist/x.js`. Here such a module is resolved to its source, `src/x.ts`, if the build
 * compiles that file; so the check needs no build and cannot read an old one. Besides the errors of TypeScript (`strict`
 * off: the programs have few annotations), it reports paths that lead nowhere: `new URL("...", import.meta.url)`, names
 * of scripts that a program starts, and the programs that `package.json` runs.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Modules that are not installed with the package, each with the reason; an entry that nothing imports is an error. */
const notInstalled = {
  "@jax-js/jax": "a peer of bench/training, installed in bench/",
  dcmjs: "an independent DICOM writer that wrote samples/ecg.dcm",
  wabt: "an assembler that compiled the resize kernel",
};

/** Programs that import a module whose name they compute, each with the reason. */
const computedImports = {
  "bench/run.mjs": "the suites are the folders that it lists",
  "bench/imaging/index.mjs": "rows of the suite, each skipped if its file does not exist",
  "bench/records/index.mjs": "rows of the suite",
  "tools/polarity/train.mjs": "a module of the user's, named by --dev",
  "bench/before/worker.mjs": "the build that is measured",
  "bench/engine/llama.mjs": "an optional peer, installed in bench/",
};

/** Files that the build writes without compiling a source of that name. */
const built = ["dist/workbench/", "dist/web/", "dist/cluster.tar.gz"];
/** Folders in which a named path need not exist: what was installed, and what programs write. */
const unchecked = ["node_modules/", "bench/node_modules/", "runs/"];

const read = (file) => ts.readConfigFile(join(root, file), ts.sys.readFile).config;
const configOf = (config) => ts.parseJsonConfigFileContent(config, ts.sys, root);
const compiled = new Set(configOf(read("tsconfig.build.json")).fileNames.map((file) => relative(root, file)));
const { fileNames, options } = configOf({
  compilerOptions: {
    ...read("tsconfig.json").compilerOptions,
    ...{ allowJs: true, checkJs: true, strict: false, incremental: false, tsBuildInfoFile: undefined },
    // The DOM's types: two programs run in a page, and packages of browsers use them.
    ...{ lib: ["ES2023", "DOM"], noUnusedLocals: false, noUnusedParameters: false, noImplicitOverride: false },
    ...{ maxNodeModuleJsDepth: 0, allowImportingTsExtensions: true },
  },
  include: ["bench", "tools", "examples", "src/**/*.mjs"],
  exclude: ["bench/node_modules"],
});
const programs = fileNames.filter((file) => file.endsWith(".mjs"));
const problems = [];
const report = (source, position, text) => {
  const { line } = source.getLineAndCharacterOfPosition(position);
  problems.push(`${relative(root, source.fileName)}:${line + 1}: ${text}`);
};

/** The source of a file of `dist/`, both relative to the root; undefined if the build does not compile it. */
function sourceOf(path) {
  const stem = `src/${path.slice("dist/".length).replace(/\.js$/, "")}`;
  return [`${stem}.ts`, `${stem}.tsx`].find((file) => compiled.has(file));
}

const host = ts.createCompilerHost(options);
const cache = ts.createModuleResolutionCache(root, (name) => name, options);
const used = new Set();
const ownExports = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).exports;
host.resolveModuleNameLiterals = (literals, containingFile, redirected, moduleOptions, file) =>
  literals.map((literal) => {
    const name = literal.text;
    used.add(name);
    const own = /^polyclinic(\/.*)?$/.exec(name);
    const target = own ? ownExports[`.${own[1] ?? ""}`]?.default : name.startsWith(".") ? name : undefined;
    const path = target && relative(root, resolve(own ? root : dirname(containingFile), target));
    if (path?.startsWith("dist/")) {
      const source = sourceOf(path);
      return { resolvedModule: source && { resolvedFileName: join(root, source), extension: ts.Extension.Ts } };
    }
    const mode = ts.getModeForUsageLocation(file, literal, moduleOptions);
    return ts.resolveModuleName(name, containingFile, moduleOptions, host, cache, redirected, mode);
  });

const program = ts.createProgram(programs, options, host);
for (const name of programs) {
  const source = program.getSourceFile(name);
  for (const { start, code, messageText } of [
    ...program.getSyntacticDiagnostics(source),
    ...program.getSemanticDiagnostics(source),
  ]) {
    const text = ts.flattenDiagnosticMessageText(messageText, "\n");
    if (Object.keys(notInstalled).some((module) => text.includes(`'${module}'`)) && [2307, 7016].includes(code))
      continue;
    report(source, start, `TS${code} ${text}`);
  }
  findPaths(source);
}

/** Paths in a program that lead nowhere, and imports that cannot be checked. */
function findPaths(source) {
  const folder = dirname(source.fileName);
  const file = relative(root, source.fileName);
  const visit = (node) => {
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      if (!ts.isStringLiteral(node.arguments[0]) && !(file in computedImports))
        report(source, node.getStart(), "the name of an imported module is computed; write it as a string");
    }
    if (ts.isStringLiteral(node)) {
      const { text } = node;
      const relativeToFile =
        ts.isNewExpression(node.parent) &&
        node.parent.expression.getText() === "URL" &&
        node.parent.arguments?.[1]?.getText() === "import.meta.url";
      const isScript = /^[\w./-]+\.(mjs|py)$/.test(text) && !ts.isImportDeclaration(node.parent);
      const places = relativeToFile ? [folder] : isScript ? [folder, root, join(root, "bench/peers")] : [];
      if (places.length > 0 && !places.some((place) => leadsSomewhere(relative(root, resolve(place, text)))))
        report(source, node.getStart(), `${text}: there is no such file`);
      if (/^dist\/.*\.js$/.test(text) && !leadsSomewhere(text))
        report(source, node.getStart(), `${text}: the build writes no such file`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
}

function leadsSomewhere(path) {
  if (path === "dist" || unchecked.some((folder) => `${path}/`.startsWith(folder))) return true;
  if (path.startsWith("dist/") && path.endsWith(".js")) return sourceOf(path) !== undefined;
  if (path.startsWith("dist/")) return built.some((one) => `${path}/`.startsWith(one));
  return existsSync(join(root, path));
}

const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
for (const [name, command] of Object.entries(scripts))
  for (const [, path] of command.matchAll(/(?:node|tsx|-c|-p|--config) ([\w./-]+\.\w+)/g))
    if (!leadsSomewhere(path)) problems.push(`package.json: scripts.${name}: ${path}: there is no such file`);
for (const name of Object.keys(notInstalled))
  if (!used.has(name)) problems.push(`tools/check/programs.mjs: ${name}: excepted, but no program imports it`);

for (const problem of problems) console.error(problem);
if (problems.length > 0) {
  console.error(`${problems.length} problems in ${programs.length} programs outside src/`);
  process.exit(1);
}
console.log(`${programs.length} programs checked`);
