import type { DescEnum, DescFile, DescMessage } from "@bufbuild/protobuf";
import type { CodeSymbol } from "../code/code.ts";
import { outputCollision } from "../diagnostics/catalogue/plan.ts";
import { createDiagnostic } from "../diagnostics/diagnostic.ts";
import type { Diagnostic, Outcome } from "../diagnostics/diagnostic.ts";
import type { EventContract, EventOperationModel } from "../model/event.ts";
import type { HttpContract, HttpOperationModel, HttpSecuritySchemeModel } from "../model/http.ts";
import type { Contract, Model } from "../model/model.ts";
import type { NamedType, Schema, TypeId } from "../model/schema.ts";
import type { SourceRange } from "../source/source-file.ts";
import { planNames } from "./names.ts";
import { modulePath } from "./paths.ts";
import type { ModuleKind } from "./paths.ts";
import { indexMessages } from "./messages.ts";
import { isPlainRef } from "./schema-facts.ts";
import { planValidators } from "./validators.ts";

/** Switches of the plan. */
export interface PlanOptions {
  /** Validators beside types and operations; default true. */
  readonly validators?: boolean;
  /** What int64 of JSON becomes; default `number`. */
  readonly int64?: "number" | "bigint";
  /** `external` leaves `_pb` modules to the user; default `own`. */
  readonly messages?: "own" | "external";
  /** Only what derives from protos is written: other modules are not planned. */
  readonly protosOnly?: boolean;
}

/** Which modules there will be, and what each exports. Everything that `emit` needs to know of the whole. */
export interface Plan {
  /** Sorted by path. */
  readonly modules: readonly PlannedModule[];
  /** The module that holds a document's types (and its service, for contracts), by the document's path. */
  readonly homes: ReadonlyMap<string, PlannedHome>;
  readonly types: ReadonlyMap<TypeId, PlannedType>;
  readonly services: ReadonlyMap<HttpContract | EventContract, PlannedService>;
  readonly operations: ReadonlyMap<HttpOperationModel | EventOperationModel, PlannedOperation>;
  /** `_validate` modules, sorted by path; empty when validators are switched off. */
  readonly validators: readonly PlannedValidatorModule[];
  /** Validators of inline schemas; ask `validatorFor`. */
  readonly inlineValidators: ReadonlyMap<Schema, CodeSymbol>;
  /** Where inline schemas have bigints; ask `int64For`. */
  readonly inlineInt64: ReadonlyMap<Schema, CodeSymbol>;
  /** Messages and enums of all protos and of what they import, by full name. */
  readonly messages: ReadonlyMap<string, DescMessage | DescEnum>;
  readonly isGenerated: (file: DescFile) => boolean;
}

/** An output module. */
export interface PlannedModule {
  /** Without extension. */
  readonly path: string;
  readonly kind: ModuleKind;
  /** Path of the contract or document it is made from. */
  readonly source: string;
}

/** The module of a document with JSON or Avro schemas. */
export interface PlannedHome {
  readonly module: string;
  readonly source: string;
  /** Its types, in the order they are printed. */
  readonly types: readonly NamedType[];
  /** Every name the module declares. */
  readonly declares: readonly string[];
}

/** A named type and its validator. */
export interface PlannedType {
  readonly symbol: CodeSymbol;
  readonly validator: CodeSymbol | undefined;
  /** Where its bigints are; undefined when it has none. */
  readonly int64: CodeSymbol | undefined;
}

/** The exports of a contract beside types and operations. */
export interface PlannedService {
  readonly module: string;
  /** The service constant: `Payments`. */
  readonly name: string;
  /** The interface of its operations: `PaymentsOperations`. */
  readonly operationsName: string;
  /** The list of its servers: `PaymentsServers`; empty when it has none. */
  readonly serversName: string;
  /** The interface of its security schemes: `PaymentsSecuritySchemes`; empty when it has none. */
  readonly schemesName: string;
  /** The constants of its security schemes: `bearerAuthScheme`. */
  readonly schemes: ReadonlyMap<HttpSecuritySchemeModel, string>;
  /** The second service of an OpenAPI document with webhooks or callbacks. */
  readonly webhooks?: Pick<PlannedService, "name" | "operationsName">;
}

/** The exports of one operation. */
export interface PlannedOperation {
  /** Its name in clients and handlers. */
  readonly localName: string;
  /** The exported constant; equal to `localName` unless that is taken or a reserved word. */
  readonly constant: string;
  /** `CreatePaymentInput`; HTTP only. */
  readonly input: string;
  /** `CreatePaymentResponse`; HTTP only. */
  readonly response: string;
  /** `OrderPlacedEvent`; events only. */
  readonly event: string;
}

/** The validators of one module. */
export interface PlannedValidatorModule {
  readonly module: string;
  readonly source: string;
  readonly validators: readonly PlannedValidator[];
}

