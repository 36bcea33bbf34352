import type { Contract, Model } from "../model/model.ts";
import type { EventOperationModel } from "../model/event.ts";
import type { HttpOperationModel } from "../model/http.ts";
import type { ResolvedPolicy } from "../model/policy.ts";
import type { RpcOperationModel } from "../model/rpc.ts";
import type { SourceRange } from "../source/source-file.ts";

/** An operation of any kind, with what the rules need of all of them. */
export type CheckedOperation = {
  /** `payments.v1.Payments`. */
  readonly service: string;
  readonly name: string;
  readonly at: SourceRange | undefined;
  readonly policy: ResolvedPolicy;
} & (
  | { readonly kind: "http"; readonly model: HttpOperationModel }
  | { readonly kind: "event"; readonly model: EventOperationModel }
  | { readonly kind: "rpc"; readonly model: RpcOperationModel }
);

/** A service, by the name that policies and metrics use. */
export interface CheckedService {
  readonly name: string;
  readonly contract: Contract;
  readonly at: SourceRange | undefined;
}

/** All services of a model, in the order of its contracts. */
export function listServices(model: Model): readonly CheckedService[] {
  return model.contracts.flatMap((contract): readonly CheckedService[] => {
    if (contract.kind === "rpc") {
      return contract.services.map(({ service, at }) => ({ name: service.typeName, contract, at }));
    }
    const service = { name: contract.fullName, contract, at: contract.at };
    const hasWebhooks = contract.kind === "http" && contract.webhooks.length > 0;
    return hasWebhooks ? [service, { ...service, name: contract.webhooksName }] : [service];
  });
}

/** The operations of OpenAPI documents, webhooks and callbacks with them. */
export function listHttpOperations(model: Model): readonly HttpOperationModel[] {
  return listOperations(model).flatMap((operation) => (operation.kind === "http" ? [operation.model] : []));
}

/** All operations of a model, in the order of its contracts. */
export function listOperations(model: Model): readonly CheckedOperation[] {
  return model.contracts.flatMap((contract): readonly CheckedOperation[] => {
    switch (contract.kind) {
      case "http":
        return [...contract.operations, ...contract.webhooks].map((operation) => ({
          kind: "http",
          service: operation.hook === undefined ? contract.fullName : contract.webhooksName,
          name: operation.name,
          at: operation.at,
          policy: operation.policy,
          model: operation,
        }));
      case "event":
        return contract.operations.map((operation) => ({
          kind: "event",
          service: contract.fullName,
          name: operation.name,
          at: operation.at,
          policy: operation.policy,
          model: operation,
        }));
      case "rpc":
        return contract.services.flatMap(({ service, operations }) =>
          operations.map((operation) => ({
            kind: "rpc",
            service: service.typeName,
            name: operation.method.name,
            at: operation.at,
            policy: operation.policy,
            model: operation,
          })),
        );
    }
  });
}

/** Where a value of an operation's policy was written or follows from; the operation itself when it is built in. */
export function placeOfValue(operation: CheckedOperation, path: string): SourceRange | undefined {
  const origin = operation.policy.values.find((value) => value.path === path)?.origin;
  return (origin === undefined || origin.kind === "builtin" ? undefined : origin.range) ?? operation.at;
}

/** A value of an operation's policy, as contracts write it. */
export function valueOf(operation: CheckedOperation, path: string): unknown {
  return operation.policy.values.find((value) => value.path === path)?.value;
}

/** The texts of a list in a policy. */
export function textsOf(operation: CheckedOperation, path: string): readonly string[] {
  const value = valueOf(operation, path);
  return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === "string") : [];
}
