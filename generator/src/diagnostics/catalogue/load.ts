import { defineMessage } from "../diagnostic.ts";
import type { MessageDefinition } from "../diagnostic.ts";

/** The text can't be read as YAML or JSON. */
export const contractSyntax: MessageDefinition<{ problem: string }> = defineMessage({
  severity: "error",
  code: "contract-syntax",
  message: ({ problem }) => `the file can't be read: ${problem}`,
  help: () => "correct the YAML or JSON at this place",
});

/** A key stands twice in one object. */
export const duplicateKey: MessageDefinition<{ problem: string }> = defineMessage({
  severity: "error",
  code: "duplicate-key",
  message: ({ problem }) => problem,
  help: () => "rename or remove one of the two entries",
});

/** A limit of the readers: size, nesting or alias expansion. */
export const contractLimit: MessageDefinition<{ problem: string }> = defineMessage({
  severity: "error",
  code: "contract-limit",
  message: ({ problem }) => problem,
  help: () => "split the contract into several files, or write it with less nesting and fewer aliases",
});

/** A file with several YAML documents. */
export const severalDocuments: MessageDefinition<{ problem: string }> = defineMessage({
  severity: "error",
  code: "several-documents",
  message: ({ problem }) => problem,
  help: () => 'put each document into a file of its own and remove the "---" line',
});

/** YAML that only the lenient parser reads. */
export const lenientYaml: MessageDefinition<{ problem: string }> = defineMessage({
  severity: "warning",
  code: "lenient-yaml",
  message: ({ problem }) => `the YAML breaks the rules of YAML 1.2 and was read leniently: ${problem}`,
  help: () => "correct the indentation or the commas here, so that every YAML parser reads the same",
});

/** An explicit YAML tag that contracts have no use for. */
export const unknownTag: MessageDefinition<{ problem: string }> = defineMessage({
  severity: "warning",
  code: "unknown-tag",
  message: ({ problem }) => problem,
  help: () => "remove the tag",
});

/** A document with the body of a contract, but without the field that says so. */
export const versionForgotten: MessageDefinition<{
  format: string;
  field: string;
  version: string;
  nearest: string | undefined;
  isJson: boolean;
}> = defineMessage({
  severity: "warning",
  code: "version-forgotten",
  message: ({ format, field }) => `looks like ${format}, but has no "${field}" field; nothing is generated from it`,
  help: ({ field, version, nearest, isJson }) =>
    nearest !== undefined
      ? `write "${field}" instead of ${JSON.stringify(nearest)}`
      : `add ${isJson ? `"${field}": "${version}"` : `${field}: ${version}`} as its first line`,
});

/** A version that the generator doesn't read. */
export const unknownVersion: MessageDefinition<{ format: string; expected: string; found: string }> = defineMessage({
  severity: "error",
  code: "unknown-version",
  message: ({ format, expected, found }) => `expected ${format} version ${expected}, found ${found}`,
  help: ({ format, expected }) => `convert the document to ${format} ${expected}`,
});

/** A `$ref` to another machine. */
export const refRemote: MessageDefinition<{ ref: string }> = defineMessage({
  severity: "error",
  code: "ref-remote",
  message: ({ ref }) => `"$ref" is a URL, ${JSON.stringify(ref)}; nothing is fetched while generating`,
  help: () => "save the file next to this contract and refer to it by a relative path",
});

/** A `$ref` to a file that isn't there. */
export const refFileNotFound: MessageDefinition<{ ref: string; path: string; nearest: string | undefined }> =
  defineMessage({
    severity: "error",
    code: "ref-file-not-found",
    message: ({ ref, path }) =>
      `"$ref" ${JSON.stringify(ref)} leads to the file ${JSON.stringify(path)}, which can't be read`,
    help: ({ nearest }) =>
      nearest === undefined
        ? "correct the path, which is relative to this file, or add the file"
        : `did you mean ${JSON.stringify(nearest)}?`,
  });

/** A `$ref` to a file outside of the contract directory. */
export const refOutside: MessageDefinition<{ ref: string }> = defineMessage({
  severity: "error",
  code: "ref-outside",
  message: ({ ref }) => `"$ref" ${JSON.stringify(ref)} leads out of the contract directory`,
  help: () => "move the file into it, or generate from the directory that holds both",
});

/** A `$ref` whose pointer leads nowhere. */
export const refNotFound: MessageDefinition<{ ref: string; path: string; nearest: string | undefined }> = defineMessage(
  {
    severity: "error",
    code: "ref-not-found",
    message: ({ ref, path }) => `"$ref" ${JSON.stringify(ref)} leads to nothing in ${path}`,
    help: ({ nearest }) =>
      nearest === undefined
        ? "correct the reference, or add what it leads to, by an overlay where the document is not yours"
        : `did you mean ${JSON.stringify(nearest)}?`,
  },
);

/** A `$ref` in an extension, an example or a text that leads nowhere; nothing that is generated needs it. */
export const refUnusedNotFound: MessageDefinition<{ ref: string }> = defineMessage({
  severity: "warning",
  code: "ref-unused-not-found",
  message: ({ ref }) => `"$ref" ${JSON.stringify(ref)} leads to nothing that can be read; no generated code needs it`,
  help: () => "correct the reference, or remove it",
});

/** A `$ref` that leads to itself through other `$ref`s only. */
export const refCircular: MessageDefinition<{ ref: string }> = defineMessage({
  severity: "error",
  code: "ref-circular",
  message: ({ ref }) => `"$ref" ${JSON.stringify(ref)} leads back to itself and never to a definition`,
  help: () => "let one of the references lead to a definition",
});

