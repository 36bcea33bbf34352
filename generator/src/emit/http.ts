import { madeOnDemand } from "../code/build.ts";
import type { Code, CodeModule } from "../code/code.ts";
import { docComment } from "../code/doc-comment.ts";
import { call, expression } from "../code/literal.ts";
import type { LiteralValue } from "../code/literal.ts";
import { constStatement } from "../code/statement.ts";
import { literalType, reference } from "../code/type-tree.ts";
import type {
  HttpContract,
  HttpMediaTypeModel,
  HttpOperationModel,
  HttpParameterModel,
  HttpResponseModel,
} from "../model/http.ts";
import type { Schema } from "../model/schema.ts";
import { codecOf } from "../plan/media-type.ts";
import { int64For, validatorFor } from "../plan/plan.ts";
import type { PlannedHome, PlannedOperation, PlannedService } from "../plan/plan.ts";
import { isAnyText } from "../plan/schema-facts.ts";
import { checkedSchema } from "../plan/validators.ts";
import { placeOf } from "../source/source-file.ts";
import { operationTypes } from "./http-types.ts";
import { namedTypeStatements } from "./named-types.ts";
import { policyLiteral } from "./policy.ts";
import { runtimeSymbol } from "./runtime-symbols.ts";
import { schemesInterface, schemesLiteral, schemeStatements, securityLiteral } from "./security.ts";
import { ownServersLiteral, serversStatements } from "./servers.ts";
import { listPlanned, operationDoc, operationsInterface, operationsLiteral } from "./service.ts";
import type { PlannedEntry } from "./service.ts";
import type { TypeScope } from "./type-scope.ts";
import { shapeOf, shapeOfForm } from "./value-shape.ts";

/** The `_http` module of an OpenAPI document: types, one constant an operation, and the service made of them. */
export function emitHttp(contract: HttpContract, home: PlannedHome, scope: TypeScope): CodeModule {
  const service = scope.plan.services.get(contract);
  if (service === undefined) throw new Error(`internal: ${contract.path} is not planned`);
  const operations = listPlanned(contract.operations, scope.plan);
  const webhooks = listPlanned(contract.webhooks, scope.plan);
  const emitter: HttpEmitter = { contract, scope, service, localNames: localNamesOf(operations) };
  // Fallbacks stay within their own service; addresses of callbacks come from operations of the first.
  const hooks: HttpEmitter = { ...emitter, localNames: localNamesOf(webhooks), callers: emitter.localNames };
  const statements = madeOnDemand(function* () {
    yield* namedTypeStatements(home, scope);
    yield* serversStatements(contract, service);
    yield* schemeStatements(service);
    for (const { operation, planned } of operations) yield* operationStatements(operation, planned, emitter);
    yield* serviceStatements(service, operations, emitter);
    if (service.webhooks === undefined) return;
    for (const { operation, planned } of webhooks) yield* operationStatements(operation, planned, hooks);
    yield* serviceStatements({ ...service, ...service.webhooks }, webhooks, hooks);
  });
  return { path: home.module, source: home.source, declares: home.declares, statements };
}

function localNamesOf(operations: readonly PlannedEntry<HttpOperationModel>[]): ReadonlyMap<string, string> {
  return new Map(operations.map(({ operation, planned }) => [operation.name, planned.localName]));
}

interface HttpEmitter {
  readonly contract: HttpContract;
  readonly scope: TypeScope;
  readonly service: PlannedService;
  /** Operations as the contract names them, and as clients do. */
  readonly localNames: ReadonlyMap<string, string>;
  /** Set for webhooks and callbacks: the operations that callbacks belong to, likewise. */
  readonly callers?: ReadonlyMap<string, string>;
}

function operationStatements(
  operation: HttpOperationModel,
  planned: PlannedOperation,
  emitter: HttpEmitter,
): readonly Code[] {
  const { scope, contract } = emitter;
  const types = operationTypes(operation, planned, scope);
  const value: LiteralValue = {
    kind: "http",
    name: planned.localName,
    service: emitter.callers === undefined ? contract.fullName : contract.webhooksName,
    method: operation.method,
    path: operation.path,
    ...hookLiteral(operation, emitter),
    parameters:
      operation.parameters.length === 0
        ? undefined
        : operation.parameters.map((parameter) => parameterLiteral(parameter, scope)),
    body:
      operation.body === undefined
        ? undefined
        : {
            required: operation.body.required ? true : undefined,
            content: operation.body.content.map((media) => mediaLiteral(media, scope)),
          },
    responses: operation.responses.map((response) => responseLiteral(response, emitter)),
    servers: ownServersLiteral(operation.servers),
    security: securityLiteral(operation.security, emitter.service),
    policy: policyLiteral(operation.policy, emitter.localNames),
  };
  const items = pagedItems(operation);
  const type =
    items === undefined
      ? reference(runtimeSymbol("HttpOperation"), types.args)
      : reference(runtimeSymbol("PagedOperation"), [...types.args, literalType(items)]);
  return [...types.statements, constStatement(planned.constant, type, { value, doc: operationDoc(operation) })];
}

/** Where the items of a page stand, for operations that have pages. */
function pagedItems({ policy }: HttpOperationModel): string | undefined {
  const pagination = policy.literal["pagination"] as { readonly items?: string } | undefined;
  return pagination?.items;
}

/** What a webhook or callback says of itself in place of a path. */
function hookLiteral({ hook }: HttpOperationModel, emitter: HttpEmitter): { readonly [key: string]: LiteralValue } {
  if (hook === undefined) return {};
  if (hook.kind === "webhook") return { webhook: hook.name };
  const { name, operation, expression: address } = hook;
  const caller = emitter.callers?.get(operation) ?? emitter.localNames.get(operation) ?? operation;
  return { callback: { operation: caller, name, ...(address === undefined ? {} : { expression: address }) } };
}

