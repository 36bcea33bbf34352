import { defineMessage, type MessageDefinition } from "../diagnostic.ts";

/** The key of a callback is no template of runtime expressions. */
export const badCallbackAddress: MessageDefinition<{ expression: string; callback: string }> = defineMessage({
  severity: "warning",
  code: "openapi-bad-callback-address",
  message: ({ expression, callback }) =>
    `the address of callback "${callback}" holds "${expression}", which is no runtime expression`,
  help: () => `write for example {$request.body#/callbackUrl}; until then senders give the address themselves`,
});

/** Callbacks of a callback's own operation. */
export const nestedCallbacks: MessageDefinition<{ callback: string }> = defineMessage({
  severity: "warning",
  code: "openapi-nested-callbacks",
  message: ({ callback }) => `callbacks within callback "${callback}" are not generated`,
  help: () => `describe them under "webhooks", whose senders give the address themselves`,
});

/** A pagination that the contract does not bear out. */
export const paginationUnfit: MessageDefinition<{ name: string; why: string }> = defineMessage({
  severity: "error",
  code: "openapi-pagination",
  message: ({ name, why }) => `pagination does not fit operation "${name}": ${why}`,
  help: () => `correct it, or write { kind: none }`,
});

/** A link to an operation that this document does not have. */
export const unknownLinkTarget: MessageDefinition<{ link: string; target: string }> = defineMessage({
  severity: "warning",
  code: "openapi-unknown-link-target",
  message: ({ link, target }) => `link "${link}" leads to "${target}", which is no operation of this document`,
  help: () => `name an operationId, or a path of this document as #/paths/~1orders~1{id}/get`,
});

/** A link that gives a parameter which its target lacks. */
export const unknownLinkParameter: MessageDefinition<{ link: string; name: string; target: string }> = defineMessage({
  severity: "warning",
  code: "openapi-unknown-link-parameter",
  message: ({ link, name, target }) => `link "${link}" gives "${name}", which operation "${target}" does not declare`,
  help: () => `name one of its parameters, for example "path.id" where several places have the name`,
});

/** A value of a link that is no runtime expression. */
export const badLinkExpression: MessageDefinition<{ link: string; expression: string }> = defineMessage({
  severity: "warning",
  code: "openapi-bad-link-expression",
  message: ({ link, expression }) => `link "${link}" holds "${expression}", which is no runtime expression`,
  help: () => `write for example $response.body#/id`,
});
