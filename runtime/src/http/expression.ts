import { parseTemplate, type RuntimeExpression } from "../descriptor/expression.ts";
import { getOwn, isRecord, writeScalar } from "./values.ts";

/** One call and its answer, as runtime expressions look at them. */
export interface HttpExchange {
  /** The input: that of the client's call, or what the handler got. */
  readonly request?: ExchangeRequest | undefined;
  /** The whole reply: what a call with `full` resolves to, or `ctx.reply` makes. */
  readonly response?: ExchangeResponse | undefined;
  /** `$url`: the absolute URL that was called. Relative addresses are taken from it too. */
  readonly url?: string | URL | undefined;
  /** `$method`. */
  readonly method?: string | undefined;
}

/** An input, by its parts. */
export interface ExchangeRequest {
  readonly path?: object | undefined;
  readonly query?: object | undefined;
  readonly querystring?: unknown;
  readonly header?: object | undefined;
  readonly cookie?: object | undefined;
  readonly contentType?: string | undefined;
  readonly body?: unknown;
}

/** A reply, by its parts. */
export interface ExchangeResponse {
  readonly status: number;
  readonly headers?: object | undefined;
  readonly body?: unknown;
}

/** The value of an expression, in its own type; undefined when the exchange has none there. */
export function evaluate(expression: RuntimeExpression, exchange: HttpExchange): unknown {
  switch (expression.from) {
    case "url":
      return exchange.url === undefined ? undefined : String(exchange.url);
    case "method":
      return exchange.method;
    case "statusCode":
      return exchange.response?.status;
    case "header": {
      const { request, response } = exchange;
      return findHeader(expression.of === "request" ? request?.header : response?.headers, expression.name);
    }
    case "query":
    case "path":
      return getOwn(exchange.request?.[expression.from] as Readonly<Record<string, unknown>>, expression.name);
    case "body":
      return atPointer(exchange[expression.of]?.body, expression.pointer);
  }
}

/**
 * A text that may be, or hold, expressions. One that is nothing but an expression keeps the type of its value; values
 * within text are written by `write`. Undefined when one of them has no value.
 */
export function evaluateTemplate(
  text: string,
  exchange: HttpExchange,
  write: (value: string, index: number) => string = (value) => value,
): unknown {
  const template = parseTemplate(text);
  if ("malformed" in template) throw new Error(`internal: "${template.malformed}" is no runtime expression`);
  const [only] = template;
  if (template.length === 1 && typeof only === "object") return evaluate(only, exchange);
  let whole = "";
  for (const [index, part] of template.entries()) {
    const value = typeof part === "string" ? part : writeScalar(evaluate(part, exchange) ?? undefined);
    if (value === undefined) return undefined;
    whole += typeof part === "string" ? part : write(value, index);
  }
  return whole;
}

/** What stands at a JSON Pointer, by its steps; only own properties count. */
export function atPointer(value: unknown, steps: readonly string[]): unknown {
  let found = value;
  for (const step of steps) {
    if (Array.isArray(found)) found = /^(?:0|[1-9]\d{0,9})$/.test(step) ? (found[Number(step)] as unknown) : undefined;
    else found = isRecord(found) ? getOwn(found, step) : undefined;
  }
  return found;
}

/** Names of headers don't tell case apart. */
function findHeader(headers: object | undefined, name: string): unknown {
  const wanted = name.toLowerCase();
  return Object.entries(headers ?? {}).find(([own]) => own.toLowerCase() === wanted)?.[1];
}
