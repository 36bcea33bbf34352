import { defineMessage, type MessageDefinition } from "../diagnostic.ts";

/** A policy names an operation that its service, or every service, lacks. */
export const unknownOperation: MessageDefinition<{
  operation: string;
  path: string;
  name: string;
  nearest: string | undefined;
}> = defineMessage({
  severity: "error",
  code: "check-unknown-operation",
  message: ({ operation, path, name }) => `${path} of operation "${operation}" names "${name}", which is no operation`,
  help: ({ nearest }) =>
    nearest === undefined
      ? `name an operation of this service, or another as "package.Service/operation"`
      : `did you mean "${nearest}"?`,
});

/** A policy names something of a contract that isn't part of the run. */
export const notInRun: MessageDefinition<{ operation: string; path: string; name: string }> = defineMessage({
  severity: "warning",
  code: "check-not-in-run",
  message: ({ operation, path, name }) =>
    `${path} of operation "${operation}" names "${name}", whose contract is not part of this run`,
  help: () => `generate from the directory that holds it as well`,
});

/** `emits` names a message that no contract has. */
export const unknownMessage: MessageDefinition<{ operation: string; name: string; nearest: string | undefined }> =
  defineMessage({
    severity: "error",
    code: "check-unknown-message",
    message: ({ operation, name }) => `emits of operation "${operation}" names "${name}", which is no message`,
    help: ({ nearest }) =>
      nearest === undefined ? `name a message of an AsyncAPI contract` : `did you mean "${nearest}"?`,
  });

/** A fallback that can't stand in. */
export const fallbackUnfit: MessageDefinition<{ operation: string; name: string; why: string }> = defineMessage({
  severity: "error",
  code: "check-fallback",
  message: ({ operation, name, why }) => `"${name}" can't be the fallback of operation "${operation}": ${why}`,
  help: () => `name another operation of the same kind, or use "example" or "stale"`,
});

/** A dead letter channel that no contract describes. */
export const unknownChannel: MessageDefinition<{ operation: string; name: string }> = defineMessage({
  severity: "warning",
  code: "check-unknown-channel",
  message: ({ operation, name }) =>
    `deadLetter.channel of operation "${operation}" is "${name}", which no contract describes`,
  help: ({ name }) => `add a channel with the address "${name}", so that somebody reads it`,
});

/** A path that leads to no field. */
export const unknownField: MessageDefinition<{ operation: string; path: string; field: string; where: string }> =
  defineMessage({
    severity: "error",
    code: "check-unknown-field",
    message: ({ operation, path, field, where }) =>
      `${path} of operation "${operation}" is "${field}", which ${where} lacks`,
    help: () => `name a field that it declares, with dots for inner ones`,
  });

/** The policy asks for a key that the contract calls optional. */
export const optionalKey: MessageDefinition<{ operation: string; name: string }> = defineMessage({
  severity: "warning",
  code: "check-optional-key",
  message: ({ operation, name }) =>
    `operation "${operation}" requires its key, but the header parameter "${name}" is optional`,
  help: ({ name }) => `set required: true on the parameter "${name}"`,
});

/** The policy takes the key from a header that isn't declared, beside one that is and looks like it. */
export const undeclaredKeyHeader: MessageDefinition<{ operation: string; name: string; nearest: string }> =
  defineMessage({
    severity: "error",
    code: "check-undeclared-key-header",
    message: ({ operation, name }) =>
      `idempotency.key names header "${name}", which operation "${operation}" does not declare`,
    help: ({ nearest }) => `did you mean "${nearest}"?`,
  });

/** Messages are ordered by a key, and nothing says which one. */
export const orderedWithoutKey: MessageDefinition<{ operation: string }> = defineMessage({
  severity: "warning",
  code: "check-ordered-without-key",
  message: ({ operation }) => `operation "${operation}": ordering is perKey, but no delivery.key says by which field`,
  help: () => `set delivery.key, or pass { key } when producing`,
});

/** A keyed operation whose request can't be buffered. */
export const keyedStreamedBody: MessageDefinition<{ operation: string; mediaType: string }> = defineMessage({
  severity: "error",
  code: "check-keyed-streamed-body",
  message: ({ operation, mediaType }) => `operation "${operation}" is keyed, but its body "${mediaType}" is a stream`,
  help: () => `set idempotency.level to "none", or send the body whole`,
});

/** Two services with one name. */
export const duplicateService: MessageDefinition<{ name: string; path: string; other: string }> = defineMessage({
  severity: "warning",
  code: "check-duplicate-service",
  message: ({ name, path, other }) => `"${path}" and "${other}" both define the service "${name}"`,
  help: () => `give them titles or directories of their own: policies, keys and metrics go by this name`,
});

/** A schema that contains itself without a step into a property or an item. */
export const circularSchema: MessageDefinition<{ name: string; through: readonly string[] }> = defineMessage({
  severity: "error",
  code: "check-circular-schema",
  message: ({ name, through }) =>
    `schema "${name}" is defined by itself: ${through.map((step) => `"${step}"`).join(" -> ")}`,
  help: () => `break the circle, or put the inner one into a property`,
});

/** A parameter whose values have no text in its style. */
export const unwritableParameter: MessageDefinition<{ place: string; name: string; style: string; nested: string }> =
  defineMessage({
    severity: "warning",
    code: "check-unwritable-parameter",
    message: ({ place, name, style, nested }) =>
      `${place} parameter "${name}" has lists or objects as ${nested}, ` +
      `which style "${style}" has no text for; calls with them are refused`,
    help: ({ place }) =>
      place === "query"
        ? `declare style: deepObject, or "content" with application/json instead of "schema"`
        : `declare "content" with application/json instead of "schema"`,
  });

/** A value that the contract asks for and its place on the wire can't carry. */
export const unwritable: MessageDefinition<{ what: string; operation: string; why: string; instead: string }> =
  defineMessage({
    severity: "warning",
    code: "check-unwritable",
    message: ({ what, operation, why }) => `${what} of operation "${operation}" can't be written: ${why}`,
    help: ({ instead }) => instead,
  });

/** Two parameters that take whatever name comes: a server can't know whose it is. */
export const ambiguousQuery: MessageDefinition<{ operation: string; name: string; other: string }> = defineMessage({
  severity: "warning",
  code: "check-ambiguous-query",
  message: ({ operation, name, other }) =>
    `query parameters "${other}" and "${name}" of operation "${operation}" both take properties of any name`,
  help: () => `write one of them with style deepObject, or with "explode: false"`,
});

/** A schema that no value fits. */
export const unsatisfiable: MessageDefinition<{ what: string; operation: string }> = defineMessage({
  severity: "warning",
  code: "check-unsatisfiable",
  message: ({ what, operation }) => `no value fits the schema of ${what} of operation "${operation}"`,
  help: () => `look for values of another type in "enum", bounds that cross, and objects that require themselves`,
});
