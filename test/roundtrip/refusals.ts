import type { Schema } from "../../generator/src/model/schema.ts";
import type { HttpOperation, HttpParameter } from "../../runtime/src/descriptor/http.ts";
import { encodeRequest } from "../../runtime/src/http/encode-request.ts";
import { bytesOf, openBody } from "../../runtime/src/http/bodies.ts";
import { UnwritableValue } from "../../runtime/src/http/parameters-write.ts";
import { pointerTo } from "../../runtime/src/http/values.ts";
import { asksForCaller } from "../../runtime/src/http/security-schemes.ts";
import { isServiceError } from "../../runtime/src/error/service-error.ts";
import { Streamed } from "./bodies.ts";
import type { RoundTripCase } from "./cases.ts";
import { show } from "./compare.ts";
import { attach, hasAuthenticator, type DrawnCredentials } from "./credentials.ts";
import { describeError, type Exchange } from "./exchange.ts";
import { idHeader } from "./lanes.ts";
import { isScalar, mutate, type MutateOptions, type Mutation } from "./mutations.ts";
import type { PreparedOperation } from "./prepare.ts";
import type { RawAnswer, RawSend } from "./raw.ts";

/** One bad request or reply, and what was said of it. */
export interface Refusal {
  readonly kind: string;
  readonly value: unknown;
  /** Undefined: refused, and in the right place. */
  readonly problem: string | undefined;
}

/** What refusing needs. */
export interface RefusalOptions extends MutateOptions {
  readonly exchange: Exchange;
  readonly send: RawSend;
}

/** Faults of one call, each sent past the client's own check, and given to the client to be refused before. */
export async function refuseRequests(
  operation: PreparedOperation,
  good: RoundTripCase,
  options: RefusalOptions,
): Promise<readonly Refusal[]> {
  const refusals: Refusal[] = [];
  const { credentials } = good;
  for (const bad of [...badBodies(operation, good, options), ...badParameters(operation, good, options)]) {
    const answer = await sendPast(operation, bad.input, { ...options, credentials });
    if (answer === undefined) continue;
    const server = judgeAnswer(answer, bad);
    const error = await options.exchange.call(operation, bad.input, { credentials });
    const client = judgeError(error, bad, { code: "invalid_argument" });
    const problem = server ?? client;
    refusals.push({ kind: bad.kind, value: bad.input, problem });
  }
  refusals.push(...(await refuseUnknown(operation, good, options)));
  refusals.push(...(await refuseBytes(operation, good, options)));
  return refusals;
}

/** A caller who has to be known and says nothing: the client keeps the call, and the server refuses it. */
async function refuseUnknown(
  operation: PreparedOperation,
  { input, credentials }: RoundTripCase,
  options: RefusalOptions,
): Promise<readonly Refusal[]> {
  const { descriptor } = operation;
  if (credentials.size === 0 || !hasAuthenticator(descriptor) || !asksForCaller(descriptor)) return [];
  const answer = await sendPast(operation, input, { ...options, credentials: new Map() });
  if (answer === undefined) return [];
  const error = await options.exchange.call(operation, input, { credentials: new Map() });
  const isKept = isServiceError(error) && error.reason === "CREDENTIALS_MISSING" && error.sent === "no";
  const client = isKept ? undefined : `the client failed otherwise: ${describeError(error)}`;
  return [{ kind: "no credentials", value: input, problem: expectStatus(answer, 401) ?? client }];
}

/** Replies with one fault each, which the client must not hand on, and which a server that checks does not send. */
export async function refuseReplies(
  operation: PreparedOperation,
  good: RoundTripCase,
  options: RefusalOptions,
): Promise<readonly Refusal[]> {
  const { reply, replyMedia, input, credentials } = good;
  const response = operation.descriptor.responses.findIndex(
    ({ content }) => replyMedia !== undefined && content.includes(replyMedia),
  );
  const media = operation.descriptor.responses[response]?.content.findIndex((one) => one === replyMedia) ?? -1;
  const schema = operation.model.responses[response]?.content[media]?.schema;
  if (replyMedia?.codec !== "json" || replyMedia.validate === undefined || schema === undefined) return [];
  const refusals: Refusal[] = [];
  for (const mutation of mutate(schema, reply.body, { ...options, count: 2 })) {
    if (mutation.value === undefined) continue;
    const bad = toBad(mutation, "/body", input);
    const badReply = { ...reply, body: mutation.value };
    const error = await options.exchange.call(operation, input, { credentials, reply: badReply });
    // An error whose body is not what the contract says is still that error, and tells of the fault.
    const isSuccess = reply.status >= 200 && reply.status < 300;
    const client = judgeError(error, bad, isSuccess ? { code: "internal", reason: "INVALID_RESPONSE" } : {});
    const { checked } = options.exchange.urls;
    const answer = await sendPast(operation, input, {
      ...options,
      credentials,
      url: checked,
      headers: [[idHeader, options.exchange.expect(badReply)]],
    });
    const problem = client ?? (answer === undefined ? undefined : expectStatus(answer, 500));
    refusals.push({ kind: `reply ${mutation.kind}`, value: mutation.value, problem });
  }
  return refusals;
}

