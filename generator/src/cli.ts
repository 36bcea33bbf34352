import { parseArgs } from "node:util";
import { suggestName } from "./diagnostics/suggest.ts";
import { runExplainCommand } from "./shell/command-explain.ts";
import { runGenCommand } from "./shell/command-gen.ts";
import { createTerminal, reportBug, type Terminal } from "./shell/terminal.ts";
import { toolVersion } from "./shell/version.ts";

const help = `trilogue: typed clients, servers and event handlers from proto, OpenAPI and AsyncAPI contracts

Usage
  trilogue gen [options]                generate code
  trilogue explain [OPERATION]          show the effective policy, every value with its origin

Options
  --contracts DIR        contract directory; may be repeated (default: contracts, or as trilogue.yaml says)
  --out DIR              where code goes (default: gen, or as trilogue.yaml says; needed with --contracts)
  --config FILE          configuration (default: trilogue.yaml, where there is one)
  --descriptor-set FILE  compiled protos (google.protobuf.FileDescriptorSet) instead of calling buf or protoc
  --import-extension EXT ts or js, how generated files import each other (default: by the nearest tsconfig.json)
  --messages WHO         own, or external: leave _pb files to protoc-gen-es (default: own)
  --check                gen: write nothing, fail when what is on disk is not what would be written
  --watch                gen: generate again on every change, until stopped
  --json                 machine-readable output
  --quiet                errors only
  --help, --version

Exit code
  0 good; 1 the contracts have errors, the output is stale, or the operation is unknown; 2 wrong usage;
  3 a bug in trilogue

Examples
  trilogue gen --contracts contracts --out src/gen
  trilogue gen --check
  trilogue explain payments.v1.Payments/createCharge

Where the keys are described
  x-trilogue in OpenAPI, AsyncAPI   node_modules/trilogue/schema/x-trilogue.schema.json
  trilogue.yaml                     node_modules/trilogue/schema/trilogue.schema.json
  options in protos                 node_modules/trilogue/proto/trilogue/v1/policy.proto
`;

const commands = ["gen", "explain", "help"];

const optionTypes = {
  contracts: { type: "string", multiple: true },
  out: { type: "string" },
  config: { type: "string" },
  "descriptor-set": { type: "string" },
  "import-extension": { type: "string" },
  messages: { type: "string" },
  check: { type: "boolean" },
  watch: { type: "boolean" },
  json: { type: "boolean" },
  quiet: { type: "boolean" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" },
} as const;

/** Runs one command line (without `node` and the script) and resolves to the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    return refuse(describeBadArguments(args, error));
  }
  const { values, positionals } = parsed;
  const terminal = createTerminal({ json: values.json === true, quiet: values.quiet === true });
  try {
    return await runCommand(values, positionals, terminal);
  } catch (error) {
    reportBug(error, terminal);
    return 3;
  }
}

async function runCommand(
  values: ReturnType<typeof parse>["values"],
  [command, ...operands]: readonly string[],
  terminal: Terminal,
): Promise<number> {
  if (values.version === true) {
    terminal.out(`${toolVersion()}\n`);
    return 0;
  }
  if (values.help === true || command === "help") {
    terminal.out(help);
    return 0;
  }
  switch (command) {
    case "gen":
      return operands.length > 0
        ? refuse(`gen takes no operand, found ${JSON.stringify(operands[0])}`)
        : runGenCommand(values, terminal);
    case "explain":
      if (values.check === true || values.watch === true) return refuse("explain takes neither --check nor --watch");
      return operands.length > 1
        ? refuse("explain takes one operation at most")
        : runExplainCommand(values, { operation: operands[0], terminal });
    case undefined:
      return refuse("a command is missing");
    default:
      return refuse(`there is no command ${JSON.stringify(command)}${didYouMean(nearestCommand(command))}`);
  }
}

function parse(args: readonly string[]) {
  return parseArgs({ args: [...args], options: optionTypes, allowPositionals: true, strict: true });
}

/** Node's text goes on for paragraphs and knows no options to suggest. */
function describeBadArguments(args: readonly string[], error: unknown): string {
  const options: Readonly<Record<string, { readonly type: "string" | "boolean" }>> = optionTypes;
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  for (const token of tokens) {
    if (token.kind !== "option" || Object.hasOwn(options, token.name)) continue;
    const near = suggestName(token.name, Object.keys(options));
    return `unknown option ${token.rawName}${didYouMean(near === undefined ? undefined : `--${near}`)}`;
  }
  const [reason = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  return reason;
}

function nearestCommand(command: string): string | undefined {
  return commands.find((name) => command.startsWith(name)) ?? suggestName(command, commands);
}

function didYouMean(suggestion: string | undefined): string {
  return suggestion === undefined ? "" : `; did you mean ${suggestion}?`;
}

function refuse(reason: string): number {
  process.stderr.write(`trilogue: ${reason}\nRun trilogue --help to see what there is.\n`);
  return 2;
}
