import type { ProtoHint } from "../diagnostics/catalogue/proto.ts";
import { suggestName } from "../diagnostics/suggest.ts";
import { fieldsByPath, groupsByPath, listMembers, policyFields } from "../policy/shape.ts";
import type { SourceRange } from "../source/source-file.ts";

/** Compilers know nothing of policies and missing semicolons: what else their finding tells; undefined for nothing. */
export function findProtoHint(message: string, range: SourceRange | undefined): ProtoHint | undefined {
  if (range === undefined) return undefined;
  return findMissingImport(message, range) ?? findPolicyField(message, range) ?? findMissingSemicolon(message, range);
}

/** buf: `cannot find "trilogue.v1.policy"`; protoc: `option "(trilogue.v1.policy)" unknown`. */
function findMissingImport(message: string, { file }: SourceRange): ProtoHint | undefined {
  if (importsPolicy(file.text)) return undefined;
  return /"\(?\.?trilogue\.v1\.(?:(?:service_|file_)?policy)\b/.test(message) ? { kind: "import" } : undefined;
}

function importsPolicy(text: string): boolean {
  return /^\s*import\s+(?:\w+\s+)?["']trilogue\/v1\/policy\.proto["']/m.test(text);
}

function findPolicyField(message: string, range: SourceRange): ProtoHint | undefined {
  const inMessage =
    /message field "(?<field>\w+)" in "trilogue\.v1\.(?<type>\w+)"/.exec(message) ??
    /"trilogue\.v1\.(?<type>\w+)" has no field named "(?<field>\w+)"/.exec(message);
  if (inMessage?.groups !== undefined) return describeField(inMessage.groups["type"], inMessage.groups["field"]);
  const [, type] = /cannot resolve message field name for "trilogue\.v1\.(\w+)"/.exec(message) ?? [];
  if (type !== undefined) {
    const [field] = /^\w+/.exec(range.file.text.slice(range.start, range.start + maxName)) ?? [];
    return describeField(type, field);
  }
  const [, path] = /option "\(\.?trilogue\.v1\.(?:service_|file_)?policy\)\.([\w.]+)" unknown/.exec(message) ?? [];
  return path === undefined ? undefined : describePath(path);
}

/** Field names beyond this many characters are nobody's typing mistake. */
const maxName = 100;

/** The messages of policy.proto with the group of the policy that each holds. */
const groupsByType: ReadonlyMap<string, string> = new Map([
  ["Policy", ""],
  ...[...groupsByPath.keys()].map((path): [string, string] => [typeOf(path), path]),
]);

function typeOf(path: string): string {
  const name = path.slice(path.lastIndexOf(".") + 1);
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function describeField(type: string | undefined, field: string | undefined): ProtoHint | undefined {
  const known = type === undefined ? undefined : membersOf(type);
  if (type === undefined || field === undefined || known === undefined) return undefined;
  return { kind: "field", field, type, suggestion: suggestName(field, known), known };
}

/** The first name of a path such as `retry.max_attempt` that is none. */
function describePath(path: string): ProtoHint | undefined {
  let type = "Policy";
  for (const field of path.slice(0, maxName).split(".")) {
    if (membersOf(type)?.includes(field) !== true) return describeField(type, field);
    type = typeOf(toCamelCase(field));
  }
  return undefined;
}

function membersOf(type: string): readonly string[] | undefined {
  if (type === "Emit") {
    const emits = fieldsByPath.get("emits")?.type;
    return emits?.kind === "objects" ? emits.fields.map(({ name }) => toSnakeCase(name)) : undefined;
  }
  const group = groupsByType.get(type);
  if (group === undefined) return undefined;
  const members = listMembers(group).filter((name) => !isForHttpAlone(group === "" ? name : `${group}.${name}`));
  return [...members, ...(group === "" ? ["reset"] : [])].map(toSnakeCase);
}

function isForHttpAlone(path: string): boolean {
  return policyFields
    .filter((field) => field.path === path || field.path.startsWith(`${path}.`))
    .every(({ kinds }) => kinds.join() === "http");
}

function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function toCamelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());
}

/** A syntax error at the first word of a line, after a line that ends as no statement does. */
function findMissingSemicolon(message: string, { file, start }: SourceRange): ProtoHint | undefined {
  if (!/^(?:unexpected|expected|syntax error)\b/i.test(message)) return undefined;
  const lines = file.text.slice(0, start).split("\n");
  if (lines.pop()?.trim() !== "") return undefined;
  const before = lines.map((line) => line.replace(/\/\/.*$/, "").trim()).findLast((line) => line !== "");
  return before === undefined || /(?:[;{}[(,=]|\*\/)$/.test(before) ? undefined : { kind: "semicolon" };
}
