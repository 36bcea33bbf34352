import type { OperationBase } from "../descriptor/operation.ts";
import type { Context } from "./context.ts";
import { createHeaders, type HeaderMap } from "./headers.ts";

/** What goes with a request so that the other side knows who calls. */
export interface AttachedCredentials {
  readonly headers: readonly (readonly [string, string])[];
  /** Pairs for the query, encoded; empty when there are none. */
  readonly query: string;
}

/** The credentials of one logical call. */
export interface CallCredentials {
  /** What was obtained last; undefined before. */
  readonly attached: AttachedCredentials | undefined;
  /**
   * Obtains what the call needs, once, whatever number of attempts it takes.
   *
   * @throws {ServiceError} unauthenticated, `sent: "no"`, when there is none, or it can't be had or written.
   */
  obtain(): Promise<AttachedCredentials>;
  /** Asks again, because the other side refused what was sent; false when nothing else came. */
  renew(): Promise<boolean>;
}

/** A call that may need credentials. */
export interface CredentialedCall {
  readonly operation: OperationBase;
  readonly input: unknown;
  readonly headers: HeaderMap;
  readonly context: Context<any>;
}

/** Gives calls the credentials that their contract asks for; made by `createCredentials` of `./http`. */
export interface Credentials {
  /** Undefined where the operation asks for none. */
  forCall(call: CredentialedCall): CallCredentials | undefined;
}

/** A copy of `headers` with the credentials: those of the call are shown to interceptors, and never hold any. */
export function withCredentials(headers: HeaderMap, attached: AttachedCredentials): HeaderMap {
  const copy = createHeaders(headers);
  for (const [name, value] of attached.headers) {
    const before = name === "cookie" ? copy.get(name) : null;
    copy.set(name, before === null ? value : `${before}; ${value}`);
  }
  return copy;
}