/** A request that is not what the contract says, and where it is not. */
interface BadRequest {
  readonly kind: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** In the runtime's form: `/body/amount`, `/query/limit`. */
  readonly place: string;
  readonly around: readonly string[];
}

function toBad(mutation: Mutation, prefix: string, input: BadRequest["input"]): BadRequest {
  const { kind, place, around } = mutation;
  return { kind, input, place: prefix + place, around: around.map((other) => prefix + other) };
}

function badBodies(
  { model, descriptor }: PreparedOperation,
  good: RoundTripCase,
  options: RefusalOptions,
): BadRequest[] {
  const { requestMedia, input } = good;
  const index = descriptor.body?.content.findIndex((media) => media === requestMedia) ?? -1;
  const schema = model.body?.content[index]?.schema;
  if (requestMedia === undefined || schema === undefined || requestMedia.validate === undefined) return [];
  const bad: BadRequest[] = [];
  if (requestMedia.codec === "json") {
    for (const mutation of mutate(schema, input["body"], options)) {
      bad.push(toBad(mutation, "/body", { ...input, body: mutation.value }));
    }
  } else if (requestMedia.codec === "form") {
    for (const mutation of mutate(schema, input["body"], options)) {
      // What an object within lacks may be all that it had, and then it is not there at all.
      const depth = mutation.kind === "required" ? 0 : 1;
      if (!formKinds.has(mutation.kind) || mutation.place.split("/").length - 1 > depth) continue;
      bad.push(toBad(mutation, "/body", { ...input, body: mutation.value }));
    }
  }
  if (model.body?.required === true && requestMedia.codec === "json") {
    const { body: _body, ...rest } = input;
    bad.push({ kind: "body missing", input: rest, place: "/body", around: [] });
  }
  return bad;
}

/** Faults that text can have as well. */
const formKinds = new Set(["required", "enum", "maxLength", "minLength", "pattern", "format", "minimum", "maximum"]);
const maxText = 2_000;

function badParameters(
  { model, descriptor }: PreparedOperation,
  good: RoundTripCase,
  options: RefusalOptions,
): BadRequest[] {
  const bad: BadRequest[] = [];
  const { input } = good;
  model.parameters.forEach((parameter, at) => {
    const declared = descriptor.parameters?.[at];
    const group = input[parameter.in] as Readonly<Record<string, unknown>> | undefined;
    const value = group?.[parameter.name];
    if (declared === undefined || group === undefined || value === undefined || parameter.in === "querystring") return;
    const place = pointerTo(`/${parameter.in}`, parameter.name);
    const put = (changed: unknown): BadRequest["input"] => ({
      ...input,
      [parameter.in]: { ...group, [parameter.name]: changed },
    });
    if (isScalar(value)) {
      const text = wrongText(declared);
      if (text !== undefined) bad.push({ kind: "bad text", input: put(text), place, around: [] });
      for (const mutation of mutate(parameter.schema, value, { ...options, count: 2 })) {
        if (!formKinds.has(mutation.kind) || !isSendable(parameter, mutation.value)) continue;
        bad.push(toBad(mutation, place, put(mutation.value)));
      }
    }
    if (parameter.required && parameter.in !== "path")
      bad.push({ kind: "missing", input: put(undefined), place, around: [] });
  });
  return options.random.shuffle(bad).slice(0, options.count);
}

function isSendable(parameter: { readonly in: string; readonly schema: Schema }, value: unknown): boolean {
  if (typeof value !== "string") return true;
  if (value.length > maxText) return false;
  if (parameter.in === "path") return value !== "";
  return parameter.in !== "header" || /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value);
}

/** A text that is no number or boolean, where nothing else may come. */
function wrongText({ shape, mediaType }: HttpParameter): string | undefined {
  if (mediaType !== undefined) return undefined;
  return shape?.type === "integer" || shape?.type === "number" || shape?.type === "boolean" ? "not-a-value" : undefined;
}

const bare = new WeakMap<HttpOperation, HttpOperation>();

/** The operation without anything that a client checks. */
function withoutChecks(operation: HttpOperation): HttpOperation {
  const known = bare.get(operation);
  if (known !== undefined) return known;
  const parameters = operation.parameters?.map(({ validate: _validate, required: _required, ...rest }) => rest) ?? [];
  const content = operation.body?.content.map(({ validate: _validate, ...rest }) => rest) ?? [];
  const stripped = { ...operation, parameters, ...(operation.body === undefined ? {} : { body: { content } }) };
  bare.set(operation, stripped);
  return stripped;
}

interface SendOptions extends Pick<RefusalOptions, "exchange" | "send"> {
  readonly credentials: DrawnCredentials;
  /** Absent: of the server that does not check what handlers answer. */
  readonly url?: string;
  readonly headers?: readonly (readonly [string, string])[];
}

