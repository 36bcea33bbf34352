import type { Context } from "../call/context.ts";
import type { HeaderMap } from "../call/headers.ts";
import type { HttpHandlerOptions, HttpRouting, TargetRoute } from "../http/handler.ts";

/** What a mount in a framework may be told. */
export interface FrameworkOptions extends HttpHandlerOptions {
  /**
   * Who answers failures of which callers are not told (codes unknown, internal and data_loss): `trilogue`, with a
   * problem document of status 500 (default), or the framework's own error handler, which gets the `ServiceError`.
   * `onError` is called in both cases.
   */
  readonly errors?: "trilogue" | "framework";
}

/** A route that is ours, with the target that it was found by. */
export interface FoundRoute {
  readonly route: TargetRoute;
  readonly target: string;
}

/**
 * The first of `targets` that is a path of the contracts, whatever the method; undefined when the request is somebody
 * else's. A framework gives a path without the prefix of its mount and with it, because contracts may name that prefix
 * in their servers.
 */
export function findOurs(
  routing: HttpRouting,
  method: string,
  targets: readonly (string | undefined)[],
): FoundRoute | undefined {
  for (const target of new Set(targets)) {
    if (target === undefined) continue;
    const route = routing.find(method, target);
    if (route.kind === "found" || route.kind === "noMethod" || (route.kind === "tooLong" && route.isKnown)) {
      return { route, target };
    }
  }
  return undefined;
}

/** A target without a prefix such as `/api`; undefined when it does not begin with it. */
export function withoutPrefix(target: string, prefix: string): string | undefined {
  const base = prefix.replace(/\/+$/, "");
  if (base === "") return target;
  if (!target.startsWith(base)) return undefined;
  const rest = target.slice(base.length);
  if (rest === "" || rest.startsWith("?")) return `/${rest}`;
  return rest.startsWith("/") ? rest : undefined;
}

/** What the framework has for a call, by the headers that its context carries. */
export interface FrameworkRequests<Item> {
  keep(headers: HeaderMap, item: Item): void;
  find(ctx: Pick<Context<any>, "headers">): Item | undefined;
}

/** Keeps what a framework has for each call, for as long as the call lives. */
export function createFrameworkRequests<Item>(): FrameworkRequests<Item> {
  const items = new WeakMap<HeaderMap, Item>();
  return {
    keep: (headers, item) => {
      items.set(headers, item);
    },
    find: ({ headers }) => items.get(headers),
  };
}

/** The error of a body that somebody read before us; thrown to the framework, because it is the app's fault. */
export function bodyTakenError(method: string, target: string, help: string): Error {
  const path = target.split("?", 1)[0] ?? "";
  return new Error(`the body of ${method} ${path} was read before Trilogue came to it: ${help}`);
}
