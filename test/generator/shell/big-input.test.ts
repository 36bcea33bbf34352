import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { root } from "../../support/source-tree.ts";
import { project, readTree, write } from "../cli/support.ts";

const sentence =
  "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore. ";
const schemas = 4000;
const maxHeapMiB = 1500;
const maxResidentMiB = 1500;

test("a JSON document of 50 MB is generated in bounded memory", async (context) => {
  await generatesWithin(context, "a.json", bigJson());
});

test("a YAML document of 50 MB is generated in bounded memory", async (context) => {
  await generatesWithin(context, "a.yaml", bigYaml());
});

async function generatesWithin(context: TestContext, name: string, text: string): Promise<void> {
  assert.ok(text.length > 50_000_000 && text.length < 64 * 1024 * 1024, `the test made ${text.length} bytes`);
  const folder = project(context);
  write(folder, `contracts/${name}`, text);
  const { exitCode, stdout, residentMiB } = await runMeasured(folder);
  assert.equal(exitCode, 0);
  assert.match(stdout, /^generated 3 files/);
  assert.match(readTree(join(folder, "gen"))["a_http.ts"] ?? "", /export interface Thing3999 \{/);
  assert.ok(residentMiB < maxResidentMiB, `took ${residentMiB} MiB, at most ${maxResidentMiB} are right`);
  context.diagnostic(`${name}: ${residentMiB} MiB resident`);
}

/** The command line in a process of its own that says at its end how much memory it had. */
async function runMeasured(folder: string): Promise<{ exitCode: number | null; stdout: string; residentMiB: number }> {
  const measure = `process.on("exit", () => process.stderr.write("resident " + process.resourceUsage().maxRSS + "\\n"))`;
  const child = spawn(
    process.execPath,
    [
      `--max-old-space-size=${maxHeapMiB}`,
      `--import=data:text/javascript,${encodeURIComponent(measure)}`,
      join(root, "generator/bin/trilogue.js"),
      ...["gen", "--contracts", "contracts", "--out", "gen"],
    ],
    { cwd: folder },
  );
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  const exitCode = await new Promise<number | null>((done) => child.once("close", done));
  const [, kibibytes] = /^resident (\d+)$/m.exec(stderr) ?? [];
  assert.ok(kibibytes !== undefined, stderr);
  return { exitCode, stdout, residentMiB: Math.round(Number(kibibytes) / 1024) };
}

function bigJson(): string {
  const entries = Array.from({ length: schemas }, (_entry, index): [string, object] => [
    `Thing${index}`,
    {
      type: "object",
      description: sentence.repeat(16),
      required: ["id"],
      properties: {
        id: { type: "string", maxLength: 40 },
        next: { $ref: `#/components/schemas/Thing${(index + 1) % schemas}` },
        kind: { type: "string", enum: ["a", "b", "c"] },
      },
      example: { list: Array.from({ length: 86 }, (_item, item) => ({ id: `${index}-${item}`, text: sentence })) },
    },
  ]);
  const content = { "application/json": { schema: { $ref: "#/components/schemas/Thing0" } } };
  return JSON.stringify({
    openapi: "3.1.0",
    info: { title: "Big", version: "1" },
    paths: { "/things": { get: { operationId: "get", responses: { 200: { description: "OK", content } } } } },
    components: { schemas: Object.fromEntries(entries) },
  });
}

function bigYaml(): string {
  const example = Array.from(
    { length: 81 },
    (_item, item) => `          - { id: "${item}", text: "${sentence}" }\n`,
  ).join("");
  const entry = (index: number): string => `    Thing${index}:
      type: object
      description: |
${`        ${sentence}\n`.repeat(16)}
      required: [id]
      properties:
        id: { type: string, maxLength: 40 }
        next: { $ref: "#/components/schemas/Thing${(index + 1) % schemas}" }
        kind: { type: string, enum: [a, b, c] }
      example:
        list:
${example}`;
  return `openapi: 3.1.0
info: { title: Big, version: "1" }
paths:
  /things:
    get:
      operationId: get
      responses:
        "200":
          description: OK
          content: { application/json: { schema: { $ref: "#/components/schemas/Thing0" } } }
components:
  schemas:
${Array.from({ length: schemas }, (_entry, index) => entry(index)).join("")}`;
}
