import { createAuthenticators, createCredentials } from "../../runtime/src/http/index.ts";
import { listItems, Vault } from "../golden/http-security/want/api_http.ts";
import { createClient, createServer, isDeclaredError, type Transport } from "../../runtime/src/index.ts";
import type { HttpOperation, HttpService, PagedOperation } from "../../runtime/src/descriptor/http.ts";
import { items, pages } from "../../runtime/src/http/index.ts";
import type { RpcOperation, RpcService } from "../../runtime/src/descriptor/rpc.ts";
import { createMemoryStore } from "../../runtime/src/store/memory.ts";

interface Payment {
  readonly id: string;
  readonly amount: number;
}
interface Problem {
  readonly detail: string;
}
interface CreateInput {
  readonly body: { readonly amount: number };
}
interface ListInput {
  readonly query?: { readonly limit?: number };
}
type Json = "application/json";
type CreateResponse =
  | { readonly status: 201; readonly contentType: Json; readonly headers: {}; readonly body: Payment }
  | { readonly status: 409; readonly contentType: Json; readonly headers: {}; readonly body: Problem };
type ListResponse = {
  readonly status: 200;
  readonly contentType: "application/json";
  readonly headers: { readonly "X-Total": number };
  readonly body: readonly Payment[];
};

interface PaymentsOperations {
  /** Charges a card. */
  readonly createPayment: HttpOperation<CreateInput, Payment, CreateResponse, Payment>;
  readonly listPayments: HttpOperation<ListInput, readonly Payment[], ListResponse, never>;
}
interface StockOperations {
  readonly reserve: RpcOperation<"unary", { sku: string }, { id: string }, { sku: string }, { id: string }>;
  readonly watch: RpcOperation<"serverStream", { sku: string }, { left: number }, { sku: string }, { left: number }>;
  readonly upload: RpcOperation<"clientStream", { sku: string }, { count: number }, { sku: string }, { count: number }>;
  readonly chat: RpcOperation<"bidiStream", { text: string }, { text: string }, { text: string }, { text: string }>;
}

declare const payments: HttpService<PaymentsOperations>;
declare const stock: RpcService<StockOperations>;
declare const http: Transport<"http">;
declare const rpc: Transport<"rpc">;

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Check<Actual, Expected> = Equal<Actual, Expected> extends true ? [] : [never];
function expectType<Expected>(): <Actual>(value: Actual, ...check: Check<Actual, Expected>) => void {
  return () => undefined;
}

export async function clients(): Promise<void> {
  const client = createClient(payments, http);
  expectType<Payment>()(await client.createPayment({ body: { amount: 1 } }));
  expectType<CreateResponse>()(await client.createPayment({ body: { amount: 1 } }, { full: true }));
  expectType<readonly Payment[]>()(await client.listPayments());
  expectType<ListResponse>()(await client.listPayments(undefined, { full: true }));
  await client.listPayments({ query: { limit: 1 } }, { timeoutMs: 5, idempotencyKey: "k" });

  // @ts-expect-error: the wrong transport
  createClient(payments, rpc);
  // @ts-expect-error: the wrong transport
  createClient(stock, http);
  // @ts-expect-error: a subset of both kinds has no transport
  createClient({ a: payments.operations.createPayment, b: stock.operations.reserve }, http);
  // @ts-expect-error: a missing operation
  client.refundPayment;
  // @ts-expect-error: a required part is missing
  client.createPayment();
  // @ts-expect-error: a wrong field
  client.createPayment({ body: { amuont: 1 } });
  // @ts-expect-error: a wrong type
  client.createPayment({ body: { amount: "1" } });
  // @ts-expect-error: a part that the operation has not
  client.createPayment({ body: { amount: 1 }, query: {} });
  // @ts-expect-error: no such option
  client.createPayment({ body: { amount: 1 } }, { retries: 3 });

  const subset = createClient({ createPayment: payments.operations.createPayment }, http);
  expectType<Payment>()(await subset.createPayment({ body: { amount: 1 } }));
  // @ts-expect-error: not in the subset
  subset.listPayments;

  const rpcClient = createClient(stock, rpc);
  expectType<{ id: string }>()(await rpcClient.reserve({ sku: "a" }));
  for await (const message of rpcClient.watch({ sku: "a" })) expectType<{ left: number }>()(message);
  async function* skus(): AsyncGenerator<{ sku: string }> {
    yield { sku: "a" };
  }
  expectType<{ count: number }>()(await rpcClient.upload(skus()));
  // @ts-expect-error: a client stream takes a stream
  rpcClient.upload({ sku: "a" });
  // @ts-expect-error: messages of another type
  rpcClient.chat(skus());
}

export function errors(error: unknown): void {
  const { createPayment } = payments.operations;
  if (isDeclaredError(error, createPayment, 409)) expectType<string>()(error.response.body.detail);
  // @ts-expect-error: a status that is not declared
  isDeclaredError(error, createPayment, 418);
}

