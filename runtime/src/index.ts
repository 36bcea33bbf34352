/** The four verbs and what they take and give. */
export { createClient, type ClientOptions } from "./client/create-client.ts";
export { createSender, type Sender, type SenderOptions } from "./client/create-sender.ts";
export { isDeclaredError, type DeclaredError } from "./client/declared-error.ts";
export { resumeEvents, type ResumeCall, type ResumeOptions } from "./client/resume-events.ts";
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
  PagedMethod,
  RpcMethods,
  StreamCallOptions,
  StreamOf,
} from "./client/types.ts";
export { createConsumer, createProducer } from "./event/index.ts";
export { createServer } from "./server/create-server.ts";
export { keepAlive, type KeepAliveOptions } from "./server/keep-alive-events.ts";
export type {
  Authenticate,
  Handler,
  HandlerOptions,
  Handlers,
  HttpContext,
  HttpServe,
  ReplyOf,
  ReplyOptions,
  RpcServe,
  ServableService,
  Server,
  ServerOptions,
} from "./server/types.ts";
export type {
  AuthenticationRequest,
  Authenticators,
  MountedService,
  OperationAuthenticator,
  OutcomeCodec,
  ServerCore,
  ServerRequest,
} from "./server/server.ts";
export { safeEqual } from "./server/safe-equal.ts";
export type { HandlerIdempotency, IdempotencyMode, IdempotencyOptions } from "./idempotency/engine.ts";
export {
  isServiceError,
  ServiceError,
  statusCodeFromNumber,
  statusNumbers,
  toServiceError,
  type ErrorDetail,
  type ErrorOrigin,
  type ErrorResponse,
  type ErrorSent,
  type RetryHint,
  type ServiceErrorOptions,
  type StatusCode,
} from "./error/service-error.ts";
export type {
  CallIdempotency,
  CallOptions,
  Context,
  Deadline,
  Logger,
  Principal,
  TraceContext,
} from "./call/context.ts";
export type { AttachedCredentials, CallCredentials, CredentialedCall, Credentials } from "./call/credentials.ts";
export {
  applyInterceptors,
  type Call,
  type CallNext,
  type CallResult,
  type CallSide,
  type Interceptor,
} from "./call/interceptor.ts";
export { createHeaders, type HeaderMap, type HeadersSource } from "./call/headers.ts";
export { createContext, extendContext, type ContextScope, type ContextSource } from "./call/create-context.ts";
export { readTrace, writeTrace } from "./call/trace.ts";
export { CancelScope } from "./environment/cancel.ts";
export type { Environment, Timer } from "./environment/environment.ts";
export { systemEnvironment } from "./environment/system.ts";
export { sleep } from "./environment/sleep.ts";
export { createResilience, type Resilience } from "./policy/resilience.ts";
export type { Telemetry } from "./telemetry/telemetry.ts";
export type {
  Attempt,
  PreparedCall,
  PrepareOptions,
  Transport,
  TransportKind,
  TransportReply,
} from "./transport/transport.ts";
export type {
  Broker,
  BrokerMessage,
  Delivery,
  PublishOptions,
  Receipt,
  SubscribeOptions,
  Subscription,
} from "./broker/broker.ts";
export type {
  Claim,
  ClaimRequest,
  ClaimResult,
  IdempotencyStore,
  InboxEntry,
  InboxStore,
  OutboxRow,
  OutboxStore,
  Store,
  StoredOutcome,
} from "./store/store.ts";
export { operationId } from "./descriptor/operation.ts";
