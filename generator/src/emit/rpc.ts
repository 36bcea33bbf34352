import type { DescMethod } from "@bufbuild/protobuf";
import { hardLine, indent, join, lines } from "../code/build.ts";
import type { Code, CodeModule } from "../code/code.ts";
import { docComment, documented } from "../code/doc-comment.ts";
import { expression, type LiteralValue } from "../code/literal.ts";
import { constStatement } from "../code/statement.ts";
import { propertyKey, quote } from "../code/text.ts";
import { reference, typeOf } from "../code/type-tree.ts";
import type { RpcContract, RpcOperationModel, RpcServiceModel } from "../model/rpc.ts";
import { descriptorSymbol, safeIdentifier, type PbImports } from "./pb-names.ts";
import { runtimeSymbol } from "./runtime-symbols.ts";

const streams = {
  unary: { stream: "unary", type: "Unary" },
  server_streaming: { stream: "serverStream", type: "ServerStream" },
  client_streaming: { stream: "clientStream", type: "ClientStream" },
  bidi_streaming: { stream: "bidiStream", type: "BidiStream" },
} as const;

/** The `_rpc` module of a proto file: one constant an operation, one a service; undefined without services. */
export function emitRpc(contract: RpcContract, imports: PbImports): CodeModule | undefined {
  if (contract.services.length === 0) return undefined;
  const names = nameRpc(contract);
  const statements = contract.services.flatMap((service) => serviceStatements(service, { contract, imports, names }));
  return { path: rpcModuleOf(contract), source: contract.path, declares: [...names.all], statements };
}

/** Module of a file's services: `inventory/v1/inventory.proto` -> `inventory/v1/inventory_rpc`. */
export function rpcModuleOf(contract: RpcContract): string {
  return `${contract.file.name}_rpc`;
}

/** Names that an `_rpc` module declares. */
export interface RpcNames {
  readonly all: ReadonlySet<string>;
  readonly services: ReadonlyMap<RpcServiceModel, { readonly constant: string; readonly operations: string }>;
  readonly operations: ReadonlyMap<RpcOperationModel, string>;
}

/**
 * Names of services first, under which clients know them, then operations. Operations whose names meet in the file all
 * get their service's name in front; what still collides gets a `$`.
 */
export function nameRpc(contract: RpcContract): RpcNames {
  const all = new Set<string>();
  const take = (ideal: string): string => {
    let name = safeIdentifier(ideal);
    for (let count = 1; all.has(name); count++) name = `${ideal}$${count}`;
    all.add(name);
    return name;
  };
  const services = new Map(
    contract.services.map((service) => [
      service,
      {
        constant: take(identifier(service.service.name)),
        operations: take(`${identifier(service.service.name)}Operations`),
      },
    ]),
  );
  const counts = new Map<string, number>();
  for (const { operations } of contract.services) {
    for (const { method } of operations) counts.set(method.localName, (counts.get(method.localName) ?? 0) + 1);
  }
  const operations = new Map<RpcOperationModel, string>();
  for (const { service, operations: ofService } of contract.services) {
    for (const operation of ofService) {
      const { localName, name } = operation.method;
      const isUnique = counts.get(localName) === 1;
      const prefix = service.name.charAt(0).toLowerCase() + service.name.slice(1);
      operations.set(
        operation,
        take(identifier(isUnique ? localName : prefix + name.charAt(0).toUpperCase() + name.slice(1))),
      );
    }
  }
  return { all, services, operations };
}

interface Emitter {
  readonly contract: RpcContract;
  readonly imports: PbImports;
  readonly names: RpcNames;
}

function serviceStatements(model: RpcServiceModel, emitter: Emitter): readonly Code[] {
  const names = emitter.names.services.get(model);
  if (names === undefined) throw new Error(`internal: ${model.service.typeName} has no name`);
  const { service } = model;
  const isDeprecated = service.deprecated || emitter.contract.file.deprecated;
  const docs = emitter.contract.docs.get(service);
  const value: LiteralValue = {
    kind: "rpc",
    name: service.typeName,
    operations: Object.fromEntries(
      model.operations.map((operation) => [operation.method.localName, expression(nameOf(operation, emitter))]),
    ),
  };
  const type = reference(runtimeSymbol("RpcService"), [reference(names.operations)]);
  const doc = docComment(docs?.text === "" ? `The service ${service.typeName}.` : docs?.text, {
    ...placeOf(docs?.line, emitter),
    isDeprecated,
  });
  return [
    ...model.operations.map((operation) => operationStatement(operation, emitter)),
    operationsInterface(model, names.operations, emitter),
    constStatement(names.constant, type, { value, doc }),
  ];
}

function operationStatement(operation: RpcOperationModel, emitter: Emitter): Code {
  const { method, policy } = operation;
  const { stream, type } = streams[method.methodKind];
  const service = descriptorSymbol(method.parent, emitter.imports, false);
  const value: LiteralValue = {
    kind: "rpc",
    name: method.localName,
    service: method.parent.typeName,
    stream,
    method: expression(["/*@__PURE__*/ ", service, ...["method", method.localName].map(memberAccess)]),
    policy: policy.literal as LiteralValue,
  };
  const args = [method.input, method.output].map((message) => typeOf(descriptorSymbol(message, emitter.imports, true)));
  return constStatement(nameOf(operation, emitter), reference(runtimeSymbol(type), args), {
    value,
    doc: operationDoc(method, emitter),
  });
}

/** Members repeat the docs, because this is where editors look when a client is hovered. */
function operationsInterface(model: RpcServiceModel, name: string, emitter: Emitter): Code {
  const members = model.operations.map((operation) =>
    documented(
      operationDoc(operation.method, emitter),
      `readonly ${propertyKey(operation.method.localName)}: typeof ${nameOf(operation, emitter)};`,
    ),
  );
  const body: Code = members.length === 0 ? "{}" : ["{", indent([hardLine, join(hardLine, members)]), hardLine, "}"];
  return lines([`/** Operations of \`${model.service.name}\`. */`, [`export interface ${name} `, body]]);
}

function operationDoc(method: DescMethod, emitter: Emitter): Code | undefined {
  const docs = emitter.contract.docs.get(method);
  return docComment(docs?.text, { ...placeOf(docs?.line, emitter), isDeprecated: method.deprecated });
}

function placeOf(line: number | undefined, { contract }: Emitter): { readonly place?: string } {
  return line === undefined || line === 0 ? {} : { place: `${contract.path}:${line}` };
}

function nameOf(operation: RpcOperationModel, { names }: Emitter): string {
  const name = names.operations.get(operation);
  if (name === undefined) throw new Error(`internal: ${operation.method.toString()} has no name`);
  return name;
}

function memberAccess(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${quote(name)}]`;
}

/** Descriptors allow names that begin with a digit; identifiers do not. */
function identifier(name: string): string {
  return /^\d/.test(name) ? `_${name}` : name;
}
