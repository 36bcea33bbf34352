import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { check } from "prettier";
import {
  assignabilityModule,
  compareWithOracle,
  compileCorpus,
  corpusFolder,
  exportsOf,
  generateByOracle,
  generateOwn,
} from "./proto-oracle.ts";

/**
 * Generates every proto of the corpus and holds the output against protoc-gen-es, prettier and the type checker.
 * Gives what is wrong, nothing when all is well.
 */
export async function checkProtoCorpus(log: (line: string) => void): Promise<readonly string[]> {
  if (!existsSync(corpusFolder)) {
    log(`protos: skipped, no corpus at ${corpusFolder}; set TRILOGUE_CORPUS`);
    return [];
  }
  const corpus = await compileCorpus("protoc");
  const names = corpus.filesToGenerate;
  const started = performance.now();
  const own = generateOwn(corpus, names);
  log(`protos: ${names.length} files become ${own.size} modules in ${Math.round(performance.now() - started)} ms`);
  const failures = [...compareWithOracle(corpus, names)];
  log(`protos: ${names.length} descriptors compared with protoc-gen-es`);
  const byBuf = generateOwn(await compileCorpus("buf"), names);
  for (const [path, text] of own) {
    if (byBuf.get(path) !== text) failures.push(`${path} differs between buf and protoc`);
    if (!(await check(text, { parser: "typescript", printWidth: 120 })))
      failures.push(`${path} is not stable under prettier`);
  }
  failures.push(...typeCheck(own, generateByOracle(names), log));
  return failures;
}

/** Compiles our modules, and asks whether each type is assignable to protoc-gen-es' and back. */
function typeCheck(
  own: ReadonlyMap<string, string>,
  theirs: ReadonlyMap<string, string>,
  log: (line: string) => void,
): readonly string[] {
  const folder = resolve("tmp/proto-corpus");
  rmSync(folder, { recursive: true, force: true });
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  for (const [path, text] of own) write(`own/${path}`, text);
  let count = 0;
  for (const [path, text] of theirs) {
    const names = exportsOf(text);
    count += names.size;
    const up = "../".repeat(path.split("/").length);
    write(`theirs/${path}`, text);
    write(`same/${path}`, assignabilityModule(names, `${up}own/${path}`, `${up}theirs/${path}`));
  }
  write("own.json", JSON.stringify({ extends: "../../tsconfig.json", include: ["own"], exclude: [] }));
  const noDeclarations = { declaration: false, isolatedDeclarations: false };
  write(
    "same.json",
    JSON.stringify({ extends: "../../tsconfig.json", compilerOptions: noDeclarations, include: ["same"], exclude: [] }),
  );
  const failures = [...runTypeScript(folder, "own.json"), ...runTypeScript(folder, "same.json")];
  log(`protos: ${own.size} modules type-checked, ${count} exports compared both ways`);
  rmSync(folder, { recursive: true, force: true });
  return failures;
}

function runTypeScript(folder: string, config: string): readonly string[] {
  const run = spawnSync(process.execPath, [resolve("node_modules/typescript/bin/tsc"), "-p", join(folder, config)], {
    encoding: "utf8",
  });
  return run.status === 0
    ? []
    : run.stdout
        .split("\n")
        .filter((line) => line.includes("error TS"))
        .slice(0, 20);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const failures = await checkProtoCorpus(console.log);
  for (const failure of failures) console.error(failure);
  process.exitCode = failures.length === 0 ? 0 : 1;
}
