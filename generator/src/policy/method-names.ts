import { configMessages } from "../diagnostics/catalogue/config.ts";
import { createDiagnostic, type Diagnostic } from "../diagnostics/diagnostic.ts";
import { suggestName } from "../diagnostics/suggest.ts";
import { isArray, isObject, rangeOf, type JsonObject, type JsonValue } from "../source/json.ts";
import type { SourceRange } from "../source/source-file.ts";
import { showValue } from "./read-field.ts";

/** A name of a gRPC MethodConfig: a method, all methods of a service, or (both empty) the default. */
export interface MethodName {
  readonly service: string;
  readonly method: string;
  readonly range: SourceRange;
}

/** How a name matches a method: 2 by service and method, 1 by service, 0 as the default, undefined not at all. */
export function matchMethodName(name: MethodName, fullMethodName: string): 0 | 1 | 2 | undefined {
  if (name.service === "") return 0;
  const slash = fullMethodName.lastIndexOf("/");
  if (name.service !== fullMethodName.slice(0, slash)) return undefined;
  if (name.method === "") return 1;
  return name.method === fullMethodName.slice(slash + 1) ? 2 : undefined;
}

/** Reads the `name` list of a MethodConfig; what is no name is reported and left out. */
export function readMethodNames(config: JsonObject, at: SourceRange, diagnostics: Diagnostic[]): readonly MethodName[] {
  const list = config["name"];
  const listRange = rangeOf(config, "name") ?? at;
  if (!isArray(list)) {
    const expected = "a list of { service, method }";
    diagnostics.push(
      createDiagnostic(
        configMessages.invalidOverride,
        { path: "name", expected, found: showValue(list) },
        { range: listRange },
      ),
    );
    return [];
  }
  return list.flatMap((entry, index) => {
    const range = rangeOf(list, index) ?? listRange;
    const name = readMethodName(entry, range);
    if (typeof name !== "string") return [name];
    diagnostics.push(
      createDiagnostic(
        configMessages.invalidOverride,
        { path: `name[${index}]`, expected: name, found: showValue(entry) },
        { range },
      ),
    );
    return [];
  });
}

/** Names that stand twice in one file: which of their policies counts would be chance. */
export function findDuplicateNames(names: readonly MethodName[]): readonly Diagnostic[] {
  const first = new Map<string, MethodName>();
  return names.flatMap((name) => {
    const id = `${name.service}/${name.method}`;
    const earlier = first.get(id);
    if (earlier === undefined) {
      first.set(id, name);
      return [];
    }
    const related = [{ range: earlier.range, message: "named here first" }];
    return [
      createDiagnostic(configMessages.duplicateOverride, { name: describeName(name) }, { range: name.range, related }),
    ];
  });
}

/** Names that match none of the methods there are. */
export function findUnmatchedNames(names: readonly MethodName[], methods: readonly string[]): readonly Diagnostic[] {
  const known = new Set(methods.flatMap((method) => [method, `${method.slice(0, method.lastIndexOf("/"))}/`, "/"]));
  return names
    .filter(({ service, method }) => !known.has(`${service}/${method}`))
    .map((name) => {
      const near = suggestName(`${name.service}/${name.method}`, known);
      const suggestion = near?.replace(/\/$/, "");
      return createDiagnostic(
        configMessages.unmatchedOverride,
        { name: describeName(name), suggestion },
        { range: name.range },
      );
    });
}

function readMethodName(entry: JsonValue, range: SourceRange): MethodName | string {
  if (!isObject(entry)) return "{ service, method }";
  const { service = "", method = "" } = entry as { readonly service?: JsonValue; readonly method?: JsonValue };
  if (typeof service !== "string" || typeof method !== "string") return "names as strings";
  if (service === "" && method !== "") return 'a "service" beside "method"';
  return { service, method, range };
}

function describeName({ service, method }: MethodName): string {
  if (service === "") return "the default";
  return method === "" ? `service "${service}"` : `method "${service}/${method}"`;
}
