import type { EventMessage, EventOperation, EventShape } from "../descriptor/event.ts";
import { operationId } from "../descriptor/operation.ts";
import type { ValidationIssue, Validator } from "../descriptor/validate.ts";
import { ServiceError, type ErrorDetail } from "../error/service-error.ts";
import { readPath, scalarText } from "./path.ts";

/** A producer's input, checked against the contract and turned into bytes. */
export interface EncodedEvent {
  readonly message: EventMessage;
  readonly payload: Uint8Array;
  /** The typed headers as text. */
  readonly headers: readonly (readonly [string, string])[];
  /** The id that the contract declares, where the message has it. */
  readonly declaredId: string | undefined;
  readonly key: string | null;
}

/**
 * Checks and encodes one message.
 * @throws {ServiceError} invalid_argument, when it doesn't fit the contract or its ordering key is missing.
 */
export function encodeEvent(operation: EventOperation, input: unknown, key: string | undefined): EncodedEvent {
  const event = input as Partial<EventShape>;
  const message = pickMessage(operation, event.type);
  requireValid(operation, message.validate, event.data, "the payload");
  requireValid(operation, message.validateHeaders, event.headers ?? {}, "the headers");
  return {
    message,
    payload: encodePayload(operation, message, event.data),
    headers: Object.entries(event.headers ?? {})
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, headerText(value)]),
    declaredId: message.id === undefined ? undefined : scalarText(readPath(event, message.id)),
    key: key ?? orderingKey(operation, event.data),
  };
}

/** The details of a value that doesn't fit, as google.rpc.BadRequest; at most 100 faults. */
export function badRequest(issues: readonly ValidationIssue[]): ErrorDetail {
  return {
    type: "google.rpc.BadRequest",
    value: { fieldViolations: issues.map(({ pointer, expected }) => ({ field: pointer, description: expected })) },
  };
}

/** The first faults in words; pointers and expectations are the contract's, no values. */
export function describeIssues(issues: readonly ValidationIssue[]): string {
  return issues
    .slice(0, 3)
    .map(({ pointer, expected }) => `"${pointer}" expected ${expected}`)
    .join("; ");
}

function pickMessage(operation: EventOperation, type: string | undefined): EventMessage {
  const [first, ...rest] = operation.messages;
  if (type === undefined && first !== undefined && rest.length === 0) return first;
  const message = operation.messages.find((candidate) => candidate.type === type);
  if (message !== undefined) return message;
  const types = operation.messages.map((candidate) => `"${candidate.type}"`).join(", ");
  throw invalid(
    operation,
    type === undefined ? `"type" is missing; expected one of ${types}` : `"type" is not one of ${types}`,
  );
}

function requireValid(operation: EventOperation, validate: Validator | undefined, value: unknown, what: string): void {
  if (validate === undefined || validate(value)) return;
  const issues: ValidationIssue[] = [];
  validate(value, "", issues);
  throw invalid(operation, `${what} doesn't fit the contract: ${describeIssues(issues)}`, [badRequest(issues)]);
}

function encodePayload(operation: EventOperation, message: EventMessage, data: unknown): Uint8Array {
  try {
    return message.codec.encode(data);
  } catch (error) {
    throw invalid(operation, `the payload can't be encoded as ${message.codec.contentType}`, [], error);
  }
}

function orderingKey(operation: EventOperation, data: unknown): string | null {
  const { delivery } = operation.policy;
  if (delivery?.key === undefined) return null;
  const key = scalarText(readPath(data, delivery.key));
  if (key !== undefined) return key;
  if (delivery.ordering === "unordered") return null;
  throw invalid(operation, `the ordering key "${delivery.key}" is missing in the payload; pass it as { key }`);
}

function headerText(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "bigint" ? String(value) : JSON.stringify(value);
}

function invalid(
  operation: EventOperation,
  why: string,
  details: readonly ErrorDetail[] = [],
  cause?: unknown,
): ServiceError {
  return new ServiceError("invalid_argument", `send ${operationId(operation)}: ${why}`, {
    details,
    origin: "framework",
    sent: "no",
    operation: operationId(operation),
    retry: { class: "never" },
    ...(cause === undefined ? {} : { cause }),
  });
}
