import type { CallOptions } from "../call/context.ts";
import type { HeaderMap } from "../call/headers.ts";
import type { HttpOperation } from "../descriptor/http.ts";
import { operationId, type OperationBase } from "../descriptor/operation.ts";
import type { Environment } from "../environment/environment.ts";
import { ServiceError } from "../error/service-error.ts";
import { parseKeyField, parseKeyHeader, readKeyField, writeKeyField, type KeyReading } from "../idempotency/key.ts";

/** The input with the key of its logical call in its place. */
export interface KeyedInput {
  readonly input: unknown;
  readonly keySent: boolean;
}

/**
 * Gives a keyed call its key, once, before the first attempt: the caller's, the one the input already has, or a new
 * UUID version 7. Header keys also go into the input where the contract declares the parameter.
 *
 * @throws {ServiceError} invalid_argument when a key is no key, or two different ones are given.
 */
export function applyKey(
  operation: OperationBase,
  input: unknown,
  call: { readonly headers: HeaderMap; readonly options: CallOptions; readonly environment: Environment },
): KeyedInput {
  const { level, key: source } = operation.policy.idempotency;
  if (level !== "keyed" || source === undefined || source.from === "message") return { input, keySent: false };
  const { headers, options, environment } = call;
  if (source.from === "field") {
    const inField = readKey(operation, parseKeyField(readKeyField(operation, source, input)));
    const asked = readKey(operation, parseKeyField(options.idempotencyKey));
    const key = agree(operation, [asked, inField]) ?? environment.newId();
    return { input: inField === undefined ? writeKeyField(operation, source, { input, key }) : input, keySent: true };
  }
  const header = headers.get(source.name);
  const parameter = headerParameter(operation, source.name);
  const inInput = parameter === undefined ? undefined : readParameter(input, parameter);
  const given = [options.idempotencyKey, header, inInput].map((value) =>
    value === undefined || value === null ? undefined : readKey(operation, parseKeyHeader(value)),
  );
  const key = agree(operation, given) ?? environment.newId();
  headers.set(source.name, key);
  const complete = parameter === undefined || inInput !== undefined ? input : writeParameter(input, parameter, key);
  return { input: complete, keySent: true };
}

function readKey(operation: OperationBase, reading: KeyReading | undefined): string | undefined {
  if (reading === undefined) return undefined;
  if ("key" in reading) return reading.key;
  throw new ServiceError("invalid_argument", `the idempotency key is ${reading.fault}`, {
    origin: "framework",
    sent: "no",
    reason: "IDEMPOTENCY_KEY_INVALID",
    operation: operationId(operation),
    retry: { class: "never" },
  });
}

function agree(operation: OperationBase, keys: readonly (string | undefined)[]): string | undefined {
  const given = keys.filter((key) => key !== undefined);
  if (new Set(given).size <= 1) return given[0];
  throw new ServiceError("invalid_argument", "two different idempotency keys are given", {
    origin: "framework",
    sent: "no",
    reason: "IDEMPOTENCY_KEY_INVALID",
    operation: operationId(operation),
    retry: { class: "never" },
  });
}

/** The name of the declared header parameter, as the contract writes it. */
function headerParameter(operation: OperationBase, name: string): string | undefined {
  if (operation.kind !== "http") return undefined;
  const wanted = name.toLowerCase();
  return (operation as HttpOperation).parameters?.find(
    (parameter) => parameter.in === "header" && parameter.name.toLowerCase() === wanted,
  )?.name;
}

function readParameter(input: unknown, name: string): string | undefined {
  const header = (input as { readonly header?: Readonly<Record<string, unknown>> } | undefined)?.header;
  const value = header !== undefined && Object.hasOwn(header, name) ? header[name] : undefined;
  return value === undefined || value === null ? undefined : String(value);
}

function writeParameter(input: unknown, name: string, key: string): unknown {
  const whole = (input ?? {}) as { readonly header?: object };
  return { ...whole, header: { ...whole.header, [name]: key } };
}
