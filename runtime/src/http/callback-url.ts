import type { HttpOperation } from "../descriptor/http.ts";
import { operationId } from "../descriptor/operation.ts";
import { evaluateTemplate, type HttpExchange } from "./expression.ts";

/**
 * The address that a callback goes to, from the call that asked for it: evaluates the contract's runtime expression,
 * such as `{$request.body#/callbackUrl}`. A value that begins the address is taken as it is, because it is a URL; a
 * value behind other text is percent-encoded, so that it stays one part of a path or query.
 *
 * The address was chosen by whoever made that call. Send to it by `createSender`, with `allowUrl` and a pool with
 * `allowAddress`, so that nobody can make your server call into its own network.
 *
 * @throws {TypeError} when the exchange has no value for an expression, or the address is no http or https URL.
 */
export function callbackUrl(operation: HttpOperation, exchange: HttpExchange): URL {
  const id = operationId(operation);
  const expression = operation.callback?.expression;
  if (expression === undefined) throw new TypeError(`${id} is no callback with an address in the contract`);
  const address = evaluateTemplate(expression, exchange, (value, index) =>
    index === 0 ? value : encodeURIComponent(value.toWellFormed()),
  );
  if (typeof address !== "string") throw new TypeError(`the call has no address for ${id} at ${expression}`);
  const url = URL.parse(address, exchange.url);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new TypeError(`the address for ${id} at ${expression} is no http or https URL`);
  }
  return url;
}
