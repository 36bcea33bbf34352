import { operationId } from "../descriptor/operation.ts";
import type { HttpOperation } from "../descriptor/http.ts";
import { findResponse } from "./decode-response.ts";
import { evaluateTemplate, type ExchangeRequest, type ExchangeResponse } from "./expression.ts";
import { getOwn, setOwn } from "./values.ts";

/** A call and its whole reply, and which link of the reply is meant. */
export interface LinkSource<Input, Response> {
  /** The operation that was called. */
  readonly from: HttpOperation<Input, any, Response, any>;
  /** The link's name in the contract. */
  readonly link: string;
  readonly request: NoInfer<Input> & ExchangeRequest;
  /** What the call resolved to with `full`. */
  readonly response: NoInfer<Response> & ExchangeResponse;
}

/**
 * The input of another operation, as a link of a reply gives it (OpenAPI 3.2 section "Link Object"):
 *
 * ```ts
 * const response = await users.createUser(request, { full: true });
 * const input = linkInput(getUser, { from: createUser, link: "userById", request, response });
 * if (input !== undefined) await users.getUser(input);
 * ```
 *
 * Undefined when the reply has no such link, or not the value of a parameter that the target needs: a list that ended.
 *
 * @throws {TypeError} when no response of the operation declares the link, or it leads to another operation.
 */
export function linkInput<Target, Input, Response>(
  target: HttpOperation<Target, any, any, any>,
  source: LinkSource<Input, Response>,
): Target | undefined {
  const { from, request, response } = source;
  if (!from.responses.some(({ links }) => getOwn(links, source.link) !== undefined)) {
    throw new TypeError(`${operationId(from)} declares no link "${source.link}"`);
  }
  const link = getOwn(findResponse(from.responses, response.status)?.links, source.link);
  if (link === undefined) return undefined;
  if (link.operation !== target.name) {
    throw new TypeError(
      `link "${source.link}" of ${operationId(from)} leads to ${link.operation}, not to ${target.name}`,
    );
  }
  const exchange = { request, response, method: from.method };
  const valueOf = (value: unknown): unknown => (typeof value === "string" ? evaluateTemplate(value, exchange) : value);
  const input: Record<string, unknown> = {};
  for (const { in: place, name, value } of link.parameters ?? []) {
    const found = valueOf(value);
    if (found !== undefined) setOwn((input[place] ??= {}) as Record<string, unknown>, name, found);
  }
  const isComplete = (target.parameters ?? []).every(
    ({ in: place, name, required }) =>
      required !== true || getOwn(input[place] as Readonly<Record<string, unknown>>, name) !== undefined,
  );
  const body = link.body === undefined ? undefined : valueOf(link.body.value);
  if (!isComplete || (target.body?.required === true && body === undefined)) return undefined;
  return (body === undefined ? input : { ...input, body }) as Target;
}
