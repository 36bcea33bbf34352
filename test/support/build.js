// Builds both packages into dist: the runtime first, because the generator's types come from it.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { createRequire } from "node:module";

const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");
for (const workspace of ["runtime", "generator"]) {
  rmSync(`${workspace}/dist`, { recursive: true, force: true });
  const { status } = spawnSync(process.execPath, [compiler, "-p", `${workspace}/tsconfig.build.json`], {
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
  console.log(`built ${workspace}/dist`);
}
