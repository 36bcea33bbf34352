import type { CallResult } from "../../../runtime/src/call/interceptor.ts";
import { createHeaders, type HeadersSource } from "../../../runtime/src/call/headers.ts";
import type { HttpOperation, HttpParameter, HttpService } from "../../../runtime/src/descriptor/http.ts";
import type { ServiceBase } from "../../../runtime/src/descriptor/operation.ts";
import { toServiceError } from "../../../runtime/src/error/service-error.ts";
import type { HttpRequest, HttpResponse } from "../../../runtime/src/http/message.ts";
import { collectBytes } from "../../../runtime/src/http/bytes.ts";
import type { ServerCore, ServerRequest } from "../../../runtime/src/server/server.ts";
import type { Attempt } from "../../../runtime/src/transport/transport.ts";

export type FakeHandlers = Readonly<Record<string, (input: any, request: ServerRequest) => unknown>>;

/** A server core without policies: decodes nothing, admits everything, calls the handler. */
export function fakeServer(
  services: readonly (readonly [ServiceBase, FakeHandlers])[],
  state: { draining: boolean } = { draining: false },
): ServerCore & { readonly requests: ServerRequest[] } {
  const requests: ServerRequest[] = [];
  return {
    requests,
    services: services.map(([service, handlers]) => ({ service, handlers: handlers as never })),
    async handle(request): Promise<CallResult> {
      const handlers = services.find(([service]) => service.name === request.operation.service)?.[1];
      const input = request.readInput === undefined ? request.input : await request.readInput();
      requests.push({ ...request, input });
      try {
        const output = await handlers?.[request.operation.name]?.(input, request);
        return { output, headers: createHeaders() };
      } catch (error) {
        throw toServiceError(error);
      }
    },
    get draining() {
      return state.draining;
    },
    inFlight: 0,
    async drain() {
      state.draining = true;
    },
  };
}

export function operation(fields: Partial<HttpOperation> & { readonly name: string }): HttpOperation {
  return {
    kind: "http",
    service: "test.v1.Test",
    method: "GET",
    path: `/${fields.name}`,
    responses: [],
    policy: { idempotency: { level: "none" } },
    ...fields,
  };
}

export function service(...operations: readonly HttpOperation[]): HttpService {
  return {
    kind: "http",
    name: "test.v1.Test",
    operations: Object.fromEntries(operations.map((each) => [each.name, each])),
  };
}

export function parameter(fields: Partial<HttpParameter> & Pick<HttpParameter, "in" | "name">): HttpParameter {
  const style = fields.in === "query" || fields.in === "cookie" ? "form" : "simple";
  return { required: false, style, explode: style === "form", shape: { type: "string" }, ...fields };
}

export function attempt(headers: HeadersSource = [], fields: Partial<Attempt> = {}): Attempt {
  return {
    number: 1,
    signal: new AbortController().signal,
    timeoutMs: undefined,
    headers: createHeaders(headers),
    ...fields,
  };
}

export function request(
  method: string,
  target: string,
  init: { headers?: HeadersSource; body?: string | Uint8Array } = {},
): HttpRequest {
  return {
    method,
    target,
    headers: createHeaders(init.headers),
    signal: new AbortController().signal,
    body: typeof init.body === "string" ? new TextEncoder().encode(init.body) : init.body,
  };
}

export async function textOf(response: HttpResponse): Promise<string> {
  return new TextDecoder().decode(await collectBytes(response.body, 1e6));
}

export async function jsonOf(response: HttpResponse): Promise<any> {
  return JSON.parse(await textOf(response));
}
