import { operationId, type OperationBase } from "../descriptor/operation.ts";
import { untilCanceled } from "../environment/cancel.ts";
import { systemEnvironment } from "../environment/system.ts";
import { isServiceError, ServiceError, toServiceError } from "../error/service-error.ts";
import { abandonedError, copyError } from "../call/call-error.ts";
import { createContext, type ContextScope } from "../call/create-context.ts";
import type { CallResult } from "../call/interceptor.ts";
import { isReply } from "../http/reply.ts";
import { createPurging } from "../idempotency/purging.ts";
import { effectiveTimeoutMs } from "../policy/deadline.ts";
import { createRejection } from "../policy/rejection.ts";
import { createHandling, type Handling } from "./handling.ts";
import type { MountedService, ServerRequest } from "./server.ts";
import { holdStream, streamOf } from "./stream-result.ts";
import type { HandlerOptions, ServableService, Server, ServerOptions } from "./types.ts";

const defaultMaxInFlight = 1_000;
const defaultGraceMs = 30_000;
/** What handlers have left to end once they were aborted. */
const abortGraceMs = 1_000;

/** Makes a server without services. It knows no protocol: mounts decode requests, and hand them to `handle`. */
export function createServer<Tx = unknown>(options: ServerOptions<Tx> = {}): Server<Tx> {
  return new CallServer(options) as Server<any> as Server<Tx>;
}

class CallServer {
  readonly services: MountedService[] = [];
  readonly #options: ServerOptions<any>;
  readonly #environment: NonNullable<ServerOptions["environment"]>;
  readonly #handling = new Map<OperationBase, Handling>();
  readonly #active = new Set<ContextScope>();
  readonly #idle = new Set<() => void>();
  readonly #storeUsed: (() => void) | undefined;
  #draining = false;

  constructor(options: ServerOptions<any>) {
    const { store, logger } = options;
    this.#options = options;
    this.#environment = options.environment ?? systemEnvironment;
    this.#storeUsed = store && createPurging({ environment: this.#environment, store, logger });
  }

  get draining(): boolean {
    return this.#draining;
  }

  get inFlight(): number {
    return this.#active.size;
  }

  add(service: ServableService, handlers: object, options: object = {}): this {
    if (this.services.some(({ service: { name, kind } }) => name === service.name && kind === service.kind)) {
      throw new Error(`service "${service.name}" is there already`);
    }
    const given = handlers as MountedService["handlers"];
    for (const [name, operation] of Object.entries(service.operations as Readonly<Record<string, OperationBase>>)) {
      const handler = Object.hasOwn(given, name) ? given[name] : undefined;
      if (typeof handler !== "function") {
        throw new Error(`expected a handler for operation "${operationId(operation)}"`);
      }
      const own = Object.hasOwn(options, name) ? (options as Record<string, HandlerOptions>)[name] : undefined;
      // Bound to the object of handlers, so that they may be methods of a class.
      this.#handling.set(
        operation,
        createHandling(operation, handler.bind(handlers), {
          server: this.#options,
          environment: this.#environment,
          handler: own ?? {},
          storeUsed: this.#storeUsed,
        }),
      );
    }
    this.services.push({ service, handlers: given });
    return this;
  }

  async handle(request: ServerRequest): Promise<CallResult> {
    const id = operationId(request.operation);
    const refusal = this.#refuse(id);
    if (refusal !== undefined) {
      this.#options.telemetry?.count("resilience.rejections", 1, { policy: "admission", "rpc.method": id });
      throw refusal;
    }
    const handling = this.#handling.get(request.operation);
    if (handling === undefined) throw notServed(id);
    const scope = createContext({
      environment: this.#environment,
      headers: request.headers,
      signal: request.signal,
      logger: this.#options.logger,
      timeoutMs: effectiveTimeoutMs(request.operation, request.timeoutMs),
    });
    this.#active.add(scope);
    const startedAt = this.#environment.monotonic();
    // The request is in flight until its handler has ended, also when its caller has long been answered.
    const work = this.#serve(handling, request, scope);
    try {
      // The caller is answered at its deadline, and nobody is when it has left, whatever the handler does.
      const result = await untilCanceled(work, scope.cancel, abandonedError);
      this.#record(request.operation, startedAt, "ok");
      return result;
    } catch (error) {
      const failure = this.#toFailure(error, id);
      this.#record(request.operation, startedAt, failure.code);
      throw failure;
    }
  }

  async drain(options: { readonly graceMs?: number } = {}): Promise<void> {
    this.#draining = true;
    await this.#untilIdle(options.graceMs ?? defaultGraceMs);
    for (const scope of [...this.#active]) {
      scope.abort(
        new ServiceError("unavailable", "the server is shutting down", {
          origin: "framework",
          sent: "maybe",
          reason: "SERVER_DRAINING",
        }),
      );
    }
    await this.#untilIdle(abortGraceMs);
  }

  #refuse(operation: string): ServiceError | undefined {
    if (this.#draining) {
      return createRejection("unavailable", "SERVER_DRAINING", { message: "the server is shutting down", operation });
    }
    if (this.inFlight < (this.#options.maxInFlight ?? defaultMaxInFlight)) return undefined;
    const afterMs = Math.round(250 + 500 * this.#environment.random());
    return createRejection("unavailable", "SERVER_OVERLOADED", {
      message: "the server has too much to do",
      operation,
      retry: { class: "default", afterMs },
    });
  }

  async #serve(handling: Handling, request: ServerRequest, scope: ContextScope): Promise<CallResult> {
    const end = (): void => {
      scope.dispose();
      this.#active.delete(scope);
      if (this.#active.size === 0) for (const wake of [...this.#idle]) wake();
    };
    let result: CallResult;
    try {
      result = await handling(request, scope);
    } catch (error) {
      end();
      throw error;
    }
    const stream = streamOf(result.output);
    if (stream === undefined) {
      end();
      return result;
    }
    const held = holdStream(stream, {
      cancel: scope.cancel,
      end,
      toFailure: (error) => this.#toFailure(error, operationId(request.operation)),
    });
    return { ...result, output: isReply(result.output) ? { ...result.output, body: held } : held };
  }

  /** What callers get is one of our errors; anything else is told to the log alone. */
  #toFailure(error: unknown, operation: string): ServiceError {
    // A copy: a handler may throw one constant in many operations, and each of them is asked whose error it is.
    if (isServiceError(error)) return error.operation === undefined ? copyError(error, { operation }) : error;
    this.#options.logger?.log("error", "a handler failed", {
      "rpc.method": operation,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    return toServiceError(error, { operation, origin: "app" });
  }

  #untilIdle(graceMs: number): Promise<void> {
    if (this.#active.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const settle = (): void => {
        timer.cancel();
        this.#idle.delete(settle);
        resolve();
      };
      const timer = this.#environment.setTimer(settle, graceMs);
      this.#idle.add(settle);
    });
  }

  #record(operation: OperationBase, startedAt: number, code: string): void {
    const { telemetry } = this.#options;
    if (telemetry === undefined) return;
    const name = operation.kind === "http" ? "http.server.request.duration" : "rpc.server.call.duration";
    telemetry.record(name, (this.#environment.monotonic() - startedAt) / 1_000, {
      "rpc.method": operationId(operation),
      "rpc.status_code": code,
    });
  }
}

function notServed(operation: string): ServiceError {
  return new ServiceError("unimplemented", "the operation is not served here", {
    origin: "framework",
    sent: "no",
    operation,
    retry: { class: "never" },
  });
}
