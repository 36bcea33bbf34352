import type { SuiteRequest } from "./server-send.ts";

/** One request with what its answer must be. */
export interface ServerCase {
  readonly title: string;
  readonly request: SuiteRequest;
  readonly status: number;
  /** Members that the answer's JSON has; lists and objects whole. */
  readonly json?: Readonly<Record<string, unknown>>;
  /** The answer is a problem document with this reason (`null`: without one). */
  readonly reason?: string | null;
  /** Places of the faults that the problem lists: `body #/name`, `query limit #`. */
  readonly places?: readonly string[];
  /** Headers that the answer has; `null`: hasn't. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** The answer's whole body. */
  readonly text?: string;
  /** The path is none of the contract's: mounts in apps hand it on, and any status of 4xx will do. */
  readonly isForeign?: true;
  /** The path is rewritten by clients and servers that parse URLs (WHATWG URL), before any mount sees it. */
  readonly isRewritten?: true;
}

const get = (target: string, headers: SuiteRequest["headers"] = []): SuiteRequest => ({
  method: "GET",
  target,
  headers,
});
const post = (target: string, body: string, type = "application/json"): SuiteRequest => ({
  method: "POST",
  target,
  headers: [["content-type", type]],
  body,
});
const foreign = { status: 404, reason: "NO_SUCH_ROUTE", isForeign: true } as const;
const malformed = { status: 400, reason: "MALFORMED_PATH", isForeign: true } as const;

const routing: readonly ServerCase[] = [
  {
    title: "a literal segment wins over a parameter",
    request: get("/things/mine"),
    status: 200,
    json: { by: "getMine" },
  },
  {
    title: "a percent-encoded literal is the literal",
    request: get("/things/m%69ne"),
    status: 200,
    json: { by: "getMine" },
  },
  {
    title: "a parameter takes what no literal takes",
    request: get("/things/minex"),
    status: 200,
    json: { by: "getThing", path: { id: "minex" } },
  },
  {
    title: "a longer path is found behind a literal that ends earlier",
    request: get("/things/mine/parts/7"),
    status: 200,
    json: { by: "getPart", path: { id: "mine", part: "7" } },
  },
  {
    title: "a suffix wins over a whole parameter",
    request: get("/files/report.tar.json"),
    status: 200,
    json: { by: "getJsonFile", path: { name: "report.tar" } },
  },
  {
    title: "without the suffix the whole parameter takes it",
    request: get("/files/report.xml"),
    status: 200,
    json: { by: "getFile", path: { name: "report.xml" } },
  },
  {
    title: "a percent-encoded slash stays within its segment",
    request: get("/things/a%2Fb"),
    status: 200,
    json: { path: { id: "a/b" } },
  },
  {
    title: "a percent-encoded percent sign is decoded once",
    request: get("/things/a%252Fb"),
    status: 200,
    json: { path: { id: "a%2Fb" } },
  },
  {
    title: "text beyond ASCII comes through",
    request: get("/things/%C3%A9%F0%9F%98%80"),
    status: 200,
    json: { path: { id: "é😀" } },
  },
  {
    title: "reserved characters of a segment come through",
    request: get("/things/a:b@c;d=e,f"),
    status: 200,
    json: { path: { id: "a:b@c;d=e,f" } },
  },
  {
    title: "a long path value comes through",
    request: get(`/things/${"x".repeat(2_000)}`),
    status: 200,
    json: { path: { id: "x".repeat(2_000) } },
  },
  { title: "a trailing slash is another path", request: get("/things/mine/"), ...foreign },
  { title: "a declared trailing slash is wanted", request: get("/slash/"), status: 200, json: { by: "slash" } },
  { title: "an empty segment is none of a parameter", request: get("/things//parts/7"), ...foreign },
  { title: "an unknown path is not found", request: get("/nope"), ...foreign },
  { title: "a dot segment is not resolved", request: get("/things/../things/mine"), isRewritten: true, ...malformed },
  { title: "a percent-encoded dot segment neither", request: get("/things/%2e%2E"), isRewritten: true, ...malformed },
  { title: "a broken percent-encoding is refused", request: get("/things/%zz"), ...malformed },
  { title: "bytes that are no UTF-8 are refused", request: get("/things/%ff"), ...malformed },
];

