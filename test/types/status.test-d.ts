import { createClient, createServer, isDeclaredError, type Transport } from "../../runtime/src/index.ts";
import type { HttpOperation, HttpService, StatusRange } from "../../runtime/src/descriptor/http.ts";

type Json = "application/json";
interface Found {
  readonly status: 200;
  readonly contentType: Json;
  readonly headers: {};
  readonly body: { readonly id: string };
}
interface Missing {
  readonly status: 404;
  readonly contentType: Json;
  readonly headers: {};
  readonly body: { readonly missing: string };
}
interface Refused {
  readonly status: StatusRange<4, 404>;
  readonly contentType: Json;
  readonly headers: {};
  readonly body: { readonly refused: true };
}
interface Other {
  readonly status: StatusRange<2 | 3 | 5, 200>;
  readonly contentType: "text/plain";
  readonly headers: { readonly "Retry-After": number };
  readonly body: string;
}
type GetResponse = Found | Missing | Refused | Other;

interface Operations {
  readonly get: HttpOperation<{}, { readonly id: string }, GetResponse, { readonly id: string }>;
}

declare const service: HttpService<Operations>;
declare const http: Transport<"http">;

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Check<Actual, Expected> = Equal<Actual, Expected> extends true ? [] : [never];
function expectType<Expected>(): <Actual>(value: Actual, ...check: Check<Actual, Expected>) => void {
  return () => undefined;
}

export const inside: StatusRange<4> = 499;
export const several: StatusRange<2 | 5> = 503;
// @ts-expect-error: of another class
export const outside: StatusRange<4> = 500;
// @ts-expect-error: declared apart
export const apart: StatusRange<4, 404> = 404;

export async function narrows(): Promise<void> {
  const reply = await createClient(service, http).get({}, { full: true });
  if (reply.status === 404) expectType<Missing>()(reply);
  else if (reply.status === 200) expectType<{ readonly id: string }>()(reply.body);
  else if (reply.status === 409) expectType<{ readonly refused: true }>()(reply.body);
  else if (reply.contentType === "text/plain") expectType<string>()(reply.body);
  else expectType<Refused>()(reply);
  // @ts-expect-error: no status of HTTP
  if (reply.status === 42) expectType<never>()(reply);
}

export function errors(error: unknown): void {
  const { get } = service.operations;
  if (isDeclaredError(error, get, 404)) expectType<string>()(error.response.body.missing);
  if (isDeclaredError(error, get, 409)) {
    expectType<true>()(error.response.body.refused);
  }
  // @ts-expect-error: 1xx ends no call
  isDeclaredError(error, get, 101);
}

export function servers(): void {
  createServer().add(service, {
    get: (_, ctx) => {
      expectType<Json | undefined>()(ctx.accepted);
      if (ctx.signal.aborted) return ctx.reply(404, { missing: "id" });
      if (ctx.deadline === undefined) return ctx.reply(409, { refused: true });
      return ctx.reply(503, "busy", { headers: { "Retry-After": 1 } });
    },
  });
  createServer().add(service, {
    // @ts-expect-error: the body of another status
    get: (_, ctx) => ctx.reply(404, { refused: true }),
  });
  createServer().add(service, {
    // @ts-expect-error: a header that is declared for the rest is missing
    get: (_, ctx) => ctx.reply(500, "busy"),
  });
}
