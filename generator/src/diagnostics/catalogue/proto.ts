import { defineMessage, type MessageDefinition } from "../diagnostic.ts";

/** What a compiler's finding comes from, where we know better than the compiler. */
export type ProtoHint =
  /** An option of ours, whose file is not imported. */
  | { readonly kind: "import" }
  /** A field that a message of our policy does not have. */
  | {
      readonly kind: "field";
      readonly field: string;
      readonly type: string;
      readonly suggestion: string | undefined;
      readonly known: readonly string[];
    }
  /** The line before may lack its end. */
  | { readonly kind: "semicolon" };

/** The entries of this part of the catalogue, with what each is told. */
export interface ProtoMessages {
  readonly noProtoCompiler: MessageDefinition<{ files: number }>;
  readonly protoCompilerFailed: MessageDefinition<{ compiler: string; reason: string }>;
  readonly protoSyntax: MessageDefinition<{ message: string; hint?: ProtoHint | undefined }>;
  readonly protoFileTwice: MessageDefinition<{ name: string; first: string; second: string }>;
  readonly badBufConfig: MessageDefinition<{ path: string; reason: string }>;
  readonly badDescriptorSet: MessageDefinition<{ reason: string }>;
  readonly missingInDescriptorSet: MessageDefinition<{ name: string }>;
  readonly unsafeProtoName: MessageDefinition<{ name: string }>;
  readonly policyNumberTaken: MessageDefinition<{ extension: string; extendee: string; number: number; ours: string }>;
  readonly policyUnreadable: MessageDefinition<{ option: string; reason: string }>;
}

/** What compiling and lowering protos has to say. */
export const protoMessages: ProtoMessages = {
  noProtoCompiler: defineMessage({
    severity: "error",
    code: "no-proto-compiler",
    message: ({ files }) =>
      `${files} proto ${files === 1 ? "file needs" : "files need"} a compiler, and none was found`,
    help: () => 'run "npm install --save-dev @bufbuild/buf", or put protoc on the PATH, or pass --descriptor-set FILE',
  }),
  protoCompilerFailed: defineMessage({
    severity: "error",
    code: "proto-compiler-failed",
    message: ({ compiler, reason }) => `${compiler} failed: ${reason}`,
    help: ({ compiler }) => `run ${compiler} by hand on these files to see more`,
  }),
  protoSyntax: defineMessage({
    severity: "error",
    code: "proto-invalid",
    message: ({ message }) => message,
    help: ({ message, hint }) => {
      if (hint !== undefined) return describeHint(hint);
      return /(?:does not exist|not found|could not (?:find|resolve))/.test(message) && /import|\.proto/.test(message)
        ? "put the imported file into a contract directory or into a module of buf.yaml; nothing is downloaded"
        : "correct the proto file";
    },
  }),
  protoFileTwice: defineMessage({
    severity: "error",
    code: "proto-file-twice",
    message: ({ name, first, second }) => `"${name}" is in two proto roots, "${first}" and "${second}"`,
    help: () => "remove one, or leave one root out of buf.yaml",
  }),
  badBufConfig: defineMessage({
    severity: "error",
    code: "bad-buf-config",
    message: ({ path, reason }) => `"${path}" can't be used: ${reason}`,
    help: () => "write it as version v2 with modules, see https://buf.build/docs/configuration/v2/buf-yaml",
  }),
  badDescriptorSet: defineMessage({
    severity: "error",
    code: "bad-descriptor-set",
    message: ({ reason }) => `the descriptor set can't be read: ${reason}`,
    help: () =>
      'make it with "buf build -o FILE" or "protoc --include_imports --include_source_info --retain_options -o FILE"',
  }),
  missingInDescriptorSet: defineMessage({
    severity: "error",
    code: "missing-in-descriptor-set",
    message: ({ name }) => `"${name}" is to be generated but is not in the descriptor set`,
    help: () => "make the descriptor set from the same proto roots",
  }),
  unsafeProtoName: defineMessage({
    severity: "error",
    code: "unsafe-proto-name",
    message: ({ name }) =>
      `the proto file name ${JSON.stringify(name)} can't become an output path; expected a relative path`,
    help: () => 'name the file by a relative path without "..", backslashes and control characters',
  }),
  policyNumberTaken: defineMessage({
    severity: "error",
    code: "policy-number-taken",
    message: ({ extension, extendee, number, ours }) =>
      `extension "${extension}" of ${extendee} has number ${number}, which is "${ours}"`,
    help: () => "give the extension another number: two options with one number can't be told apart",
  }),
  policyUnreadable: defineMessage({
    severity: "error",
    code: "policy-option-unreadable",
    message: ({ option, reason }) => `option "${option}" can't be read: ${reason}`,
    help: () => "compile with the trilogue/v1/policy.proto that ships with this version of trilogue",
  }),
};

function describeHint(hint: ProtoHint): string {
  switch (hint.kind) {
    case "import":
      return 'add import "trilogue/v1/policy.proto";';
    case "semicolon":
      return 'correct the proto file; a ";" may be missing at the end of the line before';
    case "field": {
      const { field, type, suggestion, known } = hint;
      const instead = suggestion === undefined ? `it has ${known.join(", ")}` : `did you mean "${suggestion}"?`;
      return `"${field}" is no field of trilogue.v1.${type}; ${instead}`;
    }
  }
}