const methods: readonly ServerCase[] = [
  {
    title: "a method that the path lacks is 405 with Allow",
    request: { method: "DELETE", target: "/things" },
    status: 405,
    reason: "METHOD_NOT_ALLOWED",
    headers: { allow: "GET, HEAD, OPTIONS, POST" },
  },
  {
    title: "so it is when it comes with a body",
    request: { ...post("/things/mine", "{}"), method: "PUT" },
    status: 405,
    reason: "METHOD_NOT_ALLOWED",
    headers: { allow: "GET, HEAD, OPTIONS" },
  },
  {
    title: "the path decides before the method: a literal does not give way to a parameter",
    request: post("/things/mine:cancel", ""),
    status: 200,
    json: { by: "cancel", path: { id: "mine" } },
  },
  {
    title: "OPTIONS tells what there is",
    request: { method: "OPTIONS", target: "/things" },
    status: 204,
    headers: { allow: "GET, HEAD, OPTIONS, POST" },
    text: "",
  },
  {
    title: "HEAD is GET without its body",
    request: { method: "HEAD", target: "/things/mine" },
    status: 200,
    headers: { "content-type": "application/json", "content-length": "16" },
    text: "",
  },
  {
    title: "HEAD of a stream has no body",
    request: { method: "HEAD", target: "/lines" },
    status: 200,
    headers: { "content-type": "application/jsonl" },
    text: "",
  },
  {
    title: "HEAD of a fault has no body",
    request: { method: "HEAD", target: "/things?limit=x" },
    status: 400,
    text: "",
  },
];

const negotiation: readonly ServerCase[] = [
  {
    title: "Accept chooses the version",
    request: get("/versions", [["accept", "application/vnd.suite.v2+json"]]),
    status: 200,
    headers: { "content-type": "application/vnd.suite.v2+json", vary: "accept" },
    json: { accepted: "application/vnd.suite.v2+json" },
  },
  {
    title: "an Accept that nothing fits is 406",
    request: get("/versions", [["accept", "text/html"]]),
    status: 406,
    reason: "NOT_ACCEPTABLE",
  },
  {
    title: "a media type that is not declared is 415",
    request: post("/things", "<a/>", "application/xml"),
    status: 415,
    reason: "UNSUPPORTED_MEDIA_TYPE",
  },
  {
    title: "a media type that is none is 415",
    request: post("/things", "{}", "nonsense"),
    status: 415,
    reason: "UNSUPPORTED_MEDIA_TYPE",
  },
  {
    title: "a declared type with parameters is read",
    request: post("/things", '{"name":"a"}', "application/json; charset=UTF-8"),
    status: 200,
    json: { body: { name: "a" } },
  },
  {
    title: "a body without a type is read as the one that is declared",
    request: { method: "POST", target: "/things", body: '{"name":"a"}' },
    status: 200,
    json: { body: { name: "a" } },
  },
];

const faults: readonly ServerCase[] = [
  {
    title: "a query parameter of another type is 400 with its place",
    request: get("/things?limit=x"),
    status: 400,
    reason: null,
    places: ["query limit #"],
  },
  {
    title: "a missing body is 400 with its place",
    request: { method: "POST", target: "/things" },
    status: 400,
    reason: null,
    places: ["body #"],
  },
  {
    title: "a fault in the body is 400 with its pointer",
    request: post("/things", '{"name":7}'),
    status: 400,
    reason: null,
    places: ["body #/name"],
  },
  { title: "JSON that is none is 400", request: post("/things", '{"name":'), status: 400, reason: null },
  {
    title: "JSON that is no UTF-8 is 400",
    request: { ...post("/things", ""), body: Uint8Array.of(0x22, 0xff, 0x22) },
    status: 400,
    reason: null,
  },
  {
    title: "JSON that nests too deep is 400",
    request: post("/things", "[".repeat(101) + "]".repeat(101)),
    status: 400,
    reason: null,
  },
  { title: "more query parameters than allowed are 400", request: get(`/things?${"a&".repeat(1_200)}`), status: 400 },
  {
    title: "a target that is too long is 414",
    request: get(`/things?limit=1&x=${"x".repeat(3_000)}`),
    status: 414,
    reason: "URI_TOO_LONG",
  },
  { title: "a failure of the handler is 500 and tells nothing", request: get("/fail"), status: 500, reason: null },
  {
    title: "a handler that outlasts its time is answered 504",
    request: get("/short"),
    status: 504,
    reason: "DEADLINE_EXCEEDED",
  },
  {
    title: "a handler that outlasts its caller's time is answered 504",
    request: get("/hang", [["request-timeout-ms", "20"]]),
    status: 504,
    reason: "DEADLINE_EXCEEDED",
  },
];

