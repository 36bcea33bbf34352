import type { Context, Logger, Principal } from "../call/context.ts";
import type { HeaderMap } from "../call/headers.ts";
import type { Interceptor } from "../call/interceptor.ts";
import type { HttpOperation, ResponseOf, StatusRange } from "../descriptor/http.ts";
import type { OperationBase } from "../descriptor/operation.ts";
import type { RpcOperation } from "../descriptor/rpc.ts";
import type { Environment } from "../environment/environment.ts";
import type { HttpReply } from "../http/reply.ts";
import type { HandlerIdempotency, IdempotencyOptions } from "../idempotency/engine.ts";
import type { Store } from "../store/store.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { Authenticators, ServerCore } from "./server.ts";

/** A service that a server can carry; events have consumers. */
export interface ServableService {
  readonly kind: "rpc" | "http";
  readonly name: string;
  readonly operations: object;
  /** Webhooks and callbacks are served once `webhooksAt` has given them paths. */
  readonly isUnaddressed?: never;
}

/** One handler an operation, of the operation's name. */
export type Handlers<Operations, Tx = unknown> = { readonly [Name in keyof Operations]: Handler<Operations[Name], Tx> };

/** What handles one operation: a function of the input and the context. */
export type Handler<Operation, Tx = unknown> =
  Operation extends HttpOperation<infer Input, any, infer Response, infer Plain>
    ? HttpServe<Input, Response, Plain, Tx>
    : Operation extends RpcOperation<infer Stream, any, any, infer Input, infer Output>
      ? RpcServe<Input, Output, Tx>[Stream]
      : never;

/** Returns the plain body where the contract has one success response without headers; `ctx.reply(...)` anywhere. */
export type HttpServe<Input, Response, Plain, Tx> = (
  input: Input,
  ctx: HttpContext<Response, Tx>,
) => Promise<Plain | ReplyOf<Response>> | Plain | ReplyOf<Response>;

/** Handlers of the four RPC kinds; streams are async iterables on either side. */
export interface RpcServe<Input, Output, Tx> {
  readonly unary: (input: Input, ctx: Context<Tx>) => Promise<Output> | Output;
  readonly serverStream: (input: Input, ctx: Context<Tx>) => AsyncIterable<Output>;
  readonly clientStream: (input: AsyncIterable<Input>, ctx: Context<Tx>) => Promise<Output> | Output;
  readonly bidiStream: (input: AsyncIterable<Input>, ctx: Context<Tx>) => AsyncIterable<Output>;
}

/** The context of HTTP handlers: it also makes replies of the declared responses. */
export interface HttpContext<Response, Tx = unknown> extends Context<Tx> {
  /** The media type of the success that the request's `Accept` chose; tells versions apart. */
  readonly accepted: TypeOf<SuccessOf<Response>> | undefined;
  /**
   * A declared response: `return ctx.reply(201, payment, { headers: { location } })`. A status, body or header that the
   * contract does not declare does not compile.
   */
  reply<const Status extends StatusOf<Response>>(
    status: Status,
    ...rest: ReplyRest<ResponseOf<Response, Status>>
  ): ReplyOf<ResponseOf<Response, Status>>;
}

/** The reply objects of a union of declared responses. */
export type ReplyOf<Response> = Response extends { readonly status: infer Status extends number }
  ? HttpReply<Status, BodyOf<Response>, HeadersOf<Response>>
  : never;

/** The declared successes; where there is none, whatever may be one. */
type SuccessOf<Response> = [DeclaredSuccess<Response>] extends [never] ? Response : DeclaredSuccess<Response>;
type DeclaredSuccess<Response> = Response extends { readonly status: StatusRange<2> } ? Response : never;
type StatusOf<Response> = Response extends { readonly status: infer Status } ? Status : never;
type BodyOf<Response> = Response extends { readonly body: infer Body } ? Body : undefined;
type HeadersOf<Response> = Response extends { readonly headers: infer Headers } ? Headers : {};
type TypeOf<Response> = Response extends { readonly contentType: infer Type } ? Type : never;

type ReplyRest<Response> =
  {} extends HeadersOf<Response>
    ? undefined extends BodyOf<Response>
      ? [body?: BodyOf<Response>, options?: ReplyOptions<Response>]
      : [body: BodyOf<Response>, options?: ReplyOptions<Response>]
    : [body: BodyOf<Response>, options: ReplyOptions<Response>];

/** What beside status and body the declared response has. */
export type ReplyOptions<Response> = ReplyHeaders<HeadersOf<Response>> & {
  /** One of the declared media types; absent: what the request's `Accept` chose. */
  readonly contentType?: TypeOf<Response>;
};

type ReplyHeaders<Headers> = {} extends Headers ? { readonly headers?: Headers } : { readonly headers: Headers };

/** Finds out who calls, for operations that no authenticator is for. */
export type Authenticate = (request: {
  readonly operation: OperationBase;
  readonly headers: HeaderMap;
  readonly signal: AbortSignal;
}) => Promise<Principal | undefined> | Principal | undefined;

/** What a server may be given. */
export interface ServerOptions<Tx = unknown> {
  /** Keeps the keys of keyed operations; needed as soon as one is added. */
  readonly store?: Store<Tx>;
  readonly idempotency?: IdempotencyOptions;
  /** Time, timers, randomness and ids; the machine's by default. */
  readonly environment?: Environment;
  /** In order; once a request, above idempotency, so that they see replays too. */
  readonly interceptors?: readonly Interceptor[];
  /**
   * Who calls the operations of contracts with security schemes, from `createAuthenticators` of `./http`. `"external"`
   * says that somebody before the server lets nobody else through, a gateway for example.
   */
  readonly authenticators?: Authenticators | readonly Authenticators[] | "external";
  /**
   * Who calls all other operations. Resolves to the caller, or undefined for an unknown one, whom operations with
   * declared security refuse unless the authenticators are `"external"`; throws `unauthenticated` to refuse.
   */
  readonly authenticate?: Authenticate;
  readonly logger?: Logger;
  readonly telemetry?: Telemetry;
  /** Requests served at once; beyond it they are refused unserved, with a hint. Default 1,000. */
  readonly maxInFlight?: number;
}

/** What one handler says of itself. */
export type HandlerOptions = HandlerIdempotency;

/** A server of any number of services; a mount (`./server/node`, `./server/fetch`) brings it to the network. */
export interface Server<Tx = unknown> extends ServerCore {
  /**
   * Adds a service with all its handlers, and returns the server. `options` are per operation, for example
   * `{ createOrder: { mode: "lease", resumable: true } }`.
   *
   * @throws {Error} when a handler is missing, the service is there already, a keyed operation has no store, or one
   * with declared security has nobody who knows its callers.
   */
  add<const Service extends ServableService>(
    service: Service,
    handlers: NoInfer<Handlers<Service["operations"], Tx>>,
    options?: { readonly [Name in keyof NoInfer<Service>["operations"]]?: HandlerOptions },
  ): Server<Tx>;
}