/** What the runtime's `HttpParameter` takes for granted is left out. */
function parameterLiteral(parameter: HttpParameterModel, scope: TypeScope): LiteralValue {
  const { style, explode } = parameter;
  const usualStyle = parameter.in === "path" || parameter.in === "header" ? "simple" : "form";
  const shape = shapeOf(parameter.schema, scope.types);
  return {
    in: parameter.in,
    name: parameter.name,
    required: parameter.required ? true : undefined,
    style: style === usualStyle ? undefined : style,
    explode: explode === (style === "form" || style === "cookie") ? undefined : explode,
    allowReserved: parameter.allowReserved ? true : undefined,
    mediaType: parameter.mediaType,
    shape: shape.type === "string" ? undefined : shape,
    json: parameter.mediaType === undefined ? undefined : jsonLiteral(parameter.schema, scope),
    validate: isAnyText(parameter.schema) ? undefined : validatorLiteral(parameter.schema, scope),
  };
}

function linksLiteral({ links = [] }: HttpResponseModel, emitter: HttpEmitter): LiteralValue | undefined {
  if (links.length === 0) return undefined;
  const literal = Object.create(null) as { [name: string]: LiteralValue };
  for (const { name, operation, parameters, body } of links) {
    literal[name] = {
      operation: (emitter.callers ?? emitter.localNames).get(operation) ?? operation,
      parameters: parameters.map(({ in: place, name: own, value }) => ({ in: place, name: own, value })),
      body: body && { value: body.value },
    };
  }
  return literal;
}

function responseLiteral(response: HttpResponseModel, emitter: HttpEmitter): LiteralValue {
  const { scope } = emitter;
  return {
    status: /^\d{3}$/.test(response.status) ? Number(response.status) : response.status,
    headers:
      response.headers.length === 0 ? undefined : response.headers.map((header) => parameterLiteral(header, scope)),
    content: response.content.map((media) => mediaLiteral(media, scope)),
    links: linksLiteral(response, emitter),
  };
}

function mediaLiteral(media: HttpMediaTypeModel, scope: TypeScope): LiteralValue {
  const codec = codecOf(media);
  const checked = checkedSchema(media);
  return {
    mediaType: media.mediaType.toLowerCase(),
    codec,
    shape: shapeLiteral(media, codec, scope),
    json: checked === undefined || codec === "text" ? undefined : jsonLiteral(checked, scope),
    encoding: media.encoding === undefined || media.encoding.length === 0 ? undefined : encodingLiteral(media.encoding),
    validate: checked === undefined ? undefined : validatorLiteral(checked, scope),
  };
}

/** Forms are text all through; an event's data is text, unless its schema says more. */
function shapeLiteral(
  media: HttpMediaTypeModel,
  codec: ReturnType<typeof codecOf>,
  scope: TypeScope,
): LiteralValue | undefined {
  if (codec === "form" || codec === "multipart") {
    const styled = (media.encoding ?? []).filter(
      ({ style, explode, allowReserved }) => (style ?? explode ?? allowReserved) !== undefined,
    );
    const names = new Set(styled.map(({ property }) => property));
    return shapeOfForm(media.schema ?? { at: media.at }, scope.types, names);
  }
  return codec === "eventStream" && media.itemSchema !== undefined ? shapeOf(media.itemSchema, scope.types) : undefined;
}

function encodingLiteral(encoding: NonNullable<HttpMediaTypeModel["encoding"]>): LiteralValue {
  const literal = Object.create(null) as { [property: string]: LiteralValue };
  for (const { property, ...rest } of encoding) literal[property] = { ...rest };
  return literal;
}

/** How JSON with bigints is read and written. */
function jsonLiteral(schema: Schema, scope: TypeScope): LiteralValue | undefined {
  const shape = int64For(schema, scope.plan);
  return shape === undefined ? undefined : call(runtimeSymbol("bigintJson"), [expression(shape)], true);
}

function validatorLiteral(schema: Schema, scope: TypeScope): LiteralValue | undefined {
  const validator = validatorFor(schema, scope.plan);
  return validator === undefined ? undefined : expression(validator);
}

function serviceStatements(
  service: PlannedService,
  operations: readonly PlannedEntry<HttpOperationModel>[],
  { contract, callers }: HttpEmitter,
): readonly Code[] {
  const basePaths =
    callers !== undefined ||
    contract.basePaths.length === 0 ||
    (contract.basePaths.length === 1 && contract.basePaths[0] === "")
      ? undefined
      : contract.basePaths;
  const value: LiteralValue = {
    kind: "http",
    name: callers === undefined ? contract.fullName : contract.webhooksName,
    isUnaddressed: callers === undefined ? undefined : true,
    basePaths,
    securitySchemes: schemesLiteral(contract, service),
    operations: operationsLiteral(operations.map(({ planned }) => planned)),
  };
  const parts = service.schemesName === "" ? [service.operationsName] : [service.operationsName, service.schemesName];
  const type = reference(
    runtimeSymbol(callers === undefined ? "HttpService" : "HttpWebhooks"),
    parts.map((part) => reference(part)),
  );
  return [
    operationsInterface(service, operations),
    ...(callers === undefined ? schemesInterface(contract, service) : []),
    constStatement(service.name, type, {
      value,
      doc: docComment(callers === undefined ? contract.description : webhooksDoc(contract), {
        place: placeOf(contract.at),
      }),
    }),
  ];
}

function webhooksDoc(contract: HttpContract): string {
  return (
    `Webhooks and callbacks of ${contract.name}: clients send them to a subscriber, servers take them after ` +
    "`webhooksAt` has given them paths."
  );
}
