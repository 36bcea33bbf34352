import type { CallOptions } from "../call/context.ts";
import { parsePointer } from "../descriptor/expression.ts";
import type { HttpOperation, PagedOperation } from "../descriptor/http.ts";
import { operationId } from "../descriptor/operation.ts";
import type { PaginationPolicy } from "../descriptor/policy.ts";
import { ServiceError } from "../error/service-error.ts";
import { atPointer } from "./expression.ts";
import { findLink } from "./link-header.ts";
import { getOwn, setOwn, writeScalar } from "./values.ts";

/** How pages are read; the options of a call hold for the call of every page. */
export interface PageOptions extends CallOptions {
  /** Pages that are asked for at most; default: all. */
  readonly maxPages?: number;
}

/** A client's method whose operation has pages. */
export interface PagingMethod<Input, Page, Items extends string> {
  readonly "~operation": PagedOperation<Input, Page, any, any, Items>;
}

/** The type of the items at a JSON Pointer in a page; unknown where the page's type does not say. */
export type ItemAt<Page, Pointer extends string> = Pointer extends `/${infer Name}/${infer Rest}`
  ? ItemAt<PropertyOf<Page, Name>, `/${Rest}`>
  : Pointer extends `/${infer Name}`
    ? ItemOf<PropertyOf<Page, Name>>
    : ItemOf<Page>;
type PropertyOf<Value, Name extends string> =
  NonNullable<Value> extends { readonly [Key in Name]?: infer Property } ? Property : unknown;
type ItemOf<List> = NonNullable<List> extends readonly (infer Item)[] ? Item : unknown;

/** The input may be left out where nothing in it is required. */
type PageArguments<Input> = {} extends Input
  ? [input?: Input, options?: PageOptions]
  : [input: Input, options?: PageOptions];

/**
 * Reads a list page by page, each page as the call of the operation resolves to it:
 * `for await (const page of pages(client.listOrders, { query: { limit: 50 } }))`. The next page is asked for when it is
 * wanted, and each call has its own deadline, retries and limits.
 *
 * A next page's URL is never followed. Its query is taken over, and the same operation is called again at the same
 * target and path with the same headers, so that nothing is ever sent to where an answer points.
 *
 * @throws {ServiceError} of the call of a page; `internal`, reason PAGE_REPEATED, when a page leads back to one before
 * it, and INVALID_NEXT_PAGE, when what should lead on is no URL or cursor.
 * @throws {TypeError} when the contract shows no pages.
 */
export async function* pages<Input, Page, Items extends string>(
  method: PagingMethod<Input, Page, Items>,
  ...[input, options = {}]: PageArguments<NoInfer<Input>>
): AsyncGenerator<Page, void, undefined> {
  const { operation, pagination } = pagingOf(method);
  const { maxPages = Number.POSITIVE_INFINITY, ...callOptions } = options;
  const call = method as unknown as (input: unknown, options: object) => Promise<Reply>;
  const started: PageState = { input: (input ?? {}) as RequestInput, seen: 0 };
  const loop = createLoopGuard(operation);
  let state: PageState | undefined = started;
  for (let count = 0; state !== undefined && count < maxPages; count++) {
    const reply: Reply = await call(state.input, { ...callOptions, full: "success" });
    yield reply.body as Page;
    state = nextPage(pagination, { operation, state, reply });
    if (state?.token !== undefined) loop(state.token);
  }
}

/**
 * Reads the items of a list one by one, page after page: `for await (const order of items(client.listOrders))`. Throws
 * as `pages` does.
 */
export async function* items<Input, Page, Items extends string>(
  method: PagingMethod<Input, Page, Items>,
  ...rest: PageArguments<NoInfer<Input>>
): AsyncGenerator<ItemAt<Page, Items>, void, undefined> {
  const steps = parsePointer(pagingOf(method).pagination.items) ?? [];
  for await (const page of pages(method, ...rest)) {
    const list = atPointer(page, steps);
    if (Array.isArray(list)) yield* list as ItemAt<Page, Items>[];
  }
}

