import protobuf from "protobufjs";

/** What a name in a proto file stands for. */
export type ProtoSymbol = "message" | "group" | "enum";

/** A proto file that was parsed and not yet linked to what it imports. */
export interface ProtoText {
  readonly text: string;
  readonly package: string;
  readonly imports: readonly string[];
  readonly syntax: "proto2" | "proto3" | "2023" | "2024";
  /** The namespace of its package, as protobufjs reflects it. */
  readonly namespace: protobuf.NamespaceBase;
  /** Full names that it declares. */
  readonly symbols: ReadonlyMap<string, ProtoSymbol>;
  /** Whether `required` was left out of a proto3 file, which has no such label. */
  readonly hadRequired: boolean;
}

/** Why a text can't be read; the line counts from 1. */
export interface ProtoTextProblem {
  readonly reason: string;
  readonly line: number | undefined;
}

/** Proto texts in documents are refused beyond this many characters. */
const maxText = 1024 * 1024;

/** Comments and texts in quotes, or the label that proto3 doesn't have (kept by other readers of such payloads). */
const requiredLabel =
  /\/\/[^\n]*|\/\*[^]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\brequired(?=\s+[\w.]+\s+\w+\s*=)/g;

/** Reads the text of a proto file as leniently as protobufjs does. */
export function parseProtoText(text: string): ProtoText | ProtoTextProblem {
  if (text.length > maxText) return { reason: `it has more than ${maxText} characters`, line: undefined };
  const syntax = syntaxOf(text);
  if (syntax === undefined)
    return { reason: 'expected syntax "proto2" or "proto3", or edition "2023" or "2024"', line: 1 };
  let hadRequired = false;
  const readable =
    syntax !== "proto3"
      ? text
      : text.replace(requiredLabel, (found) => {
          if (found !== "required") return found;
          hadRequired = true;
          return " ".repeat(found.length);
        });
  let parsed: protobuf.IParserResult;
  try {
    parsed = protobuf.parse(readable, new protobuf.Root(), { keepCase: true, alternateCommentMode: true });
  } catch (error) {
    // The parser throws for every mistake, with the line in its message.
    const message = error instanceof Error ? error.message : String(error);
    const line = /\(line (\d+)\)$/.exec(message)?.[1];
    return { reason: message.replace(/ \(line \d+\)$/, ""), line: line === undefined ? undefined : Number(line) };
  }
  const name = parsed.package ?? "";
  const namespace = name === "" ? parsed.root : parsed.root.lookup(name);
  const found = namespace instanceof protobuf.Namespace ? namespace : parsed.root;
  const symbols = new Map<string, ProtoSymbol>();
  listSymbols(found, name, symbols);
  const imports = [...new Set([...(parsed.imports ?? []), ...(parsed.weakImports ?? [])])];
  return { text, package: name, imports, syntax, namespace: found, symbols, hadRequired };
}

/** `syntax` and `edition` stand before everything but comments; without either it is proto2. */
function syntaxOf(text: string): ProtoText["syntax"] | undefined {
  const start = text.replace(/^(?:\s|\/\/[^\n]*|\/\*[^]*?\*\/)+/, "");
  const declared = /^(?:syntax|edition)\s*=\s*["']([^"'\n]*)["']/.exec(start)?.[1] ?? "proto2";
  return (["proto2", "proto3", "2023", "2024"] as const).find((known) => known === declared);
}

function listSymbols(namespace: protobuf.NamespaceBase, scope: string, symbols: Map<string, ProtoSymbol>): void {
  for (const nested of namespace.nestedArray) {
    const fullName = scope === "" ? nested.name : `${scope}.${nested.name}`;
    if (nested instanceof protobuf.Enum) symbols.set(fullName, "enum");
    else if (nested instanceof protobuf.Type) {
      symbols.set(fullName, (nested as { readonly group?: boolean }).group === true ? "group" : "message");
      listSymbols(nested, fullName, symbols);
    }
  }
}
