import { symbol } from "../code/build.ts";
import type { CodeSymbol } from "../code/code.ts";
import type { EventContract } from "../model/event.ts";
import type { HttpContract, HttpMediaTypeModel, HttpOperationModel } from "../model/http.ts";
import type { Model } from "../model/model.ts";
import type { Schema, TypeId } from "../model/schema.ts";
import { createAllocator } from "./allocator.ts";
import { toPascalWords } from "./identifiers.ts";
import { codecOf } from "./media-type.ts";
import { createHasInt64, type HasInt64 } from "./int64.ts";
import type { PlannedNames } from "./names.ts";
import { modulePath } from "./paths.ts";
import type { PlannedOperation, PlannedValidator, PlannedValidatorModule } from "./plan.ts";
import { isAnything, isAnyText, isPlainRef } from "./schema-facts.ts";

/** Validators of named types and of the inline schemas that operations use. */
export interface PlannedValidators {
  readonly modules: readonly PlannedValidatorModule[];
  readonly types: ReadonlyMap<TypeId, CodeSymbol>;
  readonly inline: ReadonlyMap<Schema, CodeSymbol>;
  /** Where bigints are, of named types and of inline schemas that are read from JSON; none where all are numbers. */
  readonly int64: { readonly types: ReadonlyMap<TypeId, CodeSymbol>; readonly inline: ReadonlyMap<Schema, CodeSymbol> };
}

/** A schema that an operation checks, and what it is called after `validate`. */
interface Usage {
  readonly name: string;
  readonly schema: Schema;
  /** Whether its values are JSON, or have JSON in them. */
  readonly isJson: boolean;
}

/** Plans one function a named schema, in the file that defines it, and one an inline schema, beside its operation. */
export function planValidators(
  model: Model,
  names: PlannedNames,
  options: { readonly int64?: "number" | "bigint" } = {},
): PlannedValidators {
  const hasInt64: HasInt64 = options.int64 === "bigint" ? createHasInt64(model.types) : () => false;
  const int64 = { types: new Map<TypeId, CodeSymbol>(), inline: new Map<Schema, CodeSymbol>() };
  const types = new Map<TypeId, CodeSymbol>();
  const inline = new Map<Schema, CodeSymbol>();
  const modules: PlannedValidatorModule[] = [];
  const contracts = new Map(
    model.contracts.flatMap((contract) => (contract.kind === "rpc" ? [] : [[contract.path, contract] as const])),
  );
  for (const home of names.homes.values()) {
    const module = modulePath(home.source, "validate");
    const allocator = createAllocator();
    const validators: PlannedValidator[] = [];
    for (const type of home.types) {
      if (type.schema.message !== undefined) continue;
      const named = names.types.get(type.id);
      const name = allocator.take(`validate${capitalise(named?.name ?? "")}`, "");
      types.set(type.id, symbol(name, { module }, `validate${named?.alias ?? ""}`));
      const shape = hasInt64(type.schema) ? allocator.take(`int64${capitalise(named?.name ?? "")}`, "") : undefined;
      if (shape !== undefined) int64.types.set(type.id, symbol(shape, { module }, `int64${named?.alias ?? ""}`));
      validators.push({ name, schema: type.schema, type: type.id, ...(shape === undefined ? {} : { int64: shape }) });
    }
    const contract = contracts.get(home.source);
    for (const { name: wanted, schema, isJson } of contract === undefined ? [] : usagesOf(contract, names)) {
      if (inline.has(schema) || isPlainRef(schema) || isAnything(schema) || schema.message !== undefined) continue;
      const name = allocator.take(`validate${wanted}`, "");
      inline.set(schema, symbol(name, { module }));
      const shape = isJson && hasInt64(schema) ? allocator.take(`int64${wanted}`, "") : undefined;
      if (shape !== undefined) int64.inline.set(schema, symbol(shape, { module }));
      validators.push({ name, schema, ...(shape === undefined ? {} : { int64: shape }) });
    }
    if (validators.length > 0) modules.push({ module, source: home.source, validators });
  }
  return { modules, types, inline, int64 };
}

function usagesOf(contract: HttpContract | EventContract, names: PlannedNames): readonly Usage[] {
  if (contract.kind === "event") return eventUsages(contract);
  return [...contract.operations, ...contract.webhooks].flatMap((operation) => {
    const planned = names.operations.get(operation);
    return planned === undefined ? [] : httpUsages(operation, planned);
  });
}

function eventUsages(contract: EventContract): readonly Usage[] {
  const messages = contract.operations.flatMap((operation) => [
    ...operation.messages,
    ...(operation.reply?.messages ?? []),
  ]);
  return messages.flatMap((message) => {
    const stem = toPascalWords(message.name) || "Message";
    const isChecked = message.format === "json" || message.format === "text";
    return [
      ...(message.payload !== undefined && isChecked
        ? [{ name: `${stem}Payload`, schema: message.payload, isJson: message.format === "json" }]
        : []),
      ...(message.headers === undefined ? [] : [{ name: `${stem}Headers`, schema: message.headers, isJson: true }]),
    ];
  });
}

function httpUsages(operation: HttpOperationModel, planned: PlannedOperation): readonly Usage[] {
  const stem = toPascalWords(planned.localName);
  const usages: Usage[] = [];
  for (const parameter of operation.parameters) {
    if (isAnyText(parameter.schema)) continue;
    usages.push({
      name: `${stem}${toPascalWords(parameter.in)}${toPascalWords(parameter.name)}`,
      schema: parameter.schema,
      isJson: parameter.mediaType !== undefined,
    });
  }
  usages.push(...contentUsages(`${stem}Body`, operation.body?.content ?? []));
  for (const response of operation.responses) {
    const name = `${stem}Response${toPascalWords(response.status)}`;
    for (const header of response.headers) {
      if (!isAnyText(header.schema))
        usages.push({
          name: `${name}Header${toPascalWords(header.name)}`,
          schema: header.schema,
          isJson: header.mediaType !== undefined,
        });
    }
    usages.push(...contentUsages(name, response.content));
  }
  return usages;
}

function contentUsages(name: string, content: readonly HttpMediaTypeModel[]): readonly Usage[] {
  return content.flatMap((media, index) => {
    const schema = checkedSchema(media);
    return schema === undefined
      ? []
      : [
          {
            name: index === 0 ? name : `${name}${toPascalWords(media.mediaType)}`,
            schema,
            isJson: codecOf(media) !== "text",
          },
        ];
  });
}

/** What of a body is checked: the value, or each item of a stream; bytes are not. */
export function checkedSchema(media: HttpMediaTypeModel): Schema | undefined {
  switch (codecOf(media)) {
    case "binary":
      return undefined;
    case "eventStream":
      return media.itemSchema;
    case "jsonLines":
      return media.itemSchema;
    case "text":
      return media.schema === undefined || isAnyText(media.schema) || !isTextual(media.schema)
        ? undefined
        : media.schema;
    case "json":
    case "form":
    case "multipart":
      return media.schema;
  }
}

/** Text bodies of other formats (XML, YAML) may carry the schema of what the text stands for. */
function isTextual(schema: Schema): boolean {
  return schema.types?.every((type) => type === "string") === true;
}

function capitalise(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
