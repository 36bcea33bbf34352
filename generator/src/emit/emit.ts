import type { CodeModule } from "../code/code.ts";
import type { ImportExtension } from "../code/imports.ts";
import type { Contract, Model } from "../model/model.ts";
import type { RpcContract } from "../model/rpc.ts";
import type { Plan } from "../plan/plan.ts";
import { emitEvents } from "./events.ts";
import { emitHttp } from "./http.ts";
import { emitIndex } from "./index.ts";
import { emitProtos } from "./protos.ts";
import { emitSchema } from "./schema.ts";
import { createTypeScope } from "./type-scope.ts";
import type { TypeScope } from "./type-scope.ts";
import { emitValidators } from "./validate.ts";

/** What shapes the output beside the contracts. */
export interface EmitOptions {
  /** `own`: we write `_pb` modules; `external`: the user's own stand at the same paths. */
  readonly messages: "own" | "external";
  /** Needed by the index alone, which is made of re-exports. */
  readonly importExtension: ImportExtension;
  /** Whether validators check `format`; default `assert`. */
  readonly formats?: "assert" | "annotate";
  /** Only what derives from protos, and no index. */
  readonly protosOnly?: boolean;
}

/** Code of all planned modules, sorted by path. */
export function emit(model: Model, plan: Plan, options: EmitOptions): readonly CodeModule[] {
  const protos = model.contracts.filter((contract): contract is RpcContract => contract.kind === "rpc");
  const modules: CodeModule[] = [...emitProtos(protos, options)];
  if (options.protosOnly !== true) {
    const scope = createTypeScope(model, plan);
    const contracts = new Map<string, Contract>(model.contracts.map((contract) => [contract.path, contract]));
    for (const home of plan.homes.values()) modules.push(emitHome(contracts.get(home.source), home, scope));
    modules.push(
      ...emitValidators(plan.validators, {
        types: model.types,
        validatorOf: (id) => plan.types.get(id)?.validator,
        int64Of: (id) => plan.types.get(id)?.int64,
        checksFormats: options.formats !== "annotate",
      }),
    );
    modules.push(emitIndex(model, plan, options.importExtension));
  }
  return modules.sort((left, right) => (left.path < right.path ? -1 : left.path > right.path ? 1 : 0));
}

function emitHome(
  contract: Contract | undefined,
  home: Parameters<typeof emitSchema>[0],
  scope: TypeScope,
): CodeModule {
  if (contract === undefined) return emitSchema(home, scope);
  switch (contract.kind) {
    case "http":
      return emitHttp(contract, home, scope);
    case "event":
      return emitEvents(contract, home, scope);
    case "rpc":
      throw new Error(`internal: ${contract.path} is a proto file and holds no schemas`);
  }
}
