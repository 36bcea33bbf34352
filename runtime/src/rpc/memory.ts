import { createRouterTransport } from "@connectrpc/connect";
import type { Environment } from "../environment/environment.ts";
import { sleep } from "../environment/sleep.ts";
import { ServiceError } from "../error/service-error.ts";
import type { OperationBase } from "../descriptor/operation.ts";
import type { ServerCore } from "../server/server.ts";
import type { Attempt, PreparedCall, Transport, TransportReply } from "../transport/transport.ts";
import { timeoutHeader } from "../wire/timeout.ts";
import { connectRoutes, type ConnectRoutesOptions } from "./router.ts";
import { connectTransport } from "./transport.ts";

/** What goes wrong with one request on its way. */
export type RpcFault =
  /** The connection is refused: `sent: "no"`. */
  | { readonly kind: "refuse" }
  /** The server answers, the answer is lost: `sent: "maybe"`. */
  | { readonly kind: "dropResponse" }
  /** The request is lost after it was written: `sent: "maybe"`, no handler runs. */
  | { readonly kind: "dropRequest" }
  /** Waits, milliseconds, before the server gets it, and before the client gets the answer. */
  | { readonly kind: "delay"; readonly requestMs?: number; readonly responseMs?: number };

/** What an in-memory RPC transport may be told. */
export interface MemoryRpcOptions extends ConnectRoutesOptions {
  /** Default `memory`. */
  readonly authority?: string;
  /** Delays run on it. */
  readonly environment: Environment;
  /** Asked before each request. */
  readonly fault?: (operation: OperationBase, attempt: Attempt) => RpcFault | undefined;
}

/**
 * A transport to a server in the same process, through Connect's protocol and codecs and without sockets. The remaining
 * time travels in a header of ours, so that no timer runs but those of `environment`: simulations stay deterministic.
 */
export function memoryRpcTransport(server: ServerCore, options: MemoryRpcOptions): Transport<"rpc"> {
  const inner = connectTransport(createRouterTransport(connectRoutes(server, options)), {
    authority: options.authority ?? "memory",
    environment: options.environment,
    timeoutHeader,
  });
  return {
    ...inner,
    prepare(operation, input) {
      const prepared = inner.prepare(operation, input);
      return {
        repeatable: prepared.repeatable,
        send: (attempt) => sendFaulty({ operation, prepared, options }, attempt),
      };
    },
  };
}

async function sendFaulty(
  call: { readonly operation: OperationBase; readonly prepared: PreparedCall; readonly options: MemoryRpcOptions },
  attempt: Attempt,
): Promise<TransportReply> {
  const { environment } = call.options;
  const fault = call.options.fault?.(call.operation, attempt);
  if (fault?.kind === "refuse") throw broken("the connection was refused", "no");
  if (fault?.kind === "dropRequest") throw broken("the connection broke", "maybe");
  if (fault?.kind === "delay" && fault.requestMs !== undefined)
    await sleep(environment, fault.requestMs, attempt.signal);
  const reply = await settled(call.prepared.send(attempt), fault);
  if (fault?.kind === "delay" && fault.responseMs !== undefined)
    await sleep(environment, fault.responseMs, attempt.signal);
  return reply;
}

/** A lost answer is lost whether it was a result or an error. */
async function settled(reply: Promise<TransportReply>, fault: RpcFault | undefined): Promise<TransportReply> {
  if (fault?.kind !== "dropResponse") return reply;
  const lost = await reply.catch(() => undefined);
  // Nobody will read a lost stream: its handler must not wait for a reader.
  const output = lost?.output as Partial<AsyncIterable<unknown>> | undefined;
  const iterator = output?.[Symbol.asyncIterator]?.();
  iterator?.next().catch(() => undefined);
  iterator?.return?.().catch(() => undefined);
  throw broken("the connection broke", "maybe");
}

function broken(what: string, sent: "no" | "maybe"): ServiceError {
  return new ServiceError("unavailable", what, { origin: "transport", sent });
}
