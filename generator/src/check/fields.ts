import type { DescMessage } from "@bufbuild/protobuf";
import type { Model } from "../model/model.ts";
import type { Schema } from "../model/schema.ts";

/** Whether a path leads to a field: `open` when the schema doesn't say. */
export type FieldAnswer = "yes" | "no" | "open";

/** Compositions are followed this deep. */
const maxDepth = 50;

/** Whether a JSON schema (or the proto message it stands for) has a field at a path. */
export function findField(model: Model, schema: Schema, path: readonly string[], depth: number = 0): FieldAnswer {
  const [name, ...rest] = path;
  if (name === undefined) return "yes";
  if (depth > maxDepth) return "open";
  const answers: FieldAnswer[] = [];
  if (schema.message !== undefined) answers.push(findInProto(model, schema.message, path));
  const target = schema.ref === undefined ? undefined : model.types.get(schema.ref);
  if (schema.ref !== undefined)
    answers.push(target === undefined ? "open" : findField(model, target.schema, path, depth + 1));
  const property = schema.properties?.find((candidate) => candidate.name === name);
  if (property !== undefined) return findField(model, property.schema, rest, depth + 1);
  if (schema.properties !== undefined || schema.additionalProperties?.always === false) answers.push("no");
  const extra = schema.additionalProperties;
  if (extra !== undefined && extra.always === undefined) answers.push(findField(model, extra, rest, depth + 1));
  if (schema.patternProperties !== undefined) answers.push("open");
  for (const part of [...(schema.allOf ?? []), ...(schema.oneOf ?? []), ...(schema.anyOf ?? [])]) {
    // The null of a nullable schema has no fields, which says nothing about the others.
    if (part.types?.length !== 1 || part.types[0] !== "null") answers.push(findField(model, part, path, depth + 1));
  }
  if (answers.includes("yes")) return "yes";
  if (answers.includes("no")) return answers.includes("open") ? "open" : "no";
  return isScalar(schema) ? "no" : "open";
}

/** Whether a proto message has a field at a path; names count as in the proto file and as in JSON. */
export function findProtoField(message: DescMessage, path: readonly string[]): FieldAnswer {
  const [name, ...rest] = path;
  if (name === undefined) return "yes";
  const field = message.fields.find(
    (candidate) => candidate.name === name || candidate.jsonName === name || candidate.localName === name,
  );
  if (field === undefined) return "no";
  if (rest.length === 0) return "yes";
  if (field.fieldKind === "message") return findProtoField(field.message, rest);
  return field.fieldKind === "map" ? "open" : "no";
}

function findInProto(model: Model, fullName: string, path: readonly string[]): FieldAnswer {
  const pending = model.contracts.flatMap((contract) => (contract.kind === "rpc" ? contract.file.messages : []));
  for (let message = pending.pop(); message !== undefined; message = pending.pop()) {
    if (message.typeName === fullName) return findProtoField(message, path);
    pending.push(...message.nestedMessages);
  }
  return "open";
}

function isScalar({ types }: Schema): boolean {
  return types !== undefined && types.every((type) => type !== "object" && type !== "array");
}