const messages: readonly ServerCase[] = [
  {
    title: "repeated and listed headers are one list",
    request: get("/things", [
      ["x-list", "a"],
      ["x-list", "b,c"],
    ]),
    status: 200,
    json: { header: { "X-List": ["a", "b", "c"] } },
  },
  {
    title: "repeated query parameters are one list",
    request: get("/things?tag=a&tag=b%2Cc"),
    status: 200,
    json: { query: { tag: ["a", "b,c"] } },
  },
  {
    title: "a cookie is read",
    request: get("/things", [["cookie", "a=1; crumb=x%20y; b=2"]]),
    status: 200,
    json: { cookie: { crumb: "x y" } },
  },
  {
    title: "two cookies are set by two headers",
    request: { method: "POST", target: "/cookies" },
    status: 204,
    headers: { "set-cookie": "a=1; Path=/ | b=2", "content-type": null },
    text: "",
  },
  {
    title: "events come as such",
    request: get("/events"),
    status: 200,
    headers: { "content-type": "text/event-stream" },
    text: 'data: {"n":1}\n\ndata: {"n":2}\n\n',
  },
  {
    title: "lines come as such",
    request: get("/lines"),
    status: 200,
    headers: { "content-type": "application/jsonl" },
    text: '{"n":1}\n{"n":2}\n',
  },
  {
    title: "a form is read",
    request: post("/form", "n=7&note=a+b%26c", "application/x-www-form-urlencoded"),
    status: 200,
    json: { body: { n: 7, note: "a b&c" } },
  },
  {
    title: "a multipart form is read",
    request: post(
      "/multipart",
      '--x\r\ncontent-disposition: form-data; name="n"\r\n\r\n7\r\n' +
        '--x\r\ncontent-disposition: form-data; name="note"\r\n\r\né\r\n--x--\r\n',
      "multipart/form-data; boundary=x",
    ),
    status: 200,
    json: { body: { n: 7, note: "é" } },
  },
  {
    title: "a multipart form without its end is 400",
    request: post(
      "/multipart",
      '--x\r\ncontent-disposition: form-data; name="n"\r\n\r\n7',
      "multipart/form-data; boundary=x",
    ),
    status: 400,
  },
  {
    title: "lines are read as they come",
    request: post("/countLines", "1\n2\n3\n", "application/jsonl"),
    status: 200,
    json: { count: 3 },
  },
  {
    title: "an own property of another's name is data",
    request: post("/things", '{"name":"a","__proto__":{"b":1}}'),
    status: 200,
    text: '{"by":"createThing","body":{"name":"a","__proto__":{"b":1}}}',
  },
];

const put = (id: string, headers: SuiteRequest["headers"]): SuiteRequest => ({
  method: "PUT",
  target: `/documents/${id}`,
  ...(headers === undefined ? {} : { headers }),
});

const preconditions: readonly ServerCase[] = [
  {
    title: "what the caller has not is sent with its tag",
    request: get("/documents/7", [["if-none-match", '"v-8"']]),
    status: 200,
    headers: { etag: '"v-7"' },
    json: { id: "7" },
  },
  {
    title: "what the caller has already is 304",
    request: get("/documents/7", [["if-none-match", 'W/"v-7"']]),
    status: 304,
    headers: { etag: '"v-7"', "content-type": null },
    text: "",
  },
  { title: "a condition that holds lets the write pass", request: put("7", [["if-match", '"v-7"']]), status: 204 },
  { title: "a condition that fails is 412", request: put("7", [["if-match", '"v-8"']]), status: 412 },
  {
    title: "a condition that is missing is 428",
    request: put("7", []),
    status: 428,
    reason: "PRECONDITION_REQUIRED",
  },
];

/** What every mount answers, as data. */
export const serverCases: readonly ServerCase[] = [
  ...routing,
  ...methods,
  ...negotiation,
  ...faults,
  ...messages,
  ...preconditions,
];
