import { madeOnDemand } from "../code/build.ts";
import type { CodeModule, CodeSymbol } from "../code/code.ts";
import type { NamedType, Schema, TypeId } from "../model/schema.ts";
import { constStatement } from "../code/statement.ts";
import { reference } from "../code/type-tree.ts";
import { int64Shape } from "./int64-shape.ts";
import { runtimeSymbol } from "./runtime-symbols.ts";
import { wholeSubject, type ValidatorScope } from "./validate-code.ts";
import { compilePlain } from "./validate-plain.ts";
import { findRepeated, type RepeatedSchemas } from "./validate-repeated.ts";
import { compileKeywords, compilePredicate, compileSchema, declareValidator } from "./validate-schema.ts";

/** The validators of one output module, as the plan names them. */
export interface ValidatorModule {
  /** `payments/v1/openapi_validate`. */
  readonly module: string;
  /** Path of the contract, for the header. */
  readonly source: string;
  readonly validators: readonly { readonly name: string; readonly schema: Schema; readonly int64?: string }[];
}

/** What validators of all modules share. */
export interface ValidatorContext {
  readonly types: ReadonlyMap<TypeId, NamedType>;
  /** The exported validator of a named type; undefined where none is planned. */
  readonly validatorOf: (id: TypeId) => CodeSymbol | undefined;
  /** What says where the bigints of a named type are; undefined where there are none. */
  readonly int64Of?: (id: TypeId) => CodeSymbol | undefined;
  /** Whether `format` is checked; default true. */
  readonly checksFormats?: boolean;
}

/**
 * `_validate` modules: one exported function a schema, straight code, no compiling at start.
 *
 * They carry `@ts-nocheck`, because a type checker need not read megabytes of such code; parts that several checks
 * share are module constants and functions that aren't exported.
 */
export function emitValidators(modules: readonly ValidatorModule[], context: ValidatorContext): CodeModule[] {
  return modules.map((module) => emitModule(module, context));
}

function emitModule(module: ValidatorModule, context: ValidatorContext): CodeModule {
  const repeated = findRepeated(module.validators.map(({ schema }) => schema));
  const declares = new Set(
    module.validators.flatMap(({ name, int64 }) => (int64 === undefined ? [name] : [name, int64])),
  );
  return {
    path: module.module,
    source: module.source,
    pragmas: ["// @ts-nocheck"],
    declares,
    statements: madeOnDemand(function* () {
      const scope = createScope(context, repeated);
      for (const { name, schema, int64 } of module.validators) {
        scope.owner = name;
        scope.counter = 0;
        const body = compileKeywords(schema, wholeSubject, scope);
        // What the validator shares with later ones stands before it.
        yield* scope.statements.splice(0);
        yield declareValidator(name, body, true);
        if (int64 === undefined) continue;
        const { predicate } = scope;
        const shape = int64Shape(schema, { shapeOf: context.int64Of ?? (() => undefined), predicate }) ?? {};
        yield* scope.statements.splice(0);
        yield constStatement(int64, reference(runtimeSymbol("Int64Shape")), { value: shape });
      }
      for (const name of scope.hoisted.values()) declares.add(name);
    }),
  };
}

function createScope(context: ValidatorContext, repeated: RepeatedSchemas): ValidatorScope {
  const scope: ValidatorScope = {
    types: context.types,
    validatorOf: context.validatorOf,
    checksFormats: context.checksFormats !== false,
    hoisted: new Map(),
    statements: [],
    repeated,
    functions: new Map(),
    owner: "",
    counter: 0,
    compile: (schema, subject) => compileSchema(schema, subject, scope),
    plain: (schema, subject) => compilePlain(schema, subject, scope),
    predicate: (schema, value) => compilePredicate(schema, value, scope),
  };
  return scope;
}
