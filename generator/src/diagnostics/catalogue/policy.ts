import { defineMessage } from "../diagnostic.ts";

const didYouMean = (suggestion: string | undefined, known: readonly string[]): string =>
  suggestion === undefined
    ? `use one of ${known.map((name) => `"${name}"`).join(", ")}`
    : `did you mean "${suggestion}"?`;

/** What policies have to say. Cause and fix are in the message and its help line. */
export const policyMessages = {
  unknownKey: defineMessage<{ key: string; group: string; suggestion: string | undefined; known: readonly string[] }>({
    severity: "error",
    code: "unknown-policy-key",
    message: ({ key, group }) => `${group === "" ? "a policy" : `"${group}"`} has no field ${JSON.stringify(key)}`,
    help: ({ suggestion, known }) => didYouMean(suggestion, known),
  }),
  invalidValue: defineMessage<{ path: string; expected: string; found: string; help: string }>({
    severity: "error",
    code: "invalid-policy-value",
    message: ({ path, expected, found }) => `"${path}" expected ${expected}, found ${found}`,
    help: ({ help }) => help,
  }),
  unknownReset: defineMessage<{ path: string; suggestion: string | undefined; known: readonly string[] }>({
    severity: "error",
    code: "unknown-policy-reset",
    message: ({ path }) => `"reset" names ${JSON.stringify(path)}, which no policy has`,
    help: ({ suggestion, known }) => didYouMean(suggestion, known),
  }),
  notApplicable: defineMessage<{ path: string; to: string; only: string }>({
    severity: "error",
    code: "policy-not-applicable",
    message: ({ path, to }) => `"${path}" means nothing for ${to}`,
    help: ({ path, only }) => `remove "${path}"; it is for ${only}`,
  }),
  notSupported: defineMessage<{ path: string }>({
    severity: "error",
    code: "policy-not-supported",
    message: ({ path }) => `"${path}" can't be carried out by this version`,
    help: ({ path }) => `remove "${path}", or set it in the mesh or proxy that does it`,
  }),
  twoAlternatives: defineMessage<{ group: string; first: string; second: string }>({
    severity: "error",
    code: "policy-alternatives",
    message: ({ group, first, second }) => `"${group}" holds both "${first}" and "${second}"`,
    help: ({ first, second }) => `keep "${first}" or "${second}"`,
  }),
  incompleteGroup: defineMessage<{ group: string; missing: string }>({
    severity: "error",
    code: "incomplete-policy",
    message: ({ group, missing }) => `"${group}" lacks "${missing}"`,
    help: ({ group, missing }) => `add "${group}.${missing}", or remove "${group}"`,
  }),
  contradictsContract: defineMessage<{ operation: string; path: string; written: string; fact: string; why: string }>({
    severity: "error",
    code: "policy-contradicts-contract",
    message: ({ operation, path, written, fact, why }) =>
      `operation "${operation}" has ${path} "${written}", but the contract says "${fact}" (${why})`,
    help: ({ path, fact }) => `remove ${path}, set it to "${fact}", or change the contract`,
  }),
  missingIdempotencyKey: defineMessage<{ operation: string }>({
    severity: "error",
    code: "missing-idempotency-key",
    message: ({ operation }) =>
      `operation "${operation}" is keyed but declares no key; expected header "Idempotency-Key"`,
    help: () => 'declare the header parameter, or set x-trilogue.idempotency.level to "none"',
  }),
  missingMessageId: defineMessage<{ operation: string }>({
    severity: "error",
    code: "missing-message-id",
    message: ({ operation }) => `operation "${operation}" is keyed but its messages have no id`,
    help: () => 'set idempotency.key to "message:FIELD" or "header:NAME", or idempotency.level to "none"',
  }),
  keyNotPossible: defineMessage<{ operation: string; from: string; kind: string; expected: string }>({
    severity: "error",
    code: "key-not-possible",
    message: ({ operation, from, kind }) =>
      `operation "${operation}" takes its key from "${from}", which ${kind} does not have`,
    help: ({ expected }) => `write ${expected}`,
  }),
  neverRetried: defineMessage<{ operation: string; attempts: number; why: string }>({
    severity: "error",
    code: "never-retried",
    message: ({ operation, attempts, why }) =>
      `operation "${operation}" asks for ${attempts} attempts but can never be retried: ` +
      `its idempotency level is "none" (${why})`,
    help: () => "remove retry, or declare how a repeat is told from the first: an idempotency level or a key",
  }),
  importedRetryOff: defineMessage<{ operation: string; level: string; why: string }>({
    severity: "warning",
    code: "imported-retry-off",
    message: ({ operation, level, why }) =>
      `the imported retries of operation "${operation}" are off: its idempotency level is "${level}" (${why})`,
    help: () => "declare idempotency_level or a key where a repeat is safe, or remove the retry policy",
  }),
  neverHedged: defineMessage<{ operation: string; level: string; why: string }>({
    severity: "error",
    code: "never-hedged",
    message: ({ operation, level, why }) =>
      `operation "${operation}" can't be hedged: its idempotency level is "${level}" (${why})`,
    help: () => 'remove hedge; only "safe" and "idempotent" operations may run twice at once',
  }),
  neverStale: defineMessage<{ operation: string; level: string; why: string }>({
    severity: "error",
    code: "never-stale",
    message: ({ operation, level, why }) =>
      `operation "${operation}" can't be answered by an old answer: its idempotency level is "${level}" (${why})`,
    help: () => 'use fallback.operation or fallback.example; only "safe" operations can be answered from the past',
  }),
  neverRetryableCode: defineMessage<{ codeName: string; retryable: readonly string[] }>({
    severity: "error",
    code: "never-retryable-code",
    message: ({ codeName }) => `"retry.retryOn" holds "${codeName}", after which a repeat can't succeed`,
    help: ({ retryable }) => `remove it; retryable are ${retryable.join(", ")}`,
  }),
  notOrdered: defineMessage<{ smaller: string; small: string; larger: string; large: string; isStrict: boolean }>({
    severity: "error",
    code: "policy-contradiction",
    message: ({ smaller, small, larger, large, isStrict }) =>
      `"${smaller}" (${small}) must be ${isStrict ? "less than" : "at most"} "${larger}" (${large})`,
    help: ({ smaller, larger }) => `lower "${smaller}" or raise "${larger}"`,
  }),
  excludes: defineMessage<{ first: string; second: string; why: string }>({
    severity: "error",
    code: "policy-contradiction",
    message: ({ first, second, why }) => `"${first}" and "${second}" exclude each other: ${why}`,
    help: ({ first, second }) => `remove "${first}" or "${second}"`,
  }),
  withoutEffect: defineMessage<{ operation: string; path: string; why: string; help: string }>({
    severity: "warning",
    code: "policy-without-effect",
    message: ({ operation, path, why }) => `"${path}" has no effect on operation "${operation}": ${why}`,
    help: ({ help }) => help,
  }),
  keyedWithoutSecurity: defineMessage<{ operation: string }>({
    severity: "warning",
    code: "keyed-without-security",
    message: ({ operation }) => `operation "${operation}" is keyed by caller but asks for no authenticated caller`,
    help: () =>
      'declare security, or set idempotency.scope to "global" (or "principal", when callers are known otherwise)',
  }),
  keyedStream: defineMessage<{ operation: string }>({
    severity: "warning",
    code: "keyed-stream",
    message: ({ operation }) => `operation "${operation}" is keyed and streamed: a stream's answer is not replayed`,
    help: () => "make it unary, or key each message in the handler",
  }),
};
