// Builds both packages, the runtime first, because the generator's types come from it: `node build.js [FOLDER]`.
// Without a folder into each workspace's dist; with one, FOLDER/runtime and FOLDER/generator become complete packages.
import { cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const target = process.argv[2] === undefined ? root : resolve(process.argv[2]);

for (const workspace of ["runtime", "generator"]) {
  const dist = join(target, workspace, "dist");
  rmSync(dist, { recursive: true, force: true });
  if (target !== root) copyPackage(workspace);
  const problems = compile(workspace, dist);
  if (problems.length > 0) {
    const host = { getCurrentDirectory: () => root, getCanonicalFileName: (name) => name, getNewLine: () => "\n" };
    console.error(ts.formatDiagnostics(problems, host));
    process.exit(1);
  }
  console.log(`built ${join(workspace, "dist")}`);
}

/** Everything else that the package ships. */
function copyPackage(workspace) {
  const { files } = JSON.parse(readFileSync(join(root, workspace, "package.json"), "utf8"));
  mkdirSync(join(target, workspace), { recursive: true });
  for (const name of ["package.json", ...files.filter((file) => file !== "dist")]) {
    cpSync(join(root, workspace, name), join(target, workspace, name), { recursive: true });
  }
}

function compile(workspace, outDir) {
  const configPath = join(root, workspace, "tsconfig.build.json");
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (problem) => fail(problem) };
  // A workspace's package leads to its dist in the checkout; here it is the one that was just built.
  const paths = { "@trilogue/runtime/*": [join(target, "runtime", "dist", "*.d.ts")] };
  const config = ts.getParsedCommandLineOfConfigFile(configPath, { outDir, paths }, host);
  const program = ts.createProgram(config.fileNames, config.options);
  const problems = [...config.errors, ...ts.getPreEmitDiagnostics(program)];
  return problems.length > 0 ? problems : program.emit().diagnostics;
}

function fail(problem) {
  throw new Error(ts.flattenDiagnosticMessageText(problem.messageText, "\n"));
}
