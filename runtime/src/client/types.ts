import type { CallOptions } from "../call/context.ts";
import type { HttpOperation, PagedOperation } from "../descriptor/http.ts";
import type { OperationBase } from "../descriptor/operation.ts";
import type { RpcOperation } from "../descriptor/rpc.ts";

/** What `createClient` takes: a generated service, or operations by name, `{ createPayment }`. */
export type ClientSource = CallableService | { readonly [name: string]: CallableOperation };

/** A service that is called over a transport; events go over a broker. */
export interface CallableService {
  readonly kind: "rpc" | "http";
  readonly name: string;
  readonly operations: object;
}

/** Likewise for operations. */
export interface CallableOperation extends OperationBase {
  readonly kind: "rpc" | "http";
}

/** The operations of a service, or the subset itself. */
export type OperationsOf<Source> = Source extends { readonly operations: infer Operations extends object }
  ? Source extends { readonly kind: "rpc" | "http" }
    ? Operations
    : Source
  : Source;

/** The transport kind that the source needs. A subset of both kinds needs a transport that does not exist. */
export type KindOf<Source> = Source extends {
  readonly kind: infer Kind extends "rpc" | "http";
  readonly operations: object;
}
  ? Kind
  : KindOfAll<Source[keyof Source]>;

type KindOfAll<Operation> = [Operation] extends [{ readonly kind: "rpc" }]
  ? "rpc"
  : [Operation] extends [{ readonly kind: "http" }]
    ? "http"
    : never;

/** A client: one method an operation, with the operation's name and documentation. */
export type Client<Operations> = { readonly [Name in keyof Operations]: ClientMethod<Operations[Name]> };

/** How one operation is called. */
export type ClientMethod<Operation> =
  Operation extends PagedOperation<infer Input, infer Result, infer Response, any, infer Items>
    ? PagedMethod<Input, Result, Response, Items>
    : Operation extends HttpOperation<infer Input, infer Result, infer Response, any>
      ? HttpMethod<Input, Result, Response>
      : Operation extends RpcOperation<infer Stream, infer Input, infer Output, any, any>
        ? RpcMethods<Input, Output>[Stream]
        : never;

/**
 * Calls an HTTP operation. Resolves to the body of the success response and throws the declared errors; with
 * `{ full: true }` it resolves to the union of all declared responses as `{ status, contentType, headers, body }`. With
 * `{ stream: true }` a body of bytes comes as it is read, however long it is.
 */
export type HttpMethod<Input, Result, Response> = {} extends Input
  ? {
      (input: Input | undefined, options: FullCallOptions): Promise<Response>;
      (input: Input | undefined, options: StreamCallOptions): Promise<StreamOf<Result>>;
      (input?: Input, options?: CallOptions): Promise<Result>;
    }
  : {
      (input: Input, options: FullCallOptions): Promise<Response>;
      (input: Input, options: StreamCallOptions): Promise<StreamOf<Result>>;
      (input: Input, options?: CallOptions): Promise<Result>;
    };

/** Calls an operation that answers with one page of a list; `pages` and `items` of `./http` read all of them. */
export type PagedMethod<Input, Result, Response, Items extends string> = HttpMethod<Input, Result, Response> & {
  readonly "~operation": PagedOperation<Input, Result, Response, any, Items>;
};

/** Asks for the whole response. */
export interface FullCallOptions extends CallOptions {
  readonly full: true;
}

/** Asks for bytes as they come; the call's deadline is then only what `timeoutMs` says. */
export interface StreamCallOptions extends CallOptions {
  readonly stream: true;
}

/** A result with its bytes as a stream, which can be read once and ends the call when its reader stops. */
export type StreamOf<Result> = Result extends Uint8Array ? AsyncIterable<Uint8Array> : Result;

/** Calls of the four RPC kinds. A stream begins when it is first read, and ends when its reader stops. */
export interface RpcMethods<Input, Output> {
  readonly unary: (input: Input, options?: CallOptions) => Promise<Output>;
  readonly serverStream: (input: Input, options?: CallOptions) => AsyncIterable<Output>;
  readonly clientStream: (input: AsyncIterable<Input>, options?: CallOptions) => Promise<Output>;
  readonly bidiStream: (input: AsyncIterable<Input>, options?: CallOptions) => AsyncIterable<Output>;
}
