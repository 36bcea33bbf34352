import { defineMessage, type MessageDefinition } from "../diagnostic.ts";

const didYouMean = (suggestion: string | undefined, known: readonly string[]): string =>
  suggestion === undefined
    ? `use one of ${known.map((name) => `"${name}"`).join(", ")}`
    : `did you mean "${suggestion}"?`;

/** The entries of this part of the catalogue, with what each is told. */
export interface PolicyMessages {
  readonly unknownKey: MessageDefinition<{
    key: string;
    group: string;
    suggestion: string | undefined;
    known: readonly string[];
  }>;
  readonly invalidValue: MessageDefinition<{ path: string; expected: string; found: string; help: string }>;
  readonly unknownReset: MessageDefinition<{ path: string; suggestion: string | undefined; known: readonly string[] }>;
  readonly notApplicable: MessageDefinition<{ path: string; to: string; only: string }>;
  readonly notSupported: MessageDefinition<{ path: string }>;
  readonly twoAlternatives: MessageDefinition<{ group: string; first: string; second: string }>;
  readonly incompleteGroup: MessageDefinition<{ group: string; missing: string }>;
  readonly contradictsContract: MessageDefinition<{
    operation: string;
    path: string;
    written: string;
    fact: string;
    why: string;
  }>;
  readonly missingIdempotencyKey: MessageDefinition<{ operation: string }>;
  readonly missingMessageId: MessageDefinition<{ operation: string }>;
  readonly keyNotPossible: MessageDefinition<{ operation: string; from: string; kind: string; expected: string }>;
  readonly neverRetried: MessageDefinition<{ operation: string; attempts: number; why: string }>;
  readonly importedRetryOff: MessageDefinition<{ operation: string; level: string; why: string }>;
  readonly neverHedged: MessageDefinition<{ operation: string; level: string; why: string }>;
  readonly neverStale: MessageDefinition<{ operation: string; level: string; why: string }>;
  readonly neverRetryableCode: MessageDefinition<{ codeName: string; retryable: readonly string[] }>;
  readonly notOrdered: MessageDefinition<{
    smaller: string;
    small: string;
    larger: string;
    large: string;
    isStrict: boolean;
  }>;
  readonly excludes: MessageDefinition<{ first: string; second: string; why: string }>;
  readonly withoutEffect: MessageDefinition<{ operation: string; path: string; why: string; help: string }>;
  readonly keyedWithoutSecurity: MessageDefinition<{ operation: string }>;
  readonly keyedStream: MessageDefinition<{ operation: string }>;
}

