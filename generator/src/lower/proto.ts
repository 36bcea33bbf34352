import type { DescFile, DescMethod, FileRegistry } from "@bufbuild/protobuf";
import type { Diagnostic, Outcome } from "../diagnostics/diagnostic.ts";
import type { LoadedProtos } from "../load/loaded.ts";
import type { RpcContract, RpcOperationModel, RpcServiceModel } from "../model/rpc.ts";
import type { NativeFacts, PolicyLayer } from "../policy/layers.ts";
import { resolvePolicy } from "../policy/resolve.ts";
import { embedFile } from "./proto-embed.ts";
import { readFacts } from "./proto-facts.ts";
import { readPlaces, type ProtoPlaces } from "./proto-places.ts";
import { checkPolicyNumbers, readPolicy } from "./proto-policy.ts";

/** What the run adds to the protos. */
export interface LowerProtoOptions {
  /** Policy defaults of `trilogue.yaml` by kind, weakest first; they stand below every layer of the contracts. */
  readonly defaultsFor?: (kind: NativeFacts["kind"]) => readonly PolicyLayer[];
  /** Layers above the contract's own, weakest first, by `package.Service/Method`: policy files, service configs. */
  readonly overridesFor?: (operation: string) => readonly PolicyLayer[];
}

/** Lowers every file to generate, sorted by path; all findings at once. */
export function lowerProtos(loaded: LoadedProtos, options: LowerProtoOptions): Outcome<readonly RpcContract[]> {
  const diagnostics: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic): void => {
    diagnostics.push(diagnostic);
  };
  checkPolicyNumbers(loaded.registry, report);
  const context: Context = { registry: loaded.registry, options, report };
  const contracts: RpcContract[] = [];
  for (const name of [...loaded.filesToGenerate].sort((a, b) => (a < b ? -1 : 1))) {
    const file = loaded.registry.getFile(name);
    if (file === undefined) throw new Error(`internal: "${name}" is to be generated but was not loaded`);
    contracts.push(lowerFile(file, readPlaces(file, loaded.sources.get(name)), context));
  }
  return { value: contracts, diagnostics };
}

interface Context {
  readonly registry: FileRegistry;
  readonly options: LowerProtoOptions;
  readonly report: (diagnostic: Diagnostic) => void;
}

function lowerFile(file: DescFile, places: ProtoPlaces, context: Context): RpcContract {
  const root = readPolicy(file, { registry: context.registry, places }, context.report);
  const services = file.services.map((service): RpcServiceModel => {
    const own = readPolicy(service, { registry: context.registry, places }, context.report);
    const outer = [...(context.options.defaultsFor?.("rpc") ?? []), ...listOf(root), ...listOf(own)];
    const operations = service.methods.map((method) => lowerMethod(method, { ...context, places, outer }));
    return { service, at: places.rangeOf(service), operations };
  });
  const at =
    places.rangeAt([]) ??
    (file.proto.sourceCodeInfo === undefined ? undefined : { file: places.file, start: 0, end: 0 });
  return {
    kind: "rpc",
    path: file.proto.name,
    file,
    at,
    services,
    docs: places.docs,
    ...embedFile(file, context.registry),
  };
}

function lowerMethod(
  method: DescMethod,
  context: Context & { readonly places: ProtoPlaces; readonly outer: readonly PolicyLayer[] },
): RpcOperationModel {
  const { places, registry, options, report } = context;
  const at = places.rangeOf(method);
  const name = `${method.parent.typeName}/${method.name}`;
  const own = readPolicy(method, { registry, places }, report);
  const layers = [...context.outer, ...listOf(own), ...(options.overridesFor?.(name) ?? [])];
  const policy = resolvePolicy(
    { name, at: at ?? { file: places.file, start: 0, end: 0 } },
    readFacts(method, registry, places),
    layers,
  );
  policy.diagnostics.forEach(report);
  return { method, at, policy: policy.value };
}

function listOf<Value>(value: Value | undefined): readonly Value[] {
  return value === undefined ? [] : [value];
}
