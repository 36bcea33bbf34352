import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import type { Row } from "./generate.ts";
import { median, rounds } from "./measure.ts";
import { installPeers, peerFile, requirePeer } from "./peers.ts";
import { invalidOrder, orderContract, orderSchema, validOrder } from "./validation/order.ts";

/** A validator: how it is run, and the code whose bundle is its size. */
interface Arm {
  readonly name: string;
  readonly check: (value: unknown) => boolean;
  readonly code: string | undefined;
  readonly needsEval: boolean;
}

/** Microseconds a check of the order, and what the validator adds to a bundle. */
export async function benchValidation(folder: string): Promise<readonly Row[]> {
  installPeers();
  const arms = [...(await ownArms(folder)), ...(await peerArms(folder))];
  const valid = Array.from({ length: 64 }, () => JSON.parse(JSON.stringify(validOrder())) as unknown);
  const invalid = Array.from({ length: 64 }, () => JSON.parse(JSON.stringify(invalidOrder())) as unknown);
  for (const { name, check } of arms) {
    if (!check(valid[0]) || (name !== "JSON.parse" && check(invalid[0]))) throw new Error(`${name} judges wrongly`);
  }
  const times = new Map(arms.map(({ name }) => [name, { valid: [] as number[], invalid: [] as number[] }]));
  for (let round = 0; round < rounds + 4; round++) {
    for (const { name, check } of arms) {
      const taken = { valid: time(check, valid), invalid: time(check, invalid) };
      if (round < 4) continue;
      times.get(name)?.valid.push(taken.valid);
      times.get(name)?.invalid.push(taken.invalid);
    }
  }
  const microseconds = (name: string, kind: "valid" | "invalid"): number => median(times.get(name)?.[kind] ?? []);
  const base = microseconds("ajv 8 standalone", "valid");
  const rows = arms.map(async ({ name, code, needsEval }): Promise<Row> => {
    const took = microseconds(name, "valid");
    const size = code === undefined ? "-" : await sizeOf(folder, code);
    const cells = [took.toFixed(2), (took / base).toFixed(2), microseconds(name, "invalid").toFixed(2)];
    return [name, ...cells, size, needsEval ? "yes" : "no"];
  });
  return [["what", "us valid", "to ajv", "us invalid", "kB min / gz", "eval"], ...(await Promise.all(rows))];
}

async function ownArms(folder: string): Promise<readonly Arm[]> {
  const contracts = join(folder, "order", "contracts");
  const out = join(folder, "order", "gen");
  mkdirSync(contracts, { recursive: true });
  writeFileSync(join(contracts, "orders.json"), JSON.stringify(orderContract()));
  const cli = join(folder, "node_modules", "trilogue", "bin", "trilogue.js");
  execFileSync(process.execPath, [cli, "gen", "--quiet", "--contracts", contracts, "--out", out]);
  const path = join(out, "orders_validate.ts");
  type Validator = (value: unknown, pointer?: string, issues?: object[]) => boolean;
  const { validateOrder } = (await import(pathToFileURL(path).href)) as { readonly validateOrder: Validator };
  const code = `export { validateOrder } from ${JSON.stringify(path)};`;
  const withIssues = (value: unknown): boolean => validateOrder(value, "", []);
  return [
    { name: "trilogue", check: (value) => validateOrder(value), code, needsEval: false },
    { name: "trilogue, all issues", check: withIssues, code, needsEval: false },
  ];
}

async function peerArms(folder: string): Promise<readonly Arm[]> {
  const ajv = await ajvStandalone(folder);
  const load = async (name: string): Promise<any> => import(pathToFileURL(requirePeer.resolve(name)).href);
  const zod = await load("zod");
  const { orderOf } = (await import("./validation/order-zod.js" as string)) as { orderOf(z: unknown): any };
  const order = orderOf(zod);
  const schema = JSON.stringify(orderSchema());
  const typebox = (await load("typebox/schema")).Compile(orderSchema());
  const orderZod = JSON.stringify(join(import.meta.dirname, "validation", "order-zod.js"));
  return [
    { name: "ajv 8 standalone", check: ajv.check, code: ajv.code, needsEval: false },
    {
      name: "typebox 1 Compile",
      check: (value) => typebox.Check(value) as boolean,
      code: `import { Compile } from "typebox/schema"; export const check = Compile(${schema});`,
      needsEval: true,
    },
    {
      name: "zod 4",
      check: (value) => order.safeParse(value).success as boolean,
      code: `import * as z from "zod"; import { orderOf } from ${orderZod}; export const order = orderOf(z);`,
      needsEval: true,
    },
    {
      name: "JSON.parse",
      check: (value) => JSON.parse(textOf(value)) !== undefined,
      code: undefined,
      needsEval: false,
    },
  ];
}

const texts = new WeakMap<object, string>();

function textOf(value: unknown): string {
  const known = texts.get(value as object);
  if (known !== undefined) return known;
  const text = JSON.stringify(value);
  texts.set(value as object, text);
  return text;
}

async function ajvStandalone(folder: string): Promise<Pick<Arm, "check" | "code">> {
  const Ajv = requirePeer("ajv/dist/2020.js").default;
  const standalone = requirePeer("ajv/dist/standalone/index.js").default;
  const ajv = new Ajv({ discriminator: false, strict: false, code: { source: true } });
  requirePeer("ajv-formats").default(ajv);
  const code = standalone(ajv, ajv.compile(orderSchema())) as string;
  const path = peerFile(".trilogue-ajv-order.cjs");
  writeFileSync(path, code);
  return { check: requirePeer(path) as Arm["check"], code };
}

function time(check: Arm["check"], values: readonly unknown[]): number {
  const count = 5_000;
  let passed = 0;
  const start = process.hrtime.bigint();
  for (let index = 0; index < count; index++) passed += check(values[index & 63]) ? 1 : 0;
  const nanoseconds = Number(process.hrtime.bigint() - start);
  if (passed > count) throw new Error("never: keeps the results in use");
  return nanoseconds / count / 1000;
}

async function sizeOf(folder: string, code: string): Promise<string> {
  const esbuild = requirePeer("esbuild");
  const { outputFiles } = await esbuild.build({
    stdin: { contents: code, resolveDir: code.includes("trilogue") ? folder : peerFile(".."), loader: "ts" },
    nodePaths: [peerFile()],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["import", "module", "default"],
    target: "es2022",
    write: false,
    logLevel: "error",
  });
  const bytes = outputFiles[0].contents as Uint8Array;
  return [bytes, gzipSync(bytes, { level: 9 })].map(({ length }) => (length / 1000).toFixed(1)).join(" / ");
}
