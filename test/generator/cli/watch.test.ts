import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { contractOf, project, readTree, start, write } from "./support.ts";

/** Real files and real events: how long they may take on a busy machine. */
const deadlineMs = 20_000;

/** A running `gen --watch`, and a wait for what it says or writes. */
interface Watching {
  readonly said: () => string;
  readonly until: (isThere: () => boolean, what: string) => Promise<void>;
  readonly stop: () => Promise<number | null>;
}

function watch(context: TestContext, folder: string): Watching {
  const child = start(folder, ["gen", "--watch"]);
  context.after(() => child.kill("SIGKILL"));
  let said = "";
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk) => {
      said += chunk;
      for (const listener of listeners) listener();
    });
  }
  const closed = new Promise<number | null>((done) => child.once("close", done));
  return {
    said: () => said,
    // It says something after each run, so that nothing needs to be polled.
    until: (isThere, what) =>
      new Promise((done, fail) => {
        const timer = setTimeout(() => fail(new Error(`${what} did not come; it said:\n${said}`)), deadlineMs);
        const look = (): void => {
          if (!isThere()) return;
          clearTimeout(timer);
          listeners.delete(look);
          done();
        };
        listeners.add(look);
        look();
      }),
    stop: () => {
      child.kill("SIGTERM");
      return closed;
    },
  };
}

test("--watch generates again on every change, and survives errors in contracts", async (context) => {
  const folder = project(context, { "contracts/a.yaml": contractOf("first") });
  const watching = watch(context, folder);
  const output = (): string => readTree(join(folder, "gen"))["a_http.ts"] ?? "";
  await watching.until(() => output().includes("first"), "the first output");

  write(folder, "contracts/a.yaml", contractOf("second"));
  await watching.until(() => output().includes("second"), "output of the change");

  write(folder, "contracts/a.yaml", "openapi: 9.0.0\n");
  await watching.until(() => watching.said().includes("unknown-version"), "the error");
  assert.ok(output().includes("second"));

  write(folder, "contracts/a.yaml", contractOf("third"));
  await watching.until(() => output().includes("third"), "output after the error");

  write(folder, "contracts/new/b.yaml", contractOf("fourth").replace("Things", "Others"));
  await watching.until(() => "new/b_http.ts" in readTree(join(folder, "gen")), "output of a new folder");
  assert.equal(await watching.stop(), 0);
});

test("--watch survives a contract directory that goes and comes, and follows the configuration", async (context) => {
  const folder = project(context, { "contracts/a.yaml": contractOf("first"), "trilogue.yaml": "out: gen\n" });
  const watching = watch(context, folder);
  const output = (name = "gen"): string => readTree(join(folder, name))["a_http.ts"] ?? "";
  await watching.until(() => output().includes("first"), "the first output");

  rmSync(join(folder, "contracts"), { recursive: true });
  await watching.until(() => /no-contract-folder|no-contracts/.test(watching.said()), "the error");
  write(folder, "contracts/a.yaml", contractOf("second"));
  await watching.until(() => output().includes("second"), "output after its return");

  writeFileSync(join(folder, "trilogue.yaml"), "out: [\n");
  await watching.until(() => watching.said().includes("invalid-config"), "the error of the configuration");
  writeFileSync(join(folder, "trilogue.yaml"), "out: made\n");
  await watching.until(() => output("made").includes("second"), "output in the other folder");
  assert.equal(await watching.stop(), 0);
});
