/** The import table and the limits that `tidy.test.ts` enforces. Exceptions only ever shrink. */

/** What each folder of the generator may import of ours; root files are named with their extension. */
export const generatorImports: Readonly<Record<string, readonly string[]>> = {
  source: [],
  diagnostics: ["source"],
  code: [],
  model: ["source"],
  load: ["source", "diagnostics"],
  policy: ["source", "diagnostics", "load", "model"],
  lower: ["source", "diagnostics", "load", "model", "policy"],
  check: ["source", "diagnostics", "model"],
  plan: ["source", "diagnostics", "model", "code"],
  emit: ["source", "plan", "code", "model"],
  config: ["source", "diagnostics", "load", "model", "policy"],
  "explain.ts": ["model", "diagnostics", "source"],
  "generate.ts": ["source", "diagnostics", "load", "policy", "lower", "check", "plan", "emit", "code", "model"],
  shell: ["generate.ts", "explain.ts", "config", "policy", "source", "diagnostics", "load", "model", "code"],
  "index.ts": ["generate.ts", "shell", "config", "diagnostics", "explain.ts", "source"],
  "cli.ts": ["generate.ts", "config", "shell", "diagnostics", "explain.ts"],
  "plugin.ts": ["generate.ts", "config", "shell", "diagnostics"],
};

const facts = ["descriptor", "error", "environment"];

/** Likewise for the runtime. */
export const runtimeImports: Readonly<Record<string, readonly string[]>> = {
  descriptor: [],
  error: [],
  environment: ["error"],
  telemetry: facts,
  policy: [...facts, "telemetry"],
  "store/store.ts": facts,
  "broker/broker.ts": facts,
  idempotency: [...facts, "telemetry", "policy", "store/store.ts", "call"],
  call: [...facts, "telemetry", "policy", "idempotency", "transport/transport.ts"],
  "transport/transport.ts": [...facts, "call"],
  client: [...facts, "telemetry", "policy", "idempotency", "call", "transport/transport.ts"],
  server: [...facts, "telemetry", "policy", "idempotency", "call", "store/store.ts", "http"],
  // The one mount that serves RPC beside HTTP.
  "server/node-rpc.ts": [...facts, "call", "rpc"],
  // The mount that writes headers to sockets.
  "server/node-http.ts": [...facts, "call", "http", "wire"],
  event: [...facts, "telemetry", "policy", "idempotency", "call", "store/store.ts", "broker/broker.ts", "wire"],
  wire: [...facts, "call"],
  http: [...facts, "call", "wire", "transport/transport.ts", "server/server.ts"],
  rpc: [...facts, "call", "wire", "transport/transport.ts", "server/server.ts"],
  transport: [...facts, "call", "wire", "http", "rpc", "transport/transport.ts", "server/server.ts"],
  broker: [...facts, "call", "broker/broker.ts"],
  store: [...facts, "call", "store/store.ts"],
  testing: [...facts, "call", "store/store.ts", "broker/broker.ts", "transport/transport.ts", "http", "server"],
  codegen: ["descriptor", "event", "rpc", "policy", "codegen"],
  "index.ts": [
    ...facts,
    "telemetry",
    "policy",
    "idempotency",
    "call",
    "client",
    "server",
    "event",
    "transport/transport.ts",
    "store/store.ts",
    "broker/broker.ts",
    "http",
  ],
};

/** Folders of the runtime that may import packages; everything else is the core and imports none. */
export const runtimePackages: Readonly<Record<string, readonly string[]>> = {
  rpc: ["@bufbuild/protobuf", "@connectrpc/connect"],
  codegen: ["@bufbuild/protobuf"],
  server: ["@connectrpc/connect", "@connectrpc/connect-node"],
  transport: ["@connectrpc/connect", "@connectrpc/connect-node"],
};

export const limits = { fileLines: 400, functionLines: 70, lineLength: 120 } as const;

/** Calls that only shells and adapters may make, and what to do instead. */
export const bannedCalls: readonly { readonly pattern: RegExp; readonly instead: string }[] = [
  { pattern: /\.localeCompare\(/, instead: "compare with <, so that the locale can't change the output" },
  { pattern: /\bDate\.now\(|\bnew Date\(\)/, instead: "take an Environment and call now() or monotonic()" },
  { pattern: /\bMath\.random\(/, instead: "take an Environment and call random()" },
  {
    pattern: /(?<![.\w])(?:setTimeout|setInterval|setImmediate)\(/,
    instead: "take an Environment and call setTimer() or schedule()",
  },
  { pattern: /\bperformance\.now\(/, instead: "take an Environment and call monotonic()" },
  { pattern: /(?<![.\w])process\.(?!versions)/, instead: "let the shell read the process and pass the value in" },
];

/** Files that are shells or adapters to the outside world. */
export const outsideFiles: readonly RegExp[] = [
  /^generator\/src\/(cli|plugin)\.ts$/,
  /^generator\/src\/shell\//,
  /^runtime\/src\/environment\/system\.ts$/,
  /^runtime\/src\/testing\/simulation[\w-]*\.ts$/,
  /^runtime\/src\/server\/node[\w-]*\.ts$/,
  /^runtime\/src\/transport\/node[\w-]*\.ts$/,
];
