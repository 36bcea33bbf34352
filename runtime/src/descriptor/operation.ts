import type { OperationPolicy } from "./policy.ts";

/** The three contract kinds: `rpc` from proto, `http` from OpenAPI, `event` from AsyncAPI. */
export type ServiceKind = "rpc" | "http" | "event";

/** What every operation descriptor has, whatever its kind. Generated as a side-effect-free constant. */
export interface OperationBase {
  readonly kind: ServiceKind;
  /** The name it has in clients and handlers, unique in its service, for example `createPayment`. */
  readonly name: string;
  /** The service's full name, for example `payments.v1.Payments`. */
  readonly service: string;
  readonly policy: OperationPolicy;
}

/** The full name used in policies, metrics, logs and errors: `payments.v1.Payments/createPayment`. */
export function operationId(operation: OperationBase): string {
  return `${operation.service}/${operation.name}`;
}

/** Operations by their local name. */
export type OperationMap<Operation extends OperationBase = OperationBase> = { readonly [name: string]: Operation };

/** A service: a name and its operations; the generated constant is one of the three kinds below. */
export interface ServiceBase {
  readonly kind: ServiceKind;
  readonly name: string;
  readonly operations: object;
}
