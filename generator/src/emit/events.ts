import { madeOnDemand } from "../code/build.ts";
import type { Code, CodeModule } from "../code/code.ts";
import { docComment } from "../code/doc-comment.ts";
import { call, expression } from "../code/literal.ts";
import type { Expression, LiteralValue } from "../code/literal.ts";
import { constStatement, typeStatement } from "../code/statement.ts";
import { keyword, literalType, objectType, reference, union } from "../code/type-tree.ts";
import type { TypeTree } from "../code/type-tree.ts";
import type { EventChannelModel, EventContract, EventMessageModel, EventOperationModel } from "../model/event.ts";
import { int64For, validatorFor } from "../plan/plan.ts";
import type { PlannedHome, PlannedOperation, PlannedService } from "../plan/plan.ts";
import { isAnyText } from "../plan/schema-facts.ts";
import { placeOf } from "../source/source-file.ts";
import { namedTypeStatements } from "./named-types.ts";
import { descriptorSymbol } from "./pb-names.ts";
import { policyLiteral } from "./policy.ts";
import { runtimeSymbol } from "./runtime-symbols.ts";
import { listPlanned, operationDoc, operationsInterface, operationsLiteral } from "./service.ts";
import { bytesType, type TypeScope } from "./type-scope.ts";
import { schemaType } from "./types.ts";

/** The `_events` module of an AsyncAPI document: types, one union and one constant an operation, and the service. */
export function emitEvents(contract: EventContract, home: PlannedHome, scope: TypeScope): CodeModule {
  const service = scope.plan.services.get(contract);
  if (service === undefined) throw new Error(`internal: ${contract.path} is not planned`);
  const operations = listPlanned(contract.operations, scope.plan);
  const emitter: EventEmitter = {
    contract,
    scope,
    localNames: new Map(operations.map(({ operation, planned }) => [operation.name, planned.localName])),
  };
  const statements = madeOnDemand(function* () {
    yield* namedTypeStatements(home, scope);
    for (const { operation, planned } of operations) yield* operationStatements(operation, planned, emitter);
    yield operationsInterface(service, operations);
    yield serviceStatement(
      service,
      operations.map(({ planned }) => planned),
      contract,
    );
  });
  return { path: home.module, source: home.source, declares: home.declares, statements };
}

interface EventEmitter {
  readonly contract: EventContract;
  readonly scope: TypeScope;
  readonly localNames: ReadonlyMap<string, string>;
}

function operationStatements(
  operation: EventOperationModel,
  planned: PlannedOperation,
  emitter: EventEmitter,
): readonly Code[] {
  const { contract, scope } = emitter;
  const { reply } = operation;
  const value: LiteralValue = {
    kind: "event",
    name: planned.localName,
    service: contract.fullName,
    action: operation.action,
    channel: channelLiteral(operation.channel),
    messages: operation.messages.map((message) => messageLiteral(message, scope)),
    bindings: operation.bindings as LiteralValue | undefined,
    reply:
      reply === undefined
        ? undefined
        : {
            channel: reply.channel === undefined ? undefined : channelLiteral(reply.channel),
            messages: reply.messages.map((message) => messageLiteral(message, scope)),
          },
    policy: policyLiteral(operation.policy, emitter.localNames),
  };
  const events = union(operation.messages.map((message) => eventType(message, scope)));
  const type = reference(runtimeSymbol("EventOperation"), [reference(planned.event)]);
  return [
    typeStatement(planned.event, events, docComment(`Messages of \`${planned.localName}\`.`)),
    constStatement(planned.constant, type, { value, doc: operationDoc(operation) }),
  ];
}

function eventType(message: EventMessageModel, scope: TypeScope): TypeTree {
  const doc = docComment(message.description ?? message.summary);
  const headers =
    message.headers === undefined
      ? []
      : [{ name: "headers", isOptional: isOptional(message, scope), type: schemaType(message.headers, scope) }];
  return objectType([
    { name: "type", isOptional: false, type: literalType(message.name), ...(doc === undefined ? {} : { doc }) },
    { name: "data", isOptional: false, type: payloadType(message, scope) },
    ...headers,
  ]);
}

