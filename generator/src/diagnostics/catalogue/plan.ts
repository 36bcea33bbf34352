import { defineMessage } from "../diagnostic.ts";
import type { MessageDefinition } from "../diagnostic.ts";

/** Two contracts whose outputs would be one file, on some systems at least. */
export const outputCollision: MessageDefinition<{ readonly path: string; readonly other: string }> = defineMessage({
  severity: "error",
  code: "output-collision",
  message: ({ path, other }) =>
    path === other
      ? `output "${path}" is already made from another file`
      : `output "${path}" differs from "${other}" in case only`,
  help: () => "rename one of the two files",
});

/** A name of the contract that another one took first. */
export const nameCollision: MessageDefinition<{
  readonly what: string;
  readonly name: string;
  readonly wanted: string;
  readonly taken: string;
}> = defineMessage({
  severity: "warning",
  code: "name-collision",
  message: ({ what, name, wanted, taken }) =>
    `${what} "${name}" can't be exported as "${wanted}", which is taken; it is exported as "${taken}"`,
  help: () => "rename one of the two in the contract",
});
