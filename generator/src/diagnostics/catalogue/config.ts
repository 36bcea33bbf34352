import { defineMessage, type MessageDefinition } from "../diagnostic.ts";

const didYouMean = (suggestion: string | undefined, otherwise: string): string =>
  suggestion === undefined ? otherwise : `did you mean "${suggestion}"?`;

/** The entries of this part of the catalogue, with what each is told. */
export interface ConfigMessages {
  readonly unknownConfigKey: MessageDefinition<{
    key: string;
    suggestion: string | undefined;
    known: readonly string[];
  }>;
  readonly invalidConfigValue: MessageDefinition<{ path: string; expected: string; found: string }>;
  readonly notAnObject: MessageDefinition<{ what: string; found: string }>;
  readonly unreadableConfig: MessageDefinition<{ problem: string }>;
  readonly unknownPolicyFileVersion: MessageDefinition<{ found: string }>;
  readonly invalidOverride: MessageDefinition<{ path: string; expected: string; found: string }>;
  readonly unknownOverrideKey: MessageDefinition<{
    path: string;
    key: string;
    suggestion: string | undefined;
    known: readonly string[];
  }>;
  readonly duplicateOverride: MessageDefinition<{ name: string }>;
  readonly unmatchedOverride: MessageDefinition<{ name: string; suggestion: string | undefined }>;
  readonly missingMaxAttempts: MessageDefinition<{ attempts: number }>;
  readonly attemptsCapped: MessageDefinition<{ attempts: number; most: number }>;
  readonly importedCodeDropped: MessageDefinition<{ codeName: string }>;
  readonly notImported: MessageDefinition<{ field: string }>;
  readonly bothRetryAndHedging: MessageDefinition<Record<string, never>>;
  readonly unknownOperation: MessageDefinition<{ name: string; suggestion: string | undefined }>;
}

/** What `trilogue.yaml`, policy files and gRPC service configs have to say. */
export const configMessages: ConfigMessages = {
  unknownConfigKey: defineMessage({
    severity: "error",
    code: "unknown-config-key",
    message: ({ key }) => `the configuration has no field ${JSON.stringify(key)}`,
    help: ({ suggestion, known }) => didYouMean(suggestion, `use one of ${known.join(", ")}`),
  }),
  invalidConfigValue: defineMessage({
    severity: "error",
    code: "invalid-config-value",
    message: ({ path, expected, found }) => `"${path}" expected ${expected}, found ${found}`,
    help: ({ path, expected }) => `set "${path}" to ${expected}`,
  }),
  notAnObject: defineMessage({
    severity: "error",
    code: "invalid-config",
    message: ({ what, found }) => `${what} expected an object, found ${found}`,
    help: ({ what }) => `write ${what} as fields with values`,
  }),
  unreadableConfig: defineMessage({
    severity: "error",
    code: "invalid-config",
    message: ({ problem }) => `the configuration can't be read: ${problem}`,
    help: () => "correct the YAML",
  }),
  unknownPolicyFileVersion: defineMessage({
    severity: "error",
    code: "unknown-policy-file-version",
    message: ({ found }) => `"trilogue" expected "1", found ${found}`,
    help: () => 'write trilogue: "1"',
  }),
  invalidOverride: defineMessage({
    severity: "error",
    code: "invalid-override",
    message: ({ path, expected, found }) => `"${path}" expected ${expected}, found ${found}`,
    help: ({ path, expected }) => `set "${path}" to ${expected}`,
  }),
  unknownOverrideKey: defineMessage({
    severity: "error",
    code: "unknown-override-key",
    message: ({ path, key }) => `"${path}" has no field ${JSON.stringify(key)}`,
    help: ({ suggestion, known }) => didYouMean(suggestion, `use one of ${known.join(", ")}`),
  }),
  duplicateOverride: defineMessage({
    severity: "error",
    code: "duplicate-override",
    message: ({ name }) => `${name} is named twice`,
    help: () => "name each method, each service and the default once in a file",
  }),
  unmatchedOverride: defineMessage({
    severity: "warning",
    code: "unmatched-override",
    message: ({ name }) => `no contract has ${name}`,
    help: ({ suggestion }) => didYouMean(suggestion, "correct the name, or remove the entry"),
  }),
  missingMaxAttempts: defineMessage({
    severity: "warning",
    code: "missing-max-attempts",
    message: () => 'the retryPolicy has no "maxAttempts", which gRPC A6 requires',
    help: ({ attempts }) => `add maxAttempts; ${attempts} are taken`,
  }),
  attemptsCapped: defineMessage({
    severity: "info",
    code: "attempts-capped",
    message: ({ attempts, most }) => `${attempts} attempts count as ${most}, as gRPC A6 says`,
    help: ({ most }) => `write ${most}`,
  }),
  importedCodeDropped: defineMessage({
    severity: "warning",
    code: "imported-code-dropped",
    message: ({ codeName }) => `"${codeName}" is not retried: a repeat can't succeed after it`,
    help: () => "remove it from the status codes",
  }),
  notImported: defineMessage({
    severity: "info",
    code: "not-imported",
    message: ({ field }) => `"${field}" of the service config is not read`,
    help: () => "nothing to do; it is left to gRPC itself",
  }),
  bothRetryAndHedging: defineMessage({
    severity: "error",
    code: "retry-and-hedging",
    message: () => 'a methodConfig has both "retryPolicy" and "hedgingPolicy"',
    help: () => "keep one of them (gRPC A6)",
  }),
  unknownOperation: defineMessage({
    severity: "error",
    code: "unknown-operation",
    message: ({ name }) => `no contract has an operation ${JSON.stringify(name)}`,
    help: ({ suggestion }) => didYouMean(suggestion, "run trilogue explain without a name to see them all"),
  }),
};
