import type { ContextScope } from "../call/create-context.ts";
import type { Principal } from "../call/context.ts";
import type { HttpOperation } from "../descriptor/http.ts";
import { operationId, type OperationBase } from "../descriptor/operation.ts";
import { ServiceError } from "../error/service-error.ts";
import { missingAuthenticator } from "../http/authenticators.ts";
import { asksForCaller } from "../http/security-schemes.ts";
import type { OperationAuthenticator, ServerRequest } from "./server.ts";
import type { Authenticate, ServerOptions } from "./types.ts";

/** Finds out who calls one operation. */
export type Authentication = (request: ServerRequest, scope: ContextScope) => Promise<Principal | undefined>;

/**
 * Who calls an operation: its authenticator says so, else the server's `authenticate`. Undefined where nobody is asked.
 *
 * @throws {Error} when the contract asks for a caller and nobody can know one: an operation is never open by oversight.
 */
export function createAuthentication(
  operation: OperationBase,
  { authenticators, authenticate }: ServerOptions<any>,
): Authentication | undefined {
  const isExternal = authenticators === "external";
  const lists = isExternal || authenticators === undefined ? [] : [authenticators].flat();
  for (const list of lists) {
    const own = list.forOperation(operation);
    if (own !== undefined) return (request, scope) => own(partsOf(request, scope));
  }
  const isGuarded = operation.kind === "http" && asksForCaller(operation as HttpOperation) && !isExternal;
  if (authenticate !== undefined) return byHook(operation, authenticate, isGuarded);
  if (isGuarded) throw missingAuthenticator(operation as HttpOperation);
  return undefined;
}

function partsOf(request: ServerRequest, scope: ContextScope): Parameters<OperationAuthenticator>[0] {
  return {
    headers: request.headers,
    target: request.target,
    peer: request.peer,
    get signal() {
      return scope.context.signal;
    },
  };
}

function byHook(operation: OperationBase, authenticate: Authenticate, isGuarded: boolean): Authentication {
  return async ({ headers }, scope) => {
    const principal = await authenticate({
      operation,
      headers,
      get signal() {
        return scope.context.signal;
      },
    });
    if (principal === undefined && isGuarded) throw unknownCaller(operation);
    return principal;
  };
}

function unknownCaller(operation: OperationBase): ServiceError {
  return new ServiceError("unauthenticated", `${operationId(operation)} needs a known caller`, {
    reason: "CREDENTIALS_MISSING",
    origin: "framework",
    sent: "no",
    retry: { class: "never" },
    operation: operationId(operation),
  });
}
