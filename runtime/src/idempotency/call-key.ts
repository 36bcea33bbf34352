import type { HeaderMap } from "../call/headers.ts";
import type { Principal } from "../call/context.ts";
import { operationId, type OperationBase } from "../descriptor/operation.ts";
import { ServiceError, type StatusCode } from "../error/service-error.ts";
import { parseKeyField, parseKeyHeader, readField, readKeyField, type KeyReading } from "./key.ts";
import { canonicalJson, hashParts } from "./storage-key.ts";

/** The header that most keys come in, and that may repeat a key that stands in a field. */
export const keyHeader = "idempotency-key";

/** What a request's key is read from. */
export interface KeyedRequest {
  readonly operation: OperationBase;
  readonly input: unknown;
  readonly headers: HeaderMap;
  readonly principal: Principal | undefined;
  fingerprint(): Promise<string> | string;
}

/**
 * The caller's key, or undefined when none came and none is required.
 *
 * @throws {ServiceError} invalid_argument, IDEMPOTENCY_KEY_REQUIRED or IDEMPOTENCY_KEY_INVALID, when there is none
 * although the contract asks for it, when it is no key, or when header and field differ.
 */
export function readCallKey(request: KeyedRequest): string | undefined {
  const { operation, headers } = request;
  const { key: source, required } = operation.policy.idempotency;
  if (source === undefined || source.from === "message") return undefined;
  const name = source.from === "header" ? source.name : keyHeader;
  const text = headers.get(name);
  const inHeader = text === null ? undefined : valid(request, parseKeyHeader(text));
  if (source.from === "header") {
    if (inHeader === undefined && required === true) throw missing(request, `header "${source.name}"`);
    return inHeader;
  }
  const reading = parseKeyField(readKeyField(operation, source, request.input));
  const inField = reading === undefined ? undefined : valid(request, reading);
  if (inField !== undefined && inHeader !== undefined && inField !== inHeader) {
    throw refuse(request, "invalid_argument", "IDEMPOTENCY_KEY_INVALID", "header and field hold different keys");
  }
  const key = inField ?? inHeader;
  if (key === undefined && required === true) throw missing(request, `field "${source.name}"`);
  return key;
}

/**
 * Under what the key is stored: sha256 over caller, operation and key, so that keys of two callers never meet.
 *
 * @throws {ServiceError} unauthenticated, when the key belongs to a caller and nobody knows who calls.
 */
export function storageKeyOf(request: KeyedRequest, key: string): string {
  const { operation, principal } = request;
  if (operation.policy.idempotency.scope === "global") return hashParts(["global", "", operationId(operation), key]);
  if (principal === undefined) {
    throw refuse(
      request,
      "unauthenticated",
      "IDEMPOTENCY_NEEDS_PRINCIPAL",
      "a keyed operation needs to know who calls, or idempotency.scope: global in its contract",
    );
  }
  return hashParts(["principal", principal.id, operationId(operation), key]);
}

/** sha256 hex of what was asked: of the declared fields, or of all bytes as the wire's codec hashes them. */
export async function fingerprintOf(request: KeyedRequest): Promise<string> {
  const { operation, input } = request;
  const fields = operation.policy.idempotency.fingerprint;
  if (fields === undefined || fields.length === 0) return request.fingerprint();
  return hashParts(fields.flatMap((field) => [field, canonicalJson(readField(operation, field, input))]));
}

/** An error of the idempotency rules themselves; the handler was not called. */
export function refuse(
  request: { readonly operation: OperationBase },
  code: StatusCode,
  reason: string,
  message: string,
): ServiceError {
  return new ServiceError(code, message, {
    reason,
    origin: "framework",
    operation: operationId(request.operation),
    retry: { class: "never" },
  });
}

function valid(request: KeyedRequest, reading: KeyReading): string {
  if ("key" in reading) return reading.key;
  throw refuse(request, "invalid_argument", "IDEMPOTENCY_KEY_INVALID", `the idempotency key is ${reading.fault}`);
}

function missing(request: KeyedRequest, place: string): ServiceError {
  return refuse(request, "invalid_argument", "IDEMPOTENCY_KEY_REQUIRED", `an idempotency key is required in ${place}`);
}