/** Writes an input as it is and sends it; undefined when it can't be written. */
async function sendPast(
  operation: PreparedOperation,
  input: BadRequest["input"],
  options: SendOptions,
): Promise<RawAnswer | undefined> {
  if (input["body"] instanceof Streamed) return undefined;
  try {
    const request = writePast(operation, input, options);
    const { body } = request;
    const type = body === undefined ? undefined : (await openBody(body)).contentType;
    const bytes = body === undefined ? undefined : await bytesOf(body, Infinity);
    const headers = [...request.headers, ...(type === undefined ? [] : [["content-type", type] as const])];
    return await options.send({ ...request, headers, body: bytes });
  } catch (error) {
    if (error instanceof UnwritableValue || (isServiceError(error) && error.code === "invalid_argument"))
      return undefined;
    throw error;
  }
}

/** The request of an input without any check, with credentials. */
function writePast({ descriptor }: PreparedOperation, input: BadRequest["input"], options: SendOptions) {
  const { exchange, credentials, url = exchange.urls.unchecked } = options;
  const { method, target, headers, body } = encodeRequest(withoutChecks(descriptor), input);
  const attached = attach(descriptor, credentials);
  const all = [...headers, ...attached.headers, ...(options.headers ?? [])];
  const cookies = all.filter(([name]) => name.toLowerCase() === "cookie").map(([, text]) => text);
  const others = all.filter(([name]) => name.toLowerCase() !== "cookie");
  const query = attached.query === "" ? "" : (target.includes("?") ? "&" : "?") + attached.query;
  return {
    url,
    method,
    target: target + query,
    headers: cookies.length === 0 ? others : [...others, ["cookie", cookies.join("; ")] as const],
    body,
  };
}

function judgeAnswer({ status, text }: RawAnswer, { place, around }: BadRequest): string | undefined {
  if (status !== 400) return `the server answered ${status} instead of 400: ${text.slice(0, 300)}`;
  const places = placesOf(text);
  if (places.includes(place) || places.some((found) => around.includes(found))) return undefined;
  return `the server refused another place: expected ${place}, found ${places.join(", ") || text.slice(0, 300)}`;
}

/** Places of a problem document, in the runtime's own form. */
function placesOf(text: string): readonly string[] {
  const problem = JSON.parse(text) as { readonly errors?: readonly { in?: string; name?: string; pointer: string }[] };
  return (problem.errors ?? []).map(({ in: where = "", name, pointer }) => {
    const prefix = name === undefined ? `/${where}` : pointerTo(`/${where}`, name);
    return prefix + decodeURIComponent(pointer.replace(/^#/, ""));
  });
}

function judgeError(
  error: unknown,
  { place, around }: BadRequest,
  expected: { readonly code?: string; readonly reason?: string },
): string | undefined {
  if (!isServiceError(error))
    return `the client let it pass: ${error === undefined ? "no error" : describeError(error)}`;
  if (error.code !== (expected.code ?? error.code) || error.reason !== (expected.reason ?? error.reason)) {
    return `the client failed otherwise: ${describeError(error)}`;
  }
  const found = error.details.flatMap(({ value }) => {
    const { fieldViolations = [] } = (value ?? {}) as {
      readonly fieldViolations?: readonly { readonly field: string }[];
    };
    return fieldViolations.map(({ field }) => field);
  });
  if (found.includes(place) || found.some((one) => around.includes(one))) return undefined;
  return `the client named another place: expected ${place}, found ${found.join(", ") || describeError(error)}`;
}

/** What is no JSON at all, and what says that it is something else. */
async function refuseBytes(
  operation: PreparedOperation,
  good: RoundTripCase,
  { send, exchange }: RefusalOptions,
): Promise<readonly Refusal[]> {
  const { requestMedia, input, credentials } = good;
  if (requestMedia?.codec !== "json") return [];
  const request = writePast(operation, input, { send, exchange, credentials });
  const isAnyType = operation.descriptor.body?.content.some(({ mediaType }) => mediaType.includes("*")) === true;
  const type = requestMedia.mediaType.includes("*") ? "application/json" : requestMedia.mediaType;
  const broken = await send({
    ...request,
    headers: [...request.headers, ["content-type", type]],
    body: Buffer.from('{"a":'),
  });
  const refusals: Refusal[] = [{ kind: "malformed", value: '{"a":', problem: expectStatus(broken, 400) }];
  if (isAnyType) return refusals;
  const other = [...request.headers, ["content-type", "application/x-unknown"] as const];
  const foreign = await send({ ...request, headers: other, body: Buffer.from("{}") });
  return [...refusals, { kind: "content type", value: "application/x-unknown", problem: expectStatus(foreign, 415) }];
}

function expectStatus({ status, text }: RawAnswer, expected: number): string | undefined {
  return status === expected ? undefined : `the server answered ${status} instead of ${expected}: ${show(text)}`;
}