/** A `$ref` that isn't a string. */
export const refNotString: MessageDefinition<{ found: string }> = defineMessage({
  severity: "error",
  code: "ref-not-string",
  message: ({ found }) => `expected "$ref" to be a string, found ${found}`,
  help: () => 'write the reference as text, for example "#/components/schemas/Payment"',
});

/** A pointer that holds a name with "/" as it is. */
export const refUnescapedSlash: MessageDefinition<{ ref: string; expected: string }> = defineMessage({
  severity: "warning",
  code: "ref-unescaped-slash",
  message: ({ ref, expected }) =>
    `expected "$ref" ${JSON.stringify(expected)}, found ${JSON.stringify(ref)}; the name holds an unescaped "/"`,
  help: () => 'write "/" in a name as "~1" (RFC 6901)',
});

/** A `$ref` into a proto file that isn't part of the compiled protos. */
export const refProtoNotFound: MessageDefinition<{ ref: string; nearest: string | undefined }> = defineMessage({
  severity: "error",
  code: "ref-proto-not-found",
  message: ({ ref }) => `"$ref" ${JSON.stringify(ref)} leads to no message of the compiled protos`,
  help: ({ nearest }) =>
    nearest === undefined
      ? 'write it as "./orders.proto#shop.v1.Order" and put the proto file into a contract directory'
      : `did you mean ${JSON.stringify(nearest)}?`,
});

/** A field of a contract has the wrong type. */
export const wrongType: MessageDefinition<{ field: string; expected: string; found: string }> = defineMessage({
  severity: "error",
  code: "wrong-type",
  message: ({ field, expected, found }) => `expected ${field} to be ${expected}, found ${found}`,
  help: ({ expected }) => `write ${expected} here`,
});

/** A field with an object or a list holds null, as YAML reads a key with nothing behind it. */
export const nullField: MessageDefinition<{ field: string; expected: string }> = defineMessage({
  severity: "warning",
  code: "null-field",
  message: ({ field, expected }) => `expected ${field} to be ${expected}, found null; it is read as an empty one`,
  help: () => "remove the field, or write what belongs into it",
});

/** A field that the format requires is absent. */
export const missingField: MessageDefinition<{ field: string; object: string }> = defineMessage({
  severity: "error",
  code: "missing-field",
  message: ({ field, object }) => `${object} has no "${field}", which is required`,
  help: ({ field }) => `add "${field}"`,
});

/** A required field that nothing generated depends on is absent. */
export const missingUnusedField: MessageDefinition<{ field: string; object: string }> = defineMessage({
  severity: "warning",
  code: "missing-field-unused",
  message: ({ field, object }) => `${object} has no "${field}", which the format requires`,
  help: ({ field }) => `add "${field}"`,
});

/** A field has a value outside its set. */
export const wrongValue: MessageDefinition<{ field: string; expected: string; found: string }> = defineMessage({
  severity: "error",
  code: "wrong-value",
  message: ({ field, expected, found }) => `expected ${field} to be ${expected}, found ${found}`,
  help: ({ expected }) => `write ${expected}`,
});

/** Two operations of an AsyncAPI 2.x document have one id, and would become one. */
export const duplicateOperationId: MessageDefinition<{ id: string }> = defineMessage({
  severity: "error",
  code: "duplicate-operation-id",
  message: ({ id }) => `operation id ${JSON.stringify(id)} is given to two operations`,
  help: () => 'give each operation an "operationId" of its own',
});

/** A field that the format doesn't know. */
export const unknownField: MessageDefinition<{ field: string; object: string; nearest: string | undefined }> =
  defineMessage({
    severity: "warning",
    code: "unknown-field",
    message: ({ field, object }) => `${object} has no field ${JSON.stringify(field)}; it is ignored`,
    help: ({ nearest }) =>
      nearest === undefined ? 'remove it, or begin its name with "x-"' : `did you mean ${JSON.stringify(nearest)}?`,
  });

/** An overlay and the document that it should change don't find each other. */
export const overlayWithoutTarget: MessageDefinition<{ found: string }> = defineMessage({
  severity: "error",
  code: "overlay-without-target",
  message: ({ found }) => `expected one document that the overlay applies to, found ${found}`,
  help: () => 'name the document in "extends" by a path relative to this file',
});

/** A JSONPath outside the subset that is read. */
export const overlayBadPath: MessageDefinition<{ path: string; problem: string }> = defineMessage({
  severity: "error",
  code: "overlay-bad-path",
  message: ({ path, problem }) => `the JSONPath ${JSON.stringify(path)} can't be read: ${problem}`,
  help: () => "write a path of RFC 9535, for example $.paths['/payments'].post",
});

/** An overlay action that changes nothing. */
export const overlayMatchesNothing: MessageDefinition<{ path: string; document: string }> = defineMessage({
  severity: "warning",
  code: "overlay-matches-nothing",
  message: ({ path, document }) => `the target ${JSON.stringify(path)} matches nothing in ${document}`,
  help: () => "correct the target, or remove the action",
});

/** An overlay action that can't be carried out. */
export const overlayBadAction: MessageDefinition<{ problem: string }> = defineMessage({
  severity: "error",
  code: "overlay-bad-action",
  message: ({ problem }) => problem,
  help: () => 'give the action a "target" and one of "update", "remove: true" or "copy"',
});

/** Something of an older version that can't be said in the newer one. */
export const conversionLoss: MessageDefinition<{ problem: string }> = defineMessage({
  severity: "warning",
  code: "conversion-loss",
  message: ({ problem }) => problem,
  help: () => "convert the document to the newest version by hand",
});
