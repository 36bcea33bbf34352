import type { EventHandler, PhasedHandler } from "./types.ts";

/** What a user may give for an operation. */
export type AnyHandler = EventHandler<any, any> | PhasedHandler<any, any> | undefined;

/** The handler of that name, also when it is a method of a class; what every object has is none. */
export function handlerOf(
  handlers: Readonly<Record<string, AnyHandler>>,
  name: string,
): PhasedHandler<any, any> | EventHandler<any, any> | undefined {
  const handler = handlers[name];
  if (typeof handler === "object" && handler !== null) return handler;
  if (typeof handler !== "function") return undefined;
  const inherited = (Object.prototype as Readonly<Record<string, unknown>>)[name];
  return handler === inherited ? undefined : handler.bind(handlers);
}
