import { defineMessage } from "../diagnostic.ts";

/** What compiling and lowering protos has to say. */
export const protoMessages = {
  noProtoCompiler: defineMessage<{ files: number }>({
    severity: "error",
    code: "no-proto-compiler",
    message: ({ files }) =>
      `${files} proto ${files === 1 ? "file needs" : "files need"} a compiler, and none was found`,
    help: () => 'run "npm install --save-dev @bufbuild/buf", or put protoc on the PATH, or pass --descriptor-set FILE',
  }),
  protoCompilerFailed: defineMessage<{ compiler: string; reason: string }>({
    severity: "error",
    code: "proto-compiler-failed",
    message: ({ compiler, reason }) => `${compiler} failed: ${reason}`,
    help: ({ compiler }) => `run ${compiler} by hand on these files to see more`,
  }),
  protoSyntax: defineMessage<{ message: string }>({
    severity: "error",
    code: "proto-invalid",
    message: ({ message }) => message,
    help: ({ message }) =>
      /(?:does not exist|not found|could not (?:find|resolve))/.test(message) && /import|\.proto/.test(message)
        ? "put the imported file into a contract directory or into a module of buf.yaml; nothing is downloaded"
        : "correct the proto file",
  }),
  protoFileTwice: defineMessage<{ name: string; first: string; second: string }>({
    severity: "error",
    code: "proto-file-twice",
    message: ({ name, first, second }) => `"${name}" is in two proto roots, "${first}" and "${second}"`,
    help: () => "remove one, or leave one root out of buf.yaml",
  }),
  badBufConfig: defineMessage<{ path: string; reason: string }>({
    severity: "error",
    code: "bad-buf-config",
    message: ({ path, reason }) => `"${path}" can't be used: ${reason}`,
    help: () => "write it as version v2 with modules, see https://buf.build/docs/configuration/v2/buf-yaml",
  }),
  badDescriptorSet: defineMessage<{ reason: string }>({
    severity: "error",
    code: "bad-descriptor-set",
    message: ({ reason }) => `the descriptor set can't be read: ${reason}`,
    help: () =>
      'make it with "buf build -o FILE" or "protoc --include_imports --include_source_info --retain_options -o FILE"',
  }),
  missingInDescriptorSet: defineMessage<{ name: string }>({
    severity: "error",
    code: "missing-in-descriptor-set",
    message: ({ name }) => `"${name}" is to be generated but is not in the descriptor set`,
    help: () => "make the descriptor set from the same proto roots",
  }),
  unsafeProtoName: defineMessage<{ name: string }>({
    severity: "error",
    code: "unsafe-proto-name",
    message: ({ name }) =>
      `the proto file name ${JSON.stringify(name)} can't become an output path; expected a relative path`,
    help: () => 'name the file by a relative path without "..", backslashes and control characters',
  }),
  policyNumberTaken: defineMessage<{ extension: string; extendee: string; number: number; ours: string }>({
    severity: "error",
    code: "policy-number-taken",
    message: ({ extension, extendee, number, ours }) =>
      `extension "${extension}" of ${extendee} has number ${number}, which is "${ours}"`,
    help: () => "give the extension another number: two options with one number can't be told apart",
  }),
  policyUnreadable: defineMessage<{ option: string; reason: string }>({
    severity: "error",
    code: "policy-option-unreadable",
    message: ({ option, reason }) => `option "${option}" can't be read: ${reason}`,
    help: () => "compile with the trilogue/v1/policy.proto that ships with this version of trilogue",
  }),
};