/** One exported validator. */
export interface PlannedValidator {
  readonly name: string;
  readonly schema: Schema;
  /** The named type it belongs to; absent for inline schemas of operations. */
  readonly type?: TypeId;
  /** The name of the constant that says where bigints are. */
  readonly int64?: string;
}

/**
 * Decides on modules and exported names. The same contracts give the same plan, in whatever order they come.
 *
 * Reports two outputs of one path as errors, and names that had to give way as warnings.
 */
export function plan(model: Model, options: PlanOptions = {}): Outcome<Plan> {
  const diagnostics: Diagnostic[] = [];
  const names = planNames(model, diagnostics);
  const validators = options.validators === false ? undefined : planValidators(model, names, options);
  const homes = options.protosOnly === true ? [] : [...names.homes.values()];
  const modules = [
    ...schemaModules(model, homes, options.protosOnly === true ? [] : (validators?.modules ?? [])),
    ...protoModules(model, options),
  ].sort((left, right) => (left.path < right.path ? -1 : left.path > right.path ? 1 : 0));
  diagnostics.push(...findCollisions(modules, model));
  const generated = new Set(
    model.contracts.flatMap((contract) => (contract.kind === "rpc" ? [contract.file.proto.name] : [])),
  );
  const types = new Map(
    [...names.types].map(([id, symbol]) => [
      id,
      { symbol, validator: validators?.types.get(id), int64: validators?.int64.types.get(id) },
    ]),
  );
  const value: Plan = {
    modules,
    homes: names.homes,
    types,
    services: names.services,
    operations: names.operations,
    validators: validators?.modules ?? [],
    inlineValidators: validators?.inline ?? new Map<Schema, CodeSymbol>(),
    inlineInt64: validators?.int64.inline ?? new Map<Schema, CodeSymbol>(),
    messages: indexMessages(model),
    isGenerated: (file) => generated.has(file.proto.name),
  };
  return { value, diagnostics };
}

/** The validator of a schema as it is used by an operation; undefined when it has none to apply. */
export function validatorFor(schema: Schema, of: Plan): CodeSymbol | undefined {
  const inline = of.inlineValidators.get(schema);
  if (inline !== undefined || schema.ref === undefined) return inline;
  return of.types.get(schema.ref)?.validator;
}

/** What says where the bigints of a schema are, as an operation uses it; undefined when it has none. */
export function int64For(schema: Schema, of: Plan): CodeSymbol | undefined {
  return of.inlineInt64.get(schema) ?? (isPlainRef(schema) ? of.types.get(schema.ref as string)?.int64 : undefined);
}

function schemaModules(
  model: Model,
  homes: readonly PlannedHome[],
  validators: readonly PlannedValidatorModule[],
): readonly PlannedModule[] {
  const kinds = new Map<string, ModuleKind>();
  for (const contract of model.contracts) {
    if (contract.kind !== "rpc") kinds.set(contract.path, contract.kind === "http" ? "http" : "events");
  }
  return [
    ...homes.map(({ module, source }) => ({ path: module, kind: kinds.get(source) ?? "schema", source })),
    ...validators.map(({ module, source }) => ({ path: module, kind: "validate" as const, source })),
  ];
}

function protoModules(model: Model, options: PlanOptions): readonly PlannedModule[] {
  return model.contracts.flatMap((contract): readonly PlannedModule[] => {
    if (contract.kind !== "rpc") return [];
    const source = contract.path;
    const messages: PlannedModule = { path: modulePath(source, "pb"), kind: "pb", source };
    const services: PlannedModule = { path: modulePath(source, "rpc"), kind: "rpc", source };
    return [
      ...(options.messages === "external" ? [] : [messages]),
      ...(contract.services.length > 0 ? [services] : []),
    ];
  });
}

function findCollisions(modules: readonly PlannedModule[], model: Model): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const seen = new Map<string, PlannedModule>();
  for (const module of modules) {
    const key = module.path.normalize("NFC").toLowerCase();
    const other = seen.get(key);
    if (other === undefined) {
      seen.set(key, module);
      continue;
    }
    const range = placeOfDocument(module.source, model);
    const otherRange = placeOfDocument(other.source, model);
    const related = otherRange === undefined ? [] : [{ range: otherRange, message: "the other file" }];
    diagnostics.push(
      createDiagnostic(outputCollision, { path: `${module.path}.ts`, other: `${other.path}.ts` }, { range, related }),
    );
  }
  return diagnostics;
}

function placeOfDocument(path: string, model: Model): SourceRange | undefined {
  const contract = model.contracts.find((candidate: Contract) => candidate.path === path);
  if (contract?.at !== undefined) return contract.at;
  for (const type of model.types.values()) {
    if (type.home === path) return type.at;
  }
  return undefined;
}
