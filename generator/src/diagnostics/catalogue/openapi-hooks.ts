import { defineMessage, type MessageDefinition } from "../diagnostic.ts";

/** The key of a callback is no template of runtime expressions. */
export const badCallbackAddress: MessageDefinition<{ expression: string; callback: string }> = defineMessage({
  severity: "warning",
  code: "openapi-bad-callback-address",
  message: ({ expression, callback }) =>
    `the address of callback "${callback}" holds "${expression}", which is no runtime expression`,
  help: () => `write for example {$request.body#/callbackUrl}; until then senders give the address themselves`,
});

/** A pagination that the contract does not bear out. */
export const paginationUnfit: MessageDefinition<{ name: string; why: string }> = defineMessage({
  severity: "error",
  code: "openapi-pagination",
  message: ({ name, why }) => `pagination does not fit operation "${name}": ${why}`,
  help: () => `correct it, or write { kind: none }`,
});
