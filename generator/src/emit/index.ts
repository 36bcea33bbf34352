import { lines } from "../code/build.ts";
import type { CodeModule } from "../code/code.ts";
import { relativeSpecifier } from "../code/imports.ts";
import type { ImportExtension } from "../code/imports.ts";
import { quote } from "../code/text.ts";
import type { Model } from "../model/model.ts";
import { createAllocator } from "../plan/allocator.ts";
import { toPascalWords, toTypeName } from "../plan/identifiers.ts";
import type { Plan } from "../plan/plan.ts";
import { nameRpc, rpcModuleOf } from "./rpc.ts";

interface ServiceExport {
  readonly name: string;
  readonly fullName: string;
  readonly module: string;
}

/**
 * `index.ts`: every service of the run by its own name. Services of one name (two versions of a contract) are all
 * exported by their full name instead: `PaymentsV1Payments`, `PaymentsV2Payments`. Types stay in their modules.
 */
export function emitIndex(model: Model, plan: Plan, importExtension: ImportExtension): CodeModule {
  const services = servicesOf(model, plan);
  const counts = new Map<string, number>();
  for (const { name } of services) counts.set(name, (counts.get(name) ?? 0) + 1);
  const allocator = createAllocator();
  for (const { name } of services) {
    if (counts.get(name) === 1) allocator.take(name, "");
  }
  const exports = services.map(({ name, fullName, module }) => {
    const alias = counts.get(name) === 1 ? name : allocator.take(toTypeName(toPascalWords(fullName)), "");
    const specifier = relativeSpecifier("index", module, importExtension);
    return `export { ${alias === name ? name : `${name} as ${alias}`} } from ${quote(specifier)};`;
  });
  return {
    path: "index",
    source: "all contracts",
    declares: [],
    statements: exports.length === 0 ? [] : [lines(exports)],
  };
}

function servicesOf(model: Model, plan: Plan): readonly ServiceExport[] {
  const services = model.contracts.flatMap((contract): readonly ServiceExport[] => {
    if (contract.kind === "rpc") {
      const names = nameRpc(contract);
      return contract.services.map((service) => ({
        name: names.services.get(service)?.constant ?? service.service.name,
        fullName: service.service.typeName,
        module: rpcModuleOf(contract),
      }));
    }
    const planned = plan.services.get(contract);
    if (planned === undefined) return [];
    const { name, module, webhooks } = planned;
    const service = { name, fullName: contract.fullName, module };
    if (webhooks === undefined || contract.kind !== "http") return [service];
    return [service, { name: webhooks.name, fullName: contract.webhooksName, module }];
  });
  const keyOf = ({ fullName, module }: ServiceExport): string => `${fullName} ${module}`;
  return services.sort((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
}
