import {
  keyedStreamedBody,
  optionalKey,
  orderedWithoutKey,
  undeclaredKeyHeader,
  unknownField,
} from "../diagnostics/catalogue/check.ts";
import { createDiagnostic, type Diagnostic } from "../diagnostics/diagnostic.ts";
import { suggestName } from "../diagnostics/suggest.ts";
import type { Model } from "../model/model.ts";
import type { Schema } from "../model/schema.ts";
import { findField, findProtoField, type FieldAnswer } from "./fields.ts";
import { placeOfValue, textsOf, valueOf, type CheckedOperation } from "./operations.ts";
import type { CheckRule } from "./rule.ts";

/** The ordering key is a field of every message of the operation. */
export const checkDeliveryKeys: CheckRule = ({ model, operations }, report) => {
  for (const operation of operations) {
    const field = valueOf(operation, "delivery.key");
    if (operation.kind !== "event" || typeof field !== "string") continue;
    for (const message of operation.model.messages) {
      const answer = message.payload === undefined ? "open" : findField(model, message.payload, field.split("."));
      if (answer !== "no") continue;
      const where = `message "${message.name}"`;
      reportField(operation, { path: "delivery.key", field, where, at: message.payload }, report);
    }
  }
};

/**
 * An operation that asks for order by itself says by which key; what a layer above asks for counts where there is one.
 * Messages that others of the same channel send with a key have one when they are received.
 */
export const checkOrderedKeys: CheckRule = ({ operations }, report) => {
  const keyed = new Set(
    operations.flatMap((operation) =>
      operation.kind === "event" && valueOf(operation, "delivery.key") !== undefined
        ? [operation.model.channel.address ?? operation.model.channel.name]
        : [],
    ),
  );
  for (const operation of operations) {
    if (operation.kind !== "event" || valueOf(operation, "delivery.key") !== undefined) continue;
    const ordering = operation.policy.values.find(({ path }) => path === "delivery.ordering");
    if (ordering?.value !== "perKey" || ordering.origin.kind !== "contract") continue;
    const { layer, range } = ordering.origin;
    const { action, channel } = operation.model;
    if (layer !== "operation" && layer !== "override") continue;
    if (action === "receive" && keyed.has(channel.address ?? channel.name)) continue;
    report(createDiagnostic(orderedWithoutKey, { operation: operation.name }, { range }));
  }
};

/** The fields that make the key and the fingerprint are fields of the input. */
export const checkInputFields: CheckRule = ({ model, operations }, report) => {
  for (const operation of operations) {
    const key = valueOf(operation, "idempotency.key");
    const fields = [
      ...(typeof key === "string" && key.startsWith("field:")
        ? [{ path: "idempotency.key", field: key.slice("field:".length) }]
        : []),
      ...textsOf(operation, "idempotency.fingerprint").map((field) => ({ path: "idempotency.fingerprint", field })),
    ];
    for (const { path, field } of fields) {
      if (findInInput(model, operation, field.split(".")) !== "no") continue;
      reportField(operation, { path, field, where: "its input", at: undefined }, report);
    }
  }
};

/**
 * The header of the key is the one that the contract declares. A key header that no contract mentions is legal, clients
 * may send it; but beside a declared one that looks like it, it is a slip that would let repeats through.
 */
export const checkKeyHeaders: CheckRule = ({ operations }, report) => {
  for (const operation of operations) {
    const key = valueOf(operation, "idempotency.key");
    if (operation.kind !== "http" || typeof key !== "string" || !key.startsWith("header:")) continue;
    const name = key.slice("header:".length);
    const headers = operation.model.parameters.filter((parameter) => parameter.in === "header");
    if (headers.some((header) => header.name.toLowerCase() === name.toLowerCase())) continue;
    const nearest =
      headers.find((header) => /idempoten/i.test(header.name))?.name ??
      suggestName(
        name,
        headers.map((header) => header.name),
      );
    const declared = headers.find((header) => header.name === nearest);
    if (nearest === undefined || declared === undefined) continue;
    const range = placeOfValue(operation, "idempotency.key");
    const related = [{ range: declared.at, message: `"${nearest}" is declared here` }];
    report(createDiagnostic(undeclaredKeyHeader, { operation: operation.name, name, nearest }, { range, related }));
  }
};

/** A key that the policy requires is not an optional parameter. */
export const checkRequiredKeys: CheckRule = ({ operations }, report) => {
  for (const operation of operations) {
    const key = valueOf(operation, "idempotency.key");
    if (operation.kind !== "http" || typeof key !== "string" || valueOf(operation, "idempotency.required") !== true)
      continue;
    const parameter = operation.model.parameters.find(
      ({ in: place, name }) => place === "header" && `header:${name}`.toLowerCase() === key.toLowerCase(),
    );
    if (parameter === undefined || parameter.required) continue;
    const range = placeOfValue(operation, "idempotency.required");
    const related = [{ range: parameter.at, message: "the parameter is declared here" }];
    report(createDiagnostic(optionalKey, { operation: operation.name, name: parameter.name }, { range, related }));
  }
};

/** A keyed request is buffered for its fingerprint, which an endless one can't be. */
export const checkKeyedBodies: CheckRule = ({ operations }, report) => {
  for (const operation of operations) {
    if (operation.kind !== "http" || valueOf(operation, "idempotency.level") !== "keyed") continue;
    const stream = operation.model.body?.content.find(
      ({ mediaType, itemSchema }) =>
        itemSchema !== undefined ||
        /^(?:text\/event-stream|application\/(?:jsonl|x-ndjson|ndjson|json-seq))(?:;|$)/.test(mediaType),
    );
    if (stream === undefined) continue;
    const level = placeOfValue(operation, "idempotency.level");
    const related = level === undefined ? [] : [{ range: level, message: "the level comes from here" }];
    const parameters = { operation: operation.name, mediaType: stream.mediaType };
    report(createDiagnostic(keyedStreamedBody, parameters, { range: stream.at, related }));
  }
};

/** In HTTP a path may begin with the part of the input (`path.id`, `body.order.id`) or, for short, in the body. */
function findInInput(model: Model, operation: CheckedOperation, path: readonly string[]): FieldAnswer {
  switch (operation.kind) {
    case "rpc":
      return findProtoField(operation.model.method.input, path);
    case "event":
      return "open";
    case "http": {
      const [part, name] = path;
      const { parameters, body } = operation.model;
      if (parameters.some((parameter) => parameter.in === part && parameter.name === name)) return "yes";
      const schemas = (body?.content ?? []).map(({ schema }) => schema);
      const inBody = part === "body" ? [path.slice(1), path] : [path];
      const answers = schemas.flatMap((schema) =>
        inBody.map((inner) => (schema === undefined ? "open" : findField(model, schema, inner))),
      );
      return answers.includes("yes") ? "yes" : answers.includes("open") ? "open" : "no";
    }
  }
}

interface MissingField {
  readonly path: string;
  readonly field: string;
  readonly where: string;
  readonly at: Schema | undefined;
}

function reportField(
  operation: CheckedOperation,
  missing: MissingField,
  report: (diagnostic: Diagnostic) => void,
): void {
  const { path, field, where, at } = missing;
  const related = at === undefined ? [] : [{ range: at.at, message: `${where} is declared here` }];
  const range = placeOfValue(operation, path);
  report(createDiagnostic(unknownField, { operation: operation.name, path, field, where }, { range, related }));
}