export function servers(): void {
  const store = createMemoryStore();
  createServer({ store })
    .add(
      payments,
      {
        createPayment: async (input, ctx) => {
          expectType<number>()(input.body.amount);
          ctx.idempotency?.tx.onCommit(() => undefined);
          if (input.body.amount > 5) return ctx.reply(409, { detail: "too much" });
          return { id: "1", amount: input.body.amount };
        },
        listPayments: (_, ctx) => ctx.reply(200, [], { headers: { "X-Total": 0 } }),
      },
      { createPayment: { mode: "lease", resumable: true } },
    )
    .add(stock, {
      reserve: async ({ sku }) => ({ id: sku }),
      async *watch() {
        yield { left: 1 };
      },
      upload: async (messages) => {
        let count = 0;
        for await (const { sku } of messages) count += sku.length;
        return { count };
      },
      async *chat(messages) {
        for await (const { text } of messages) yield { text };
      },
    });

  // @ts-expect-error: a handler is missing
  createServer().add(payments, { createPayment: () => ({ id: "1", amount: 1 }) });
  createServer().add(payments, {
    // @ts-expect-error: an undeclared status
    createPayment: (_, ctx) => ctx.reply(418, { detail: "no tea" }),
    // @ts-expect-error: a plain body where the response has headers
    listPayments: () => [],
  });
  createServer().add(payments, {
    // @ts-expect-error: the body of another status
    createPayment: (_, ctx) => ctx.reply(201, { detail: "no payment" }),
    // @ts-expect-error: a declared header is missing
    listPayments: (_, ctx) => ctx.reply(200, []),
  });
  createServer().add(payments, {
    // @ts-expect-error: a wrong field in the plain body
    createPayment: () => ({ id: "1", amuont: 1 }),
    // @ts-expect-error: no such content type
    listPayments: (_, ctx) => ctx.reply(200, [], { headers: { "X-Total": 0 }, contentType: "text/html" }),
  });
  createServer().add(stock, {
    // @ts-expect-error: a wrong type
    reserve: async () => ({ id: 1 }),
    // @ts-expect-error: a stream is to be returned
    watch: async () => ({ left: 1 }),
    upload: () => ({ count: 1 }),
    chat: (messages) => messages,
  });
  createServer().add(
    { ...stock, operations: { reserve: stock.operations.reserve } },
    {
      reserve: async ({ sku }) => ({ id: sku }),
      // @ts-expect-error: no such operation
      release: () => undefined,
    },
  );
  // @ts-expect-error: options of an operation that is not there
  createServer({ store }).add(payments, {} as never, { refund: { mode: "lease" } });
}

// Credentials and authenticators know the schemes of a service, and what each of them takes.
createCredentials(Vault, { bearerAuth: "token", password: { username: "a", password: "b" }, certificate: true });
createCredentials(Vault, { user: async ({ scopes, rejected }) => (rejected ? undefined : scopes.join()) });
createCredentials({ listItems }, { bearerAuth: "token" });
// @ts-expect-error a scheme that the contract does not have
createCredentials(Vault, { bearer: "token" });
// @ts-expect-error a user name without password
createCredentials(Vault, { password: { username: "a" } });
// @ts-expect-error a token where a function must give one
createCredentials(Vault, { user: () => 1 });
createAuthenticators(Vault, {
  bearerAuth: (token, { scopes }) => (token.startsWith("a") ? { id: token, scopes } : undefined),
  password: ({ username }) => ({ id: username }),
  certificate: async ({ fingerprint256 }) => ({ id: fingerprint256 }),
});
// @ts-expect-error the credential of this scheme is text
createAuthenticators(Vault, { bearerAuth: ({ username }) => ({ id: username }) });
// @ts-expect-error a principal has an id
createAuthenticators(Vault, { bearerAuth: () => ({}) });
interface PagedOperations {
  readonly list: PagedOperation<ListInput, { readonly data?: readonly Payment[] }, ListResponse, never, "/data">;
  readonly bare: PagedOperation<ListInput, readonly Payment[], ListResponse, never, "">;
  readonly deep: PagedOperation<CreateInput, { a: { b: Payment[] } | null }, ListResponse, never, "/a/b">;
}
declare const paged: HttpService<PagedOperations>;

export async function lists(): Promise<void> {
  const client = createClient(paged, http);
  expectType<{ readonly data?: readonly Payment[] }>()(await client.list());
  expectType<ListResponse>()(await client.list(undefined, { full: true }));
  for await (const item of items(client.list, { query: { limit: 1 } }, { maxPages: 2, timeoutMs: 5 })) {
    expectType<Payment>()(item);
  }
  for await (const item of items(client.bare)) expectType<Payment>()(item);
  for await (const item of items(client.deep, { body: { amount: 1 } })) expectType<Payment>()(item);
  for await (const page of pages(client.bare)) expectType<readonly Payment[]>()(page);
  // @ts-expect-error the input is needed
  items(client.deep);
  // @ts-expect-error no such parameter
  items(client.list, { query: { limits: 1 } });
  // @ts-expect-error no such option
  items(client.list, {}, { pages: 1 });
  // @ts-expect-error it has no pages
  items(createClient(payments, http).listPayments);
}