/** Headers may be left out when none of them is required. */
function isOptional(message: EventMessageModel, scope: TypeScope): boolean {
  const pending = message.headers === undefined ? [] : [message.headers];
  const seen = new Set<object>();
  for (let schema = pending.pop(); schema !== undefined; schema = pending.pop()) {
    if (seen.has(schema)) continue;
    seen.add(schema);
    if (schema.required !== undefined && schema.required.length > 0) return false;
    const target = schema.ref === undefined ? undefined : scope.types.get(schema.ref)?.schema;
    pending.push(...(schema.allOf ?? []), ...(target === undefined ? [] : [target]));
  }
  return true;
}

function payloadType(message: EventMessageModel, scope: TypeScope): TypeTree {
  switch (message.format) {
    case "binary":
      return bytesType;
    case "text": {
      return message.payload === undefined || isAnyText(message.payload)
        ? keyword("string")
        : schemaType(message.payload, scope);
    }
    case "json":
    case "avro":
    case "protobuf":
    case "protobufJson":
      return message.payload === undefined ? keyword("unknown") : schemaType(message.payload, scope);
  }
}

function channelLiteral(channel: EventChannelModel): LiteralValue {
  return {
    name: channel.name,
    address: channel.address,
    parameters: channel.parameters.length === 0 ? undefined : channel.parameters,
    protocols: channel.protocols.length === 0 ? undefined : channel.protocols,
    bindings: channel.bindings as LiteralValue | undefined,
  };
}

function messageLiteral(message: EventMessageModel, scope: TypeScope): LiteralValue {
  const isChecked = message.payload !== undefined && (message.format === "json" || message.format === "text");
  const validator = isChecked && message.payload !== undefined ? validatorFor(message.payload, scope.plan) : undefined;
  const headers = message.headers === undefined ? undefined : validatorFor(message.headers, scope.plan);
  const headerShape = message.headers && int64For(message.headers, scope.plan);
  return {
    type: message.name,
    codec: codecCall(message, scope),
    validate: validator === undefined ? undefined : expression(validator),
    validateHeaders: headers === undefined ? undefined : expression(headers),
    jsonHeaders:
      headerShape === undefined ? undefined : call(runtimeSymbol("bigintJson"), [expression(headerShape)], true),
    id: message.id,
    correlationId: message.correlationId,
  };
}

/** The codec of a payload. The content type is named where it is not the codec's own. */
function codecCall(message: EventMessageModel, scope: TypeScope): Expression {
  const { contentType, payload } = message;
  const named = (own: string): readonly LiteralValue[] =>
    contentType === own || contentType === "" ? [] : [contentType];
  const schema = payload?.message === undefined ? undefined : scope.plan.messages.get(payload.message);
  if (message.format === "protobuf" || message.format === "protobufJson") {
    if (schema === undefined) return call(runtimeSymbol("binaryCodec"), named("application/octet-stream"), true);
    const codec = message.format === "protobuf" ? "protoCodec" : "protoJsonCodec";
    const own = message.format === "protobuf" ? "application/protobuf" : "application/json";
    return call(runtimeSymbol(codec), [expression(descriptorSymbol(schema, scope.plan, false)), ...named(own)], true);
  }
  switch (message.format) {
    case "json": {
      const shape = payload && int64For(payload, scope.plan);
      if (shape !== undefined)
        return call(runtimeSymbol("bigintJsonCodec"), [expression(shape), ...named("application/json")], true);
      return call(runtimeSymbol("jsonCodec"), named("application/json"), true);
    }
    case "text":
      return call(runtimeSymbol("textCodec"), named("text/plain"), true);
    case "binary":
      return call(runtimeSymbol("binaryCodec"), named("application/octet-stream"), true);
    case "avro":
      return call(
        runtimeSymbol("avroCodec"),
        [payload?.avro?.schema ?? '"bytes"', ...named("application/vnd.apache.avro")],
        true,
      );
  }
}

function serviceStatement(
  service: PlannedService,
  operations: readonly PlannedOperation[],
  contract: EventContract,
): Code {
  const value: LiteralValue = { kind: "event", name: contract.fullName, operations: operationsLiteral(operations) };
  const type = reference(runtimeSymbol("EventService"), [reference(service.operationsName)]);
  return constStatement(service.name, type, {
    value,
    doc: docComment(contract.description, { place: placeOf(contract.at) }),
  });
}
