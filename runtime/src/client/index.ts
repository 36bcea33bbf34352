/**
 * The client alone: what a browser bundles. The main entry exports the same and, beside it, servers and events, whose
 * modules need Node.
 */
export { createClient, type ClientOptions } from "./create-client.ts";
export { createSender, type Sender, type SenderOptions } from "./create-sender.ts";
export { isDeclaredError, type DeclaredError } from "./declared-error.ts";
export type {
  CallableOperation,
  CallableService,
  Client,
  ClientMethod,
  ClientSource,
  FullCallOptions,
  HttpMethod,
  KindOf,
  OperationsOf,
  RpcMethods,
} from "./types.ts";
export { isServiceError, ServiceError, type ServiceErrorOptions, type StatusCode } from "../error/service-error.ts";
export type { CallOptions, Context } from "../call/context.ts";
export type { Interceptor } from "../call/interceptor.ts";
