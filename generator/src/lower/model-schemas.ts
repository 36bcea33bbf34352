import type { EventMessageModel } from "../model/event.ts";
import type { HttpMediaTypeModel, HttpOperationModel, HttpParameterModel } from "../model/http.ts";
import type { Contract } from "../model/model.ts";
import type { Schema, TypeId } from "../model/schema.ts";
import type { Types } from "./schema-in-place.ts";
import { mapList, visitParts } from "./schema-parts.ts";

/** Where an operation uses a schema: as a parameter or header, or as a body (or an item of it) of a media type. */
export interface SchemaUse {
  readonly side: "request" | "response";
  /** Absent for parameters and headers. */
  readonly media?: HttpMediaTypeModel;
}

/** The operation with each schema that it uses replaced; the same object when none changes. */
export function mapOperation(
  operation: HttpOperationModel,
  map: (schema: Schema, use: SchemaUse) => Schema,
): HttpOperationModel {
  const mapParameter = (parameter: HttpParameterModel, side: SchemaUse["side"]): HttpParameterModel => {
    const schema = map(parameter.schema, { side });
    return schema === parameter.schema ? parameter : { ...parameter, schema };
  };
  const mapMedia = (media: HttpMediaTypeModel, side: SchemaUse["side"]): HttpMediaTypeModel => {
    const schema = media.schema && map(media.schema, { side, media });
    const itemSchema = media.itemSchema && map(media.itemSchema, { side, media });
    if (schema === media.schema && itemSchema === media.itemSchema) return media;
    return {
      ...media,
      ...(schema === undefined ? {} : { schema }),
      ...(itemSchema === undefined ? {} : { itemSchema }),
    };
  };
  const parameters = mapList(operation.parameters, (parameter) => mapParameter(parameter, "request"));
  const content = mapList(operation.body?.content, (media) => mapMedia(media, "request"));
  const responses = mapList(operation.responses, (response) => {
    const headers = mapList(response.headers, (header) => mapParameter(header, "response"));
    const bodies = mapList(response.content, (media) => mapMedia(media, "response"));
    return headers === response.headers && bodies === response.content
      ? response
      : { ...response, headers, content: bodies };
  });
  if (parameters === operation.parameters && content === operation.body?.content && responses === operation.responses) {
    return operation;
  }
  return {
    ...operation,
    parameters,
    responses,
    ...(operation.body === undefined || content === undefined ? {} : { body: { ...operation.body, content } }),
  };
}

/** The schemas that an operation uses, in order. */
export function schemasOf(operation: HttpOperationModel, side: SchemaUse["side"]): readonly Schema[] {
  const found: Schema[] = [];
  mapOperation(operation, (schema, use) => {
    if (use.side === side) found.push(schema);
    return schema;
  });
  return found;
}

/** The schemas that an event contract uses; none for other kinds. */
export function eventSchemasOf(contract: Contract): readonly Schema[] {
  if (contract.kind !== "event") return [];
  const messages = contract.operations.flatMap((operation): readonly EventMessageModel[] => [
    ...operation.messages,
    ...(operation.reply?.messages ?? []),
  ]);
  return messages.flatMap(({ payload, headers }) => [payload, headers].filter((schema) => schema !== undefined));
}

/** The types that a schema names, at any depth but not through them. */
export function refsOf(schema: Schema): readonly TypeId[] {
  const found: TypeId[] = [];
  const pending: Schema[] = [schema];
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    if (part.ref !== undefined) found.push(part.ref);
    for (const { type } of part.discriminator?.mapping ?? []) found.push(type);
    if (part.discriminator?.defaultType !== undefined) found.push(part.discriminator.defaultType);
    visitParts(part, (inner) => pending.push(inner));
  }
  return found;
}

/** The types that can be reached from schemas. */
export function reachTypes(schemas: readonly Schema[], types: Types): ReadonlySet<TypeId> {
  const reached = new Set<TypeId>();
  const pending = schemas.flatMap(refsOf);
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    if (reached.has(id)) continue;
    reached.add(id);
    const type = types.get(id);
    if (type !== undefined) pending.push(...refsOf(type.schema));
  }
  return reached;
}