/** What policies have to say. Cause and fix are in the message and its help line. */
export const policyMessages: PolicyMessages = {
  unknownKey: defineMessage({
    severity: "error",
    code: "unknown-policy-key",
    message: ({ key, group }) => `${group === "" ? "a policy" : `"${group}"`} has no field ${JSON.stringify(key)}`,
    help: ({ suggestion, known }) => didYouMean(suggestion, known),
  }),
  invalidValue: defineMessage({
    severity: "error",
    code: "invalid-policy-value",
    message: ({ path, expected, found }) => `"${path}" expected ${expected}, found ${found}`,
    help: ({ help }) => help,
  }),
  unknownReset: defineMessage({
    severity: "error",
    code: "unknown-policy-reset",
    message: ({ path }) => `"reset" names ${JSON.stringify(path)}, which no policy has`,
    help: ({ suggestion, known }) => didYouMean(suggestion, known),
  }),
  notApplicable: defineMessage({
    severity: "error",
    code: "policy-not-applicable",
    message: ({ path, to }) => `"${path}" means nothing for ${to}`,
    help: ({ path, only }) => `remove "${path}"; it is for ${only}`,
  }),
  notSupported: defineMessage({
    severity: "error",
    code: "policy-not-supported",
    message: ({ path }) => `"${path}" can't be carried out by this version`,
    help: ({ path }) => `remove "${path}", or set it in the mesh or proxy that does it`,
  }),
  twoAlternatives: defineMessage({
    severity: "error",
    code: "policy-alternatives",
    message: ({ group, first, second }) => `"${group}" holds both "${first}" and "${second}"`,
    help: ({ first, second }) => `keep "${first}" or "${second}"`,
  }),
  incompleteGroup: defineMessage({
    severity: "error",
    code: "incomplete-policy",
    message: ({ group, missing }) => `"${group}" lacks "${missing}"`,
    help: ({ group, missing }) => `add "${group}.${missing}", or remove "${group}"`,
  }),
  contradictsContract: defineMessage({
    severity: "error",
    code: "policy-contradicts-contract",
    message: ({ operation, path, written, fact, why }) =>
      `operation "${operation}" has ${path} "${written}", but the contract says "${fact}" (${why})`,
    help: ({ path, fact }) => `remove ${path}, set it to "${fact}", or change the contract`,
  }),
  missingIdempotencyKey: defineMessage({
    severity: "error",
    code: "missing-idempotency-key",
    message: ({ operation }) =>
      `operation "${operation}" is keyed but declares no key; expected header "Idempotency-Key"`,
    help: () => 'declare the header parameter, or set x-trilogue.idempotency.level to "none"',
  }),
  missingMessageId: defineMessage({
    severity: "error",
    code: "missing-message-id",
    message: ({ operation }) => `operation "${operation}" is keyed but its messages have no id`,
    help: () => 'set idempotency.key to "message:FIELD" or "header:NAME", or idempotency.level to "none"',
  }),
  keyNotPossible: defineMessage({
    severity: "error",
    code: "key-not-possible",
    message: ({ operation, from, kind }) =>
      `operation "${operation}" takes its key from "${from}", which ${kind} does not have`,
    help: ({ expected }) => `write ${expected}`,
  }),
  neverRetried: defineMessage({
    severity: "error",
    code: "never-retried",
    message: ({ operation, attempts, why }) =>
      `operation "${operation}" asks for ${attempts} attempts but can never be retried: ` +
      `its idempotency level is "none" (${why})`,
    help: () => "remove retry, or declare how a repeat is told from the first: an idempotency level or a key",
  }),
  importedRetryOff: defineMessage({
    severity: "warning",
    code: "imported-retry-off",
    message: ({ operation, level, why }) =>
      `the imported retries of operation "${operation}" are off: its idempotency level is "${level}" (${why})`,
    help: () => "declare idempotency_level or a key where a repeat is safe, or remove the retry policy",
  }),
  neverHedged: defineMessage({
    severity: "error",
    code: "never-hedged",
    message: ({ operation, level, why }) =>
      `operation "${operation}" can't be hedged: its idempotency level is "${level}" (${why})`,
    help: () => 'remove hedge; only "safe" and "idempotent" operations may run twice at once',
  }),
  neverStale: defineMessage({
    severity: "error",
    code: "never-stale",
    message: ({ operation, level, why }) =>
      `operation "${operation}" can't be answered by an old answer: its idempotency level is "${level}" (${why})`,
    help: () => 'use fallback.operation or fallback.example; only "safe" operations can be answered from the past',
  }),
  neverRetryableCode: defineMessage({
    severity: "error",
    code: "never-retryable-code",
    message: ({ codeName }) => `"retry.retryOn" holds "${codeName}", after which a repeat can't succeed`,
    help: ({ retryable }) => `remove it; retryable are ${retryable.join(", ")}`,
  }),
  notOrdered: defineMessage({
    severity: "error",
    code: "policy-contradiction",
    message: ({ smaller, small, larger, large, isStrict }) =>
      `"${smaller}" (${small}) must be ${isStrict ? "less than" : "at most"} "${larger}" (${large})`,
    help: ({ smaller, larger }) => `lower "${smaller}" or raise "${larger}"`,
  }),
  excludes: defineMessage({
    severity: "error",
    code: "policy-contradiction",
    message: ({ first, second, why }) => `"${first}" and "${second}" exclude each other: ${why}`,
    help: ({ first, second }) => `remove "${first}" or "${second}"`,
  }),
  withoutEffect: defineMessage({
    severity: "warning",
    code: "policy-without-effect",
    message: ({ operation, path, why }) => `"${path}" has no effect on operation "${operation}": ${why}`,
    help: ({ help }) => help,
  }),
  keyedWithoutSecurity: defineMessage({
    severity: "warning",
    code: "keyed-without-security",
    message: ({ operation }) => `operation "${operation}" is keyed by caller but asks for no authenticated caller`,
    help: () => 'set idempotency.scope to "global", or declare security',
  }),
  keyedStream: defineMessage({
    severity: "warning",
    code: "keyed-stream",
    message: ({ operation }) => `operation "${operation}" is keyed and streamed: a stream's answer is not replayed`,
    help: () => "make it unary, or key each message in the handler",
  }),
};
