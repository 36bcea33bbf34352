import type { HttpParameterModel, HttpResponseModel } from "../../generator/src/model/http.ts";
import type { HttpMediaType, HttpParameter } from "../../runtime/src/descriptor/http.ts";
import { isJsonType } from "../../runtime/src/http/media-type.ts";
import { isFramingHeader } from "../../runtime/src/wire/header-text.ts";
import { drawBody, Streamed } from "./bodies.ts";
import { drawChecked, type DrawOptions } from "./checked.ts";
import { drawCredentials, type DrawnCredentials } from "./credentials.ts";
import { json, type Place } from "./place.ts";
import type { PreparedOperation } from "./prepare.ts";
import { drawStatus } from "./statuses.ts";

/** A reply as handlers give it and clients get it. */
export interface DrawnReply {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

/** One call: what is sent, what is to arrive, and what is answered. */
export interface RoundTripCase {
  readonly input: Readonly<Record<string, unknown>>;
  /** The media type of the body that was drawn. */
  readonly requestMedia: HttpMediaType | undefined;
  /** As handlers are to see it. */
  readonly arrives: Readonly<Record<string, unknown>>;
  readonly credentials: DrawnCredentials;
  readonly reply: DrawnReply;
  readonly replyMedia: HttpMediaType | undefined;
}

/** Why nothing was drawn: what has no value, and where. */
export class Undrawable extends Error {}

/** How an operation is drawn. */
export interface CaseOptions extends DrawOptions {
  /** At least so many; more where more media types or responses are declared. */
  readonly draws: number;
}

/**
 * Draws calls of an operation, so that every request media type and every media type of every response occurs.
 *
 * @throws {Undrawable} when a parameter, body or header has no value.
 */
export function drawCases(operation: PreparedOperation, options: CaseOptions): readonly RoundTripCase[] {
  const { model, descriptor } = operation;
  const requests = model.body?.content ?? [];
  const replies = model.responses.flatMap((response, index) => {
    const media = response.content.length === 0 ? [undefined] : response.content.map((_media, at) => at);
    return media.map((at) => ({ response, index, at }));
  });
  const answerable = replies.filter(({ response }) => !response.status.startsWith("1"));
  const count = Math.max(options.draws, requests.length, answerable.length);
  return Array.from({ length: count }, (_none, at) => {
    const body = requests.length === 0 ? undefined : at % requests.length;
    const answer = answerable[at % answerable.length];
    const isBodyLeftOut = model.body?.required === false && at >= requests.length && options.random.chance(0.2);
    const request = drawInput(operation, isBodyLeftOut ? undefined : body, options);
    if (answer === undefined) throw new Undrawable("no response can be answered");
    return {
      ...request,
      credentials: drawCredentials(descriptor, request.input, options.random),
      ...drawReply(
        { ...answer, declared: descriptor.responses[answer.index], method: model.method },
        operation,
        options,
      ),
    };
  });
}

function drawInput(
  { model, descriptor }: PreparedOperation,
  bodyIndex: number | undefined,
  options: CaseOptions,
): Pick<RoundTripCase, "input" | "arrives" | "requestMedia"> {
  const input: Record<string, any> = {};
  const arrives: Record<string, any> = {};
  model.parameters.forEach((parameter, at) => {
    const declared = descriptor.parameters?.[at];
    if (declared === undefined) throw new Error(`internal: parameter "${parameter.name}" was not generated`);
    const isKey = isKeyOf(descriptor.policy.idempotency, parameter.name);
    if (!parameter.required && !isKey && options.random.chance(0.4)) return;
    const value = drawParameter(parameter, declared, { ...options, isKey, path: model.path });
    if (value === undefined) {
      if (parameter.required) throw new Undrawable(`${parameter.in} parameter "${parameter.name}"`);
      return;
    }
    if (parameter.in === "querystring") input["querystring"] = value;
    else (input[parameter.in] ??= {})[parameter.name] = value;
  });
  Object.assign(arrives, input);
  const media = bodyIndex === undefined ? undefined : model.body?.content[bodyIndex];
  const declared = bodyIndex === undefined ? undefined : descriptor.body?.content[bodyIndex];
  if (media === undefined || declared === undefined) return { input, arrives, requestMedia: undefined };
  const body = drawBody(media, declared, { ...options, direction: "request" });
  if (body === undefined) throw new Undrawable(`the ${media.mediaType} body`);
  input["body"] = body.value;
  arrives["body"] = body.value;
  const isRange = media.mediaType.includes("*");
  if ((model.body?.content.length ?? 0) > 1 || isRange) {
    input["contentType"] = body.contentType;
    arrives["contentType"] = isRange ? body.contentType : declared.mediaType;
  }
  return { input, arrives, requestMedia: declared };
}

function isKeyOf(idempotency: { readonly key?: { readonly name?: string } }, name: string): boolean {
  return idempotency.key?.name?.toLowerCase() === name.toLowerCase();
}

/** A value of a parameter or header; undefined when there is none. */
export function drawParameter(
  parameter: HttpParameterModel,
  declared: HttpParameter,
  options: DrawOptions & { readonly isKey: boolean; readonly path: string },
): unknown {
  return drawChecked(parameter.schema, placeOf(parameter, options), {
    ...options,
    direction: "request",
    validate: declared.validate,
    parameter: declared,
  });
}

function placeOf(
  { in: kind, name, style, explode, allowReserved, mediaType }: HttpParameterModel,
  { isKey, path }: { readonly isKey: boolean; readonly path: string },
): Place {
  if (mediaType !== undefined) return placeOfContent(kind, mediaType);
  if (style === "deepObject") return { kind: "deep", level: "whole" };
  if (isKey) return { kind: "header", level: "whole", charset: "plain" };
  const shares = kind === "path" && !new RegExp(`(^|/)\\{${escapeText(name)}\\}(/|$)`).test(path);
  const delimiter = style === "spaceDelimited" ? /^$| / : style === "pipeDelimited" ? /^$|\|/ : /^$/;
  return {
    kind: kind === "querystring" ? "query" : kind,
    level: "whole",
    ...(shares ? { charset: "plain" } : style === "cookie" ? { charset: "ascii" } : {}),
    ...(allowReserved ? { keepsTriples: true } : {}),
    ...(explode ? {} : { itemsWithout: delimiter }),
  };
}

function placeOfContent(kind: HttpParameterModel["in"], mediaType: string): Place {
  if (isJsonType(mediaType)) return kind === "header" ? { ...json, charset: "ascii" } : json;
  if (mediaType === "application/x-www-form-urlencoded") return { kind: "form", level: "whole" };
  return kind === "header" ? { kind: "header", level: "whole" } : { kind: "query", level: "whole" };
}

function escapeText(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

interface Answer {
  readonly response: HttpResponseModel;
  readonly at: number | undefined;
  readonly method: string;
  readonly declared: PreparedOperation["descriptor"]["responses"][number] | undefined;
}

function drawReply(
  { response, at, method, declared }: Answer,
  { model }: PreparedOperation,
  options: CaseOptions,
): Pick<RoundTripCase, "reply" | "replyMedia"> {
  if (declared === undefined) throw new Error(`internal: response ${response.status} was not generated`);
  const status = drawStatus(response, model.responses, options.random);
  if (status === undefined) throw new Undrawable(`a status for response "${response.status}"`);
  const headers = drawHeaders(response, declared.headers ?? [], options);
  const media = at === undefined ? undefined : response.content[at];
  const declaredMedia = at === undefined ? undefined : declared.content[at];
  // RFC 9110 section 6.4.1: these have no body, whatever the contract says.
  if (media === undefined || declaredMedia === undefined || method === "HEAD" || [204, 205, 304].includes(status)) {
    return { reply: { status, contentType: undefined, headers, body: undefined }, replyMedia: undefined };
  }
  const body = drawBody(media, declaredMedia, { ...options, direction: "response" });
  if (body === undefined) throw new Undrawable(`the ${media.mediaType} body of response ${response.status}`);
  return { reply: { status, contentType: body.contentType, headers, body: body.value }, replyMedia: declaredMedia };
}

function drawHeaders(
  response: HttpResponseModel,
  declared: readonly HttpParameter[],
  options: CaseOptions,
): Readonly<Record<string, unknown>> {
  const headers: Record<string, unknown> = {};
  response.headers.forEach((header, at) => {
    const descriptor = declared[at];
    if (descriptor === undefined) throw new Error(`internal: header "${header.name}" was not generated`);
    if (isFramingHeader(header.name.toLowerCase()) || (!header.required && options.random.chance(0.3))) return;
    const value = drawHeader(header, descriptor, options);
    if (value !== undefined) headers[header.name] = value;
    else if (header.required) throw new Undrawable(`header "${header.name}" of response ${response.status}`);
  });
  return headers;
}

function drawHeader(header: HttpParameterModel, declared: HttpParameter, options: CaseOptions): unknown {
  if (header.name.toLowerCase() === "content-encoding") return "identity";
  const place =
    header.mediaType === undefined
      ? ({ kind: "header", level: "whole" } as const)
      : placeOfContent("header", header.mediaType);
  return drawChecked(header.schema, place, {
    ...options,
    direction: "response",
    validate: declared.validate,
    parameter: declared,
  });
}

/** A value that streams are given as: what was drawn, item by item. */
export async function* streamOf({ items }: Streamed): AsyncGenerator<unknown> {
  yield* items;
}
