import type { BrokerMessage } from "../broker/broker.ts";
import type { EventMessage, EventOperation } from "../descriptor/event.ts";
import type { ValidationIssue, Validator } from "../descriptor/validate.ts";
import { ServiceError, type ErrorDetail } from "../error/service-error.ts";
import { readParameters } from "./address.ts";
import { badRequest, describeIssues } from "./encode.ts";
import type { AnyHandler } from "./handlers.ts";
import { readHeaders } from "./message-headers.ts";
import type { EventFacts } from "./types.ts";

/** One message that may come on an address, with its operation and who handles it, if anybody. */
export interface Candidate {
  readonly operation: EventOperation;
  readonly message: EventMessage;
  readonly handler: AnyHandler;
}

/** An event as text and bytes became one. `headers` is absent when there were none. */
export interface DecodedEvent extends EventFacts {
  readonly type: string;
  readonly data: unknown;
  readonly headers?: unknown;
}

/** What became of the bytes. `unhandled`: the contract knows the message, but nobody here handles it. */
export type Decoded =
  | { readonly kind: "event"; readonly candidate: Candidate; readonly event: DecodedEvent; readonly hasId: boolean }
  | { readonly kind: "unhandled" }
  | { readonly kind: "broken"; readonly error: ServiceError };

/** Finds out which message of the contract this is, decodes and checks it. Never throws. */
export function decodeMessage(candidates: readonly Candidate[], message: BrokerMessage, protocol: string): Decoded {
  const headers = readHeaders(protocol, message);
  const { type } = headers.attributes;
  const named = type === undefined ? candidates : candidates.filter((candidate) => candidate.message.type === type);
  if (named.length === 0) return broken("MESSAGE_TYPE_UNKNOWN", "the contract has no message of this type here");
  let failure: Decoded | undefined;
  // Without a type, the first message that the bytes fit; handled ones first, so that none is passed over.
  for (const candidate of [...named].sort(
    (a, b) => Number(b.handler !== undefined) - Number(a.handler !== undefined),
  )) {
    if (candidate.handler === undefined && type !== undefined) return { kind: "unhandled" };
    const result = decodeAs(candidate, message, headers);
    if (result.kind !== "broken") return candidate.handler === undefined ? { kind: "unhandled" } : result;
    failure ??= result;
  }
  return failure as Decoded;
}

function decodeAs(candidate: Candidate, message: BrokerMessage, headers: ReturnType<typeof readHeaders>): Decoded {
  const { operation, message: shape } = candidate;
  const maxBytes = operation.policy.limits?.maxRequestBytes ?? Infinity;
  if (message.payload.byteLength > maxBytes)
    return broken("MESSAGE_TOO_LARGE", `the payload is over ${maxBytes} bytes`);
  let data: unknown;
  try {
    data = shape.codec.decode(message.payload);
  } catch (cause) {
    return broken("MESSAGE_UNDECODABLE", `the payload is not valid ${shape.codec.contentType}`, { cause });
  }
  const issues = issuesOf(shape.validate, data);
  if (issues.length > 0) {
    return broken("MESSAGE_INVALID", `the payload doesn't fit the contract: ${describeIssues(issues)}`, { issues });
  }
  const application = typeHeaders(shape, headers.application);
  const headerIssues = issuesOf(shape.validateHeaders, application);
  if (headerIssues.length > 0) {
    return broken("MESSAGE_INVALID", `the headers don't fit the contract: ${describeIssues(headerIssues)}`, {
      issues: headerIssues,
    });
  }
  const { id = "", source = "", time } = headers.attributes;
  return {
    kind: "event",
    candidate,
    hasId: id !== "",
    event: {
      type: shape.type,
      data,
      ...(Object.keys(application).length > 0 || shape.validateHeaders !== undefined ? { headers: application } : {}),
      id,
      source,
      time,
      key: message.key,
      address: message.address,
      parameters: readParameters(operation.channel.address, message.address),
    },
  };
}

/** Headers are text on the wire: where the contract wants a number or a boolean, the text is read as JSON. */
function typeHeaders(
  { validateHeaders: validate, jsonHeaders: json }: EventMessage,
  headers: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const typed: Record<string, unknown> = { ...headers };
  for (const { pointer, keyword } of issuesOf(validate, headers)) {
    const name = pointer.slice(1).replaceAll("~1", "/").replaceAll("~0", "~");
    const text = Object.hasOwn(headers, name) ? headers[name] : undefined;
    if (keyword !== "type" || text === undefined) continue;
    try {
      typed[name] = json === undefined ? JSON.parse(text) : json.parse(text);
    } catch {
      // Then it stays text, and the check that follows says what is wrong with it.
    }
  }
  return json === undefined ? typed : (json.settle(typed) as Record<string, unknown>);
}

function issuesOf(validate: Validator | undefined, value: unknown): readonly ValidationIssue[] {
  if (validate === undefined || validate(value)) return [];
  const issues: ValidationIssue[] = [];
  validate(value, "", issues);
  return issues;
}

function broken(
  reason: string,
  why: string,
  more: { readonly cause?: unknown; readonly issues?: readonly ValidationIssue[] } = {},
): Decoded {
  const details: readonly ErrorDetail[] = more.issues === undefined ? [] : [badRequest(more.issues)];
  const error = new ServiceError("invalid_argument", why, {
    reason,
    details,
    origin: "framework",
    retry: { class: "never" },
    ...(more.cause === undefined ? {} : { cause: more.cause }),
  });
  return { kind: "broken", error };
}
