import { createReply } from "../../runtime/src/http/reply.ts";
import { isFramingHeader } from "../../runtime/src/wire/header-text.ts";
import { Streamed } from "./bodies.ts";
import { streamOf, type DrawnReply, type RoundTripCase } from "./cases.ts";
import { firstDifference, show } from "./compare.ts";
import type { DrawnCredentials } from "./credentials.ts";
import { createLane, idHeader, type Method, type Pending, type Way } from "./lanes.ts";
import type { PreparedContract, PreparedOperation } from "./prepare.ts";

/** Generated servers on sockets and generated clients of them. */
export interface Exchange {
  /** Of the server that checks what handlers answer, and of the one that does not. */
  readonly urls: { readonly checked: string; readonly unchecked: string };
  /** Calls once; resolves to what went wrong, undefined when all arrived as it was sent. */
  run(operation: PreparedOperation, drawn: RoundTripCase, way: Way): Promise<string | undefined>;
  /** Calls, and resolves to what the client says: the error, or undefined. */
  call(operation: PreparedOperation, input: unknown, given: GivenCall): Promise<unknown>;
  /** The id by which handlers know what to answer to requests that are written by hand. */
  expect(reply: DrawnReply): string;
  close(): Promise<void>;
}

/** What a call has beside its input. */
export interface GivenCall {
  readonly credentials: DrawnCredentials;
  readonly reply?: DrawnReply;
}

/** Serves a contract with handlers that note what comes and answer what was drawn. */
export async function createExchange(contract: PreparedContract): Promise<Exchange> {
  const pending = new Map<string, Pending>();
  const handlers = Object.fromEntries(contract.operations.map(({ name }) => [name, createHandler(name, pending)]));
  const checked = await createLane({ contract, handlers, pending, validates: true });
  const unchecked = await createLane({ contract, handlers, pending, validates: false });
  let ids = 0;
  const expect = (reply: DrawnReply, credentials: DrawnCredentials = new Map()): string => {
    ids += 1;
    pending.set(String(ids), { reply, credentials, shown: new Map() });
    return String(ids);
  };
  return {
    urls: { checked: checked.url, unchecked: unchecked.url },
    expect,
    async run(operation, drawn, { over, validates }) {
      const { input, credentials } = drawn;
      const id = expect(drawn.reply, credentials);
      const expected = pending.get(id) as Pending;
      try {
        const method = (validates ? checked : unchecked).methodOf(operation, over, credentials);
        return judge(operation, drawn, { expected, reply: await callOnce(method, input, id) });
      } catch (error) {
        return `the call failed: ${describeError(error)}`;
      } finally {
        pending.delete(id);
      }
    },
    async call(operation, input, { credentials, reply = noReply }) {
      const id = expect(reply, credentials);
      try {
        await callOnce(unchecked.methodOf(operation, "node", credentials), input, id);
        return undefined;
      } catch (error) {
        return error;
      } finally {
        pending.delete(id);
      }
    },
    async close() {
      await checked.close();
      await unchecked.close();
    },
  };
}

const noReply: DrawnReply = { status: 500, contentType: undefined, headers: {}, body: undefined };

function createHandler(name: string, pending: Map<string, Pending>) {
  return async (input: Record<string, unknown>, ctx: { readonly headers: { get(name: string): string | null } }) => {
    const entry = pending.get(ctx.headers.get(idHeader) ?? "");
    if (entry === undefined) throw new Error("a request without an id");
    entry.operation = name;
    entry.received = { ...input, ...("body" in input ? { body: await settle(input["body"]) } : {}) };
    const { status, contentType, headers, body } = entry.reply;
    return createReply(status, toSent(body), { headers, ...(contentType === undefined ? {} : { contentType }) });
  };
}

async function callOnce(method: Method, input: unknown, id: string): Promise<DrawnReply> {
  const whole = input as Record<string, unknown>;
  const sent = whole["body"] instanceof Streamed ? { ...whole, body: toSent(whole["body"]) } : whole;
  const reply = await method(sent, { full: true, maxAttempts: 1, headers: { [idHeader]: id } });
  return { ...reply, body: await settle(reply.body) };
}

async function judge(
  operation: PreparedOperation,
  drawn: RoundTripCase,
  { expected, reply }: { readonly expected: Pending; readonly reply: DrawnReply },
): Promise<string | undefined> {
  if (expected.received === undefined) return "no handler was called";
  if (expected.operation !== operation.name) return `operation "${String(expected.operation)}" was called instead`;
  const sent = firstDifference(await comparable(drawn.arrives), await comparable(withoutEmpty(expected.received)));
  if (sent !== undefined) return `the request arrived otherwise: ${sent}`;
  const shown = firstDifference(Object.fromEntries(drawn.credentials), Object.fromEntries(expected.shown));
  if (shown !== undefined) return `the credentials arrived otherwise: ${shown}`;
  const answered = firstDifference(await comparable(drawn.reply), await comparable(withoutFraming(reply)));
  return answered === undefined ? undefined : `the reply arrived otherwise: ${answered}`;
}

/** Headers of framing may be declared; servers make them. */
function withoutFraming(reply: DrawnReply): DrawnReply {
  const headers = Object.entries(reply.headers).filter(([name]) => !isFramingHeader(name.toLowerCase()));
  return { ...reply, headers: Object.fromEntries(headers) };
}

/** A part without parameters is left out, or is empty: that is the same. */
function withoutEmpty(input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const groups = ["path", "query", "header", "cookie"];
  return Object.fromEntries(
    Object.entries(input).filter(
      ([name, value]) => !groups.includes(name) || typeof value !== "object" || Object.keys(value ?? {}).length > 0,
    ),
  );
}

function toSent(value: unknown): unknown {
  return value instanceof Streamed ? streamOf(value) : value;
}

async function settle(value: unknown): Promise<unknown> {
  if (typeof value !== "object" || value === null || !(Symbol.asyncIterator in value)) return value;
  const items: unknown[] = [];
  for await (const item of value as AsyncIterable<unknown>) items.push(item);
  return new Streamed(items);
}

/** Files as their bytes, type and name, so that they can be compared like everything else. */
async function comparable(value: unknown): Promise<unknown> {
  if (value instanceof Streamed) return { items: await comparable(value.items) };
  if (value instanceof Blob) return { file: new Uint8Array(await value.arrayBuffer()) };
  if (value instanceof Uint8Array) return { file: value };
  if (Array.isArray(value)) return Promise.all(value.map(comparable));
  if (typeof value !== "object" || value === null) return value;
  const copy: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [name, item] of Object.entries(value))
    copy[name] = typeof item === "object" ? await comparable(item) : item;
  return copy;
}

/** What an error says, with what lies behind it. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return show(error);
  const details = "details" in error ? ` ${show(error.details)}` : "";
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : "";
  return `${error.message}${cause}${details === " []" ? "" : details}`;
}
