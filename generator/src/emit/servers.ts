import type { Code } from "../code/code.ts";
import { docComment } from "../code/doc-comment.ts";
import type { LiteralValue } from "../code/literal.ts";
import { constStatement } from "../code/statement.ts";
import { keyword, literalType, objectType, reference, union } from "../code/type-tree.ts";
import type { TypeTree } from "../code/type-tree.ts";
import type { HttpContract, HttpOperationModel, HttpServerModel } from "../model/http.ts";
import type { PlannedService } from "../plan/plan.ts";
import { runtimeSymbol } from "./runtime-symbols.ts";

/** `PaymentsServers`: the servers as data, each with the types of its variables; nothing where there are none. */
export function serversStatements({ servers }: HttpContract, service: PlannedService): readonly Code[] {
  if (service.serversName === "") return [];
  const type: TypeTree = {
    kind: "tuple",
    elements: servers.map((server) => ({ type: serverType(server), mode: "required" })),
  };
  const doc = docComment(`Servers of \`${service.name}\`: data for \`serverUrl\` of \`@trilogue/runtime/http\`.`);
  return [constStatement(service.serversName, type, { value: servers.map(serverLiteral), doc })];
}

/** What an operation has in place of its document's servers. */
export function ownServersLiteral(servers: HttpOperationModel["servers"]): LiteralValue | undefined {
  if (servers === undefined) return undefined;
  const { list, basePaths, insteadOf } = servers;
  return { list: list.map(serverLiteral), basePaths, insteadOf };
}

function serverType({ variables }: HttpServerModel): TypeTree {
  const members = Object.entries(variables).map(([name, variable]) => ({
    name,
    isOptional: variable.default !== undefined,
    type: variable.enum === undefined ? keyword("string") : union(variable.enum.map((value) => literalType(value))),
  }));
  return reference(runtimeSymbol("HttpServer"), members.length === 0 ? [] : [objectType(members)]);
}

function serverLiteral({ url, name, description, variables }: HttpServerModel): LiteralValue {
  const literal = Object.create(null) as { [name: string]: LiteralValue };
  for (const [key, variable] of Object.entries(variables)) literal[key] = { ...variable };
  return { url, name, description, variables: Object.keys(variables).length === 0 ? undefined : literal };
}
