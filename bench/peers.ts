import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const folder = join(import.meta.dirname, "peers");

/** Installs the peers once, from their own lock file; they are no part of the workspace. */
export function installPeers(): void {
  if (existsSync(join(folder, "node_modules", ".package-lock.json"))) return;
  console.log("installing the peers of bench/peers");
  execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder, stdio: "inherit" });
}

/** Resolves packages as the peers do. */
export const requirePeer: NodeJS.Require = createRequire(join(folder, "package.json"));

/** A file of an installed peer. */
export function peerFile(...path: readonly string[]): string {
  return join(folder, "node_modules", ...path);
}

/** A generator to measure: what Node runs, for a document and an output folder. */
export interface Peer {
  readonly name: string;
  /** What it generates. */
  readonly makes: string;
  readonly args: (document: string, out: string) => readonly string[];
  /** Code that calls one operation of the output, for the bundle; undefined where none can be. */
  readonly oneCall?: (out: string, operation: OneOperation) => string;
  /** Rounds that are enough for what takes long; the bench's default otherwise. */
  readonly rounds?: number;
}

/** The operation that is bundled, by its names in the outputs. */
export interface OneOperation {
  readonly camel: string;
  readonly snake: string;
  readonly method: string;
  readonly path: string;
  /** How swagger-typescript-api groups it. */
  readonly dotted: string;
}

/** The peers with their default options, client and types first, then with validators. */
export const peers: readonly Peer[] = [
  {
    name: "openapi-typescript",
    makes: "types",
    args: (document, out) => [peerFile("openapi-typescript", "bin", "cli.js"), document, "-o", join(out, "schema.ts")],
  },
  heyApi("hey-api", "types, client", ["'@hey-api/client-fetch'", "'@hey-api/typescript'", "'@hey-api/sdk'"]),
  heyApi("hey-api + zod", "types, client, validators", [
    "'@hey-api/client-fetch'",
    "'@hey-api/typescript'",
    "{ name: '@hey-api/sdk', validator: true }",
    "'zod'",
  ]),
  {
    name: "orval",
    makes: "types, client",
    args: (document, out) => [peerFile("orval", "dist", "bin", "orval.mjs"), "--config", orvalConfig(document, out)],
    oneCall: (out, { camel }) => `import { ${camel} as call } from ${quoted(join(out, "api.ts"))};\n${run}`,
  },
  {
    name: "kubb",
    makes: "types, client, validators",
    args: (document, out) => [
      peerFile("@kubb", "cli", "bin", "kubb.cjs"),
      "generate",
      "--config",
      kubbConfig(document, out),
    ],
    oneCall: (out, { camel }) => `import { ${camel} as call } from ${quoted(join(out, "index.ts"))};\n${run}`,
    rounds: 3,
  },
  {
    name: "swagger-typescript-api",
    makes: "types, client",
    args: (document, out) => {
      const script = peerFile("swagger-typescript-api", "dist", "cli.mjs");
      return [script, "generate", "-p", document, "-o", out, "-n", "api.ts", "--silent"];
    },
    oneCall: (out, { dotted }) =>
      `import { Api } from ${quoted(join(out, "api.ts"))};\nconst api = new Api(); console.log(await api.${dotted}({}));`,
    rounds: 3,
  },
  redocly("redocly", "types, client", ["typescript"]),
  redocly("redocly + zod", "types, client, validators", ["typescript", "zod"]),
];

const run = "console.log(await call({} as never));";

function heyApi(name: string, makes: string, plugins: readonly string[]): Peer {
  return {
    name,
    makes,
    args: (document, out) => {
      const text = `export default { input: ${quoted(document)}, output: { path: ${quoted(out)} }, logs: { file: false, level: 'warn' }, plugins: [${plugins.join(", ")}] };\n`;
      return [peerFile("@hey-api", "openapi-ts", "bin", "run.js"), "-f", config(out, "hey-api.config.mjs", text)];
    },
    oneCall: (out, { camel }) => `import { ${camel} as call } from ${quoted(join(out, "sdk.gen.ts"))};\n${run}`,
  };
}

function redocly(name: string, makes: string, generators: readonly string[]): Peer {
  return {
    name,
    makes,
    args: (document, out) => [
      peerFile("@redocly", "cli", "bin", "cli.js"),
      "generate-client",
      document,
      "-o",
      join(out, "client.ts"),
      ...generators.flatMap((generator) => ["--generator", generator]),
    ],
    oneCall: (out, { snake }) => `import { ${snake} as call } from ${quoted(join(out, "client.ts"))};\n${run}`,
  };
}

function orvalConfig(document: string, out: string): string {
  const output = `{ target: ${quoted(join(out, "api.ts"))}, schemas: ${quoted(join(out, "model"))}, client: 'fetch', mode: 'split' }`;
  return config(
    out,
    "orval.config.mjs",
    `export default { api: { input: { target: ${quoted(document)} }, output: ${output} } };\n`,
  );
}

function kubbConfig(document: string, out: string): string {
  const imports = ["core#defineConfig", "plugin-oas#pluginOas", "plugin-ts#pluginTs", "plugin-client#pluginClient"];
  const lines = [...imports, "plugin-zod#pluginZod"].map((entry) => {
    const [file = "", name = ""] = entry.split("#");
    return `import { ${name} } from ${quoted(requirePeer.resolve(`@kubb/${file}`))};`;
  });
  const output = `{ path: ${quoted(out)}, clean: true, format: false, lint: false }`;
  const plugins = "[pluginOas({ validate: false }), pluginTs(), pluginZod(), pluginClient({ client: 'fetch' })]";
  const body = `export default defineConfig({ root: '.', input: { path: ${quoted(document)} }, output: ${output}, plugins: ${plugins} });`;
  return config(out, "kubb.config.mjs", `${[...lines, body].join("\n")}\n`);
}

/** Beside the output, since some generators empty that first. */
function config(out: string, name: string, text: string): string {
  const path = `${out}.${name}`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
