import type {
  HttpOperation,
  HttpParameter,
  HttpResponseDescriptor,
  HttpService,
  ValueShape,
} from "../descriptor/http.ts";
import type { ValidationIssue } from "../descriptor/validate.ts";

const json = { mediaType: "application/json", codec: "json" } as const;
const text: ValueShape = { type: "string" };
const ok: readonly HttpResponseDescriptor[] = [{ status: 200, content: [json] }];
const none: readonly HttpResponseDescriptor[] = [{ status: 204, content: [] }];

/** What the suite's handlers tell the test that watches them. */
export interface ServerProbe {
  /** Resolves when `hang` began. */
  hangBegan: PromiseWithResolvers<void>;
  /** Resolves to the reason for which the signal of `hang` fired. */
  hangEnded: PromiseWithResolvers<unknown>;
  /** Lets `wait` answer. */
  release: PromiseWithResolvers<void>;
  waitBegan: PromiseWithResolvers<void>;
  /** Pieces that the endless stream has made. */
  made: number;
  /** Resolves when the endless stream was left. */
  left: PromiseWithResolvers<void>;
}

/** A probe for one server. */
export function createServerProbe(): ServerProbe {
  return {
    hangBegan: Promise.withResolvers(),
    hangEnded: Promise.withResolvers(),
    release: Promise.withResolvers(),
    waitBegan: Promise.withResolvers(),
    made: 0,
    left: Promise.withResolvers(),
  };
}

function operation(name: string, fields: Partial<HttpOperation> = {}): HttpOperation {
  return {
    kind: "http",
    service: "trilogue.testing.Mounts",
    name,
    method: "GET",
    path: `/${name}`,
    responses: ok,
    policy: { idempotency: { level: "none" } },
    ...fields,
  };
}

function inPath(...names: readonly string[]): readonly HttpParameter[] {
  return names.map((name) => ({ in: "path", name, required: true, shape: text }));
}

/** As compiled validators do it: true or false, and with a list, the faults. */
function checkThing(value: unknown, pointer = "", issues?: ValidationIssue[]): boolean {
  const fail = (at: string, keyword: string, expected: string): false => {
    issues?.push({ pointer: pointer + at, keyword, expected });
    return false;
  };
  if (typeof value !== "object" || value === null) return fail("", "type", "an object");
  if (!Object.hasOwn(value, "name")) return fail("/name", "required", "a value");
  return typeof (value as { name: unknown }).name === "string" || fail("/name", "type", "a string");
}

const operations = [
  operation("listThings", {
    path: "/things",
    parameters: [
      { in: "query", name: "limit", shape: { type: "integer" } },
      { in: "query", name: "tag", explode: true, shape: { type: "array", items: { type: "string" } } },
      { in: "header", name: "X-List", shape: { type: "array", items: { type: "string" } } },
      { in: "cookie", name: "crumb", shape: text },
    ],
  }),
  operation("createThing", {
    path: "/things",
    method: "POST",
    body: { required: true, content: [{ ...json, validate: checkThing }] },
  }),
  operation("getMine", { path: "/things/mine" }),
  operation("getThing", { path: "/things/{id}", parameters: inPath("id") }),
  operation("getPart", { path: "/things/{id}/parts/{part}", parameters: inPath("id", "part") }),
  operation("getFile", { path: "/files/{name}", parameters: inPath("name") }),
  operation("getJsonFile", { path: "/files/{name}.json", parameters: inPath("name") }),
  operation("cancel", { path: "/things/{id}:cancel", method: "POST", parameters: inPath("id") }),
  operation("slash", { path: "/slash/" }),
  operation("versions", {
    responses: [
      {
        status: 200,
        content: [
          { mediaType: "application/vnd.suite.v1+json", codec: "json" },
          { mediaType: "application/vnd.suite.v2+json", codec: "json" },
        ],
      },
    ],
  }),
  operation("cookies", { method: "POST", responses: none }),
  operation("form", {
    method: "POST",
    body: {
      content: [{ mediaType: "application/x-www-form-urlencoded", codec: "form", shape: formShape() }],
    },
  }),
  operation("multipart", {
    method: "POST",
    body: { content: [{ mediaType: "multipart/form-data", codec: "multipart", shape: formShape() }] },
  }),
  operation("events", {
    responses: [{ status: 200, content: [{ mediaType: "text/event-stream", codec: "eventStream" }] }],
  }),
  operation("lines", {
    responses: [{ status: 200, content: [{ mediaType: "application/jsonl", codec: "jsonLines" }] }],
  }),
  operation("countLines", {
    method: "POST",
    body: { required: true, content: [{ mediaType: "application/jsonl", codec: "jsonLines" }] },
  }),
  operation("holdLines", {
    method: "POST",
    body: { required: true, content: [{ mediaType: "application/jsonl", codec: "jsonLines" }] },
  }),
  operation("download", {
    parameters: [{ in: "query", name: "chunks", required: true, shape: { type: "integer" } }],
    responses: [{ status: 200, content: [{ mediaType: "application/octet-stream", codec: "binary" }] }],
  }),
  operation("hang"),
  operation("wait", { responses: none }),
  operation("short", { policy: { idempotency: { level: "none" }, timeoutMs: 30 } }),
  operation("fail"),
  operation("failHalfWay", {
    responses: [{ status: 200, content: [{ mediaType: "application/octet-stream", codec: "binary" }] }],
  }),
  operation("getDocument", {
    path: "/documents/{id}",
    parameters: inPath("id"),
    responses: [{ status: 200, headers: [{ in: "header", name: "ETag", shape: text }], content: [json] }],
  }),
  operation("putDocument", {
    path: "/documents/{id}",
    method: "PUT",
    parameters: [...inPath("id"), { in: "header", name: "If-Match", required: true, shape: text }],
    responses: [
      { status: 204, content: [] },
      { status: 412, content: [] },
      { status: 428, content: [] },
    ],
  }),
];

function formShape(): ValueShape {
  return { type: "object", properties: { n: { type: "integer" }, note: { type: "string" } } };
}

/** The contract that every mount of the suite serves. */
export const mountsService: HttpService = {
  kind: "http",
  name: "trilogue.testing.Mounts",
  operations: Object.fromEntries(operations.map((each) => [each.name, each])),
};