interface Reply {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

interface RequestInput {
  readonly query?: Readonly<Record<string, unknown>>;
}

/** What asks for a page. */
interface PageState {
  readonly input: RequestInput;
  /** Items of the pages before it. */
  readonly seen: number;
  /** What led here, where a server could lead in circles. */
  readonly token?: string;
}

interface Turn {
  readonly operation: HttpOperation;
  readonly state: PageState;
  readonly reply: Reply;
}

function pagingOf(method: object): { readonly operation: HttpOperation; readonly pagination: PaginationPolicy } {
  const operation = (method as { readonly "~operation"?: HttpOperation })["~operation"];
  const pagination = operation?.policy.pagination;
  if (operation !== undefined && pagination !== undefined) return { operation, pagination };
  throw new TypeError("expected a method of a client whose contract shows pages");
}

function nextPage(pagination: PaginationPolicy, turn: Turn): PageState | undefined {
  const { reply, state } = turn;
  const at = (pointer: string | undefined): unknown =>
    pointer === undefined ? undefined : atPointer(reply.body, parsePointer(pointer) ?? []);
  const list = at(pagination.items);
  const count = Array.isArray(list) ? list.length : 0;
  if (at(pagination.more) === false) return undefined;
  const seen = state.seen + count;
  switch (pagination.kind) {
    case "link": {
      const header = Object.entries(reply.headers).find(([name]) => name.toLowerCase() === "link")?.[1];
      return withUrl(turn, typeof header === "string" ? findLink(header, "next") : undefined, seen);
    }
    case "url":
      return withUrl(turn, at(pagination.next), seen);
    case "cursor":
      return withCursor(turn, pagination, { cursor: at(pagination.next), seen });
    case "lastItem": {
      const last: unknown = Array.isArray(list) ? list.at(-1) : undefined;
      return withCursor(turn, pagination, { cursor: atPointer(last, parsePointer(pagination.next ?? "") ?? []), seen });
    }
    case "offset":
    case "page": {
      const total = at(pagination.total);
      const first = pagination.kind === "page" ? (pagination.first ?? 1) : 0;
      const here = Number(getOwn(state.input.query, pagination.parameter ?? "") ?? first);
      const before = pagination.kind === "offset" ? here : state.seen;
      if (count === 0 || (typeof total === "number" && before + count >= total)) return undefined;
      const next = pagination.kind === "offset" ? here + count : here + 1;
      return { input: withQuery(state.input, pagination.parameter ?? "", next), seen };
    }
  }
}

function withCursor(
  { operation, state }: Turn,
  { parameter = "" }: PaginationPolicy,
  { cursor, seen }: { readonly cursor: unknown; readonly seen: number },
): PageState | undefined {
  if (cursor === undefined || cursor === null || cursor === "") return undefined;
  const token = writeScalar(cursor);
  if (token === undefined) throw failure(operation, "INVALID_NEXT_PAGE", "the next page's cursor is no text");
  const declared = operation.parameters?.find((one) => one.in === "query" && one.name === parameter);
  const value = declared?.shape === undefined ? token : cursor;
  return { input: withQuery(state.input, parameter, value), seen, token };
}

/** Of the URL only the query counts; see `pages`. */
function withUrl({ operation, state }: Turn, url: unknown, seen: number): PageState | undefined {
  if (url === undefined || url === null || url === "") return undefined;
  const parsed = typeof url === "string" ? URL.parse(url, "http://relative.invalid") : null;
  if (parsed === null) throw failure(operation, "INVALID_NEXT_PAGE", "the next page's address is no URL");
  const query = parsed.search.slice(1);
  const input: RequestInput & { readonly "~query": string } = { ...state.input, "~query": query };
  return { input, seen, token: query };
}

function withQuery(input: RequestInput, name: string, value: unknown): RequestInput {
  const query: Record<string, unknown> = { ...input.query };
  setOwn(query, name, value);
  return { ...input, query };
}

/** Finds any circle, however long, with one token in memory (R. P. Brent, 1980). */
function createLoopGuard(operation: HttpOperation): (token: string) => void {
  let kept: string | undefined;
  let count = 0;
  let keepFor = 1;
  return (token) => {
    if (token === kept) throw failure(operation, "PAGE_REPEATED", "the next page is one that was there before");
    count += 1;
    if (count < keepFor) return;
    kept = token;
    count = 0;
    keepFor *= 2;
  };
}

function failure(operation: HttpOperation, reason: string, why: string): ServiceError {
  const id = operationId(operation);
  return new ServiceError("internal", `the pages of ${id} can't be read on: ${why}`, {
    origin: "app",
    sent: "yes",
    reason,
    retry: { class: "never" },
    operation: id,
  });
}
