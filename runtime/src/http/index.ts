export { httpTransport, type HttpTransportOptions, type HttpTransportSource } from "./transport.ts";
export { createHttpHandler, type HttpHandlerOptions } from "./handler.ts";
export { openFile, type BinaryContent, type OpenFile, type OpenFileOptions } from "./file.ts";
export { webCodings, type ContentCodings, type ContentDecoder } from "./content-coding.ts";
export {
  createAuthenticators,
  type Authenticator,
  type AuthenticatorRequest,
  type AuthenticatorsFor,
} from "./authenticators.ts";
export {
  createCredentials,
  type BasicCredential,
  type CredentialRequest,
  type CredentialsFor,
  type CredentialSource,
  type SecuredSource,
} from "./credentials.ts";
export { createReply, isReply, type HttpReply, type HttpReplyOptions } from "./reply.ts";
export {
  clientLimits,
  serverLimits,
  type HttpBody,
  type HttpHandler,
  type HttpLimits,
  type HttpPeer,
  type HttpRequest,
  type HttpResponse,
  type HttpSend,
  type PeerCertificate,
} from "./message.ts";
export { callbackUrl } from "./callback-url.ts";
export type { ExchangeRequest, ExchangeResponse, HttpExchange } from "./expression.ts";
export { webhooksAt, type WebhookPaths } from "./webhooks-at.ts";
export {
  evaluatePreconditions,
  type ConditionSource,
  type PreconditionVerdict,
  type RepresentationState,
} from "./preconditions.ts";
export { linkInput, type LinkSource } from "./link-input.ts";
export { items, pages, type ItemAt, type PageOptions, type PagingMethod } from "./pages.ts";
export { serverUrl } from "./server-url.ts";
export { networkError } from "./network-error.ts";
export type {
  HttpCallback,
  HttpEncoding,
  HttpLink,
  HttpMediaType,
  HttpOperation,
  HttpParameter,
  HttpOAuthFlow,
  HttpResponseDescriptor,
  HttpSecurityRequirement,
  HttpSecurityScheme,
  HttpOwnServers,
  HttpServer,
  HttpService,
  HttpWebhooks,
  PagedOperation,
  SecurityKind,
  ServerSentEvent,
  ValueShape,
} from "../descriptor/http.ts";
