import type { Random } from "../roundtrip/random.ts";
import type { SeedRequest } from "./contracts.ts";

/** A request after it was spoilt. */
export interface FuzzRequest extends SeedRequest {
  /** Bytes that are no message of HTTP any more; only sockets can carry these. */
  readonly broken?: Uint8Array;
}

const hostile: readonly string[] = [
  ...[
    "%",
    "%zz",
    "%00",
    "%2F",
    "%2e%2e",
    "..",
    "/",
    "//",
    "?",
    "&",
    "=",
    ";",
    ",",
    "+",
    "[",
    "]",
    "[]",
    "[0]",
    "|",
    " ",
  ],
  ...[
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "{",
    "}",
    '"',
    "\\",
    ":",
    "--",
    "data:",
    "\u001e",
    "é",
    "\u00ff",
  ],
  ...[
    "1e999",
    "-1",
    "9007199254740993",
    "NaN",
    "null",
    "true",
    "[[[[",
    '{"a":',
    "*/*",
    "q=9",
    "\t",
    "0x10",
    "'",
    "<!--",
  ],
  ...["%F0%9F%98%80", "%ED%A0%80", "%C0%AF", "a".repeat(300), "[".repeat(150), "&a".repeat(1_100), "%20".repeat(100)],
];
const methods = [
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
  "PROPFIND",
  "QUERY",
  "TRACE",
  "get",
  "FOO",
];
const types = [
  ...["application/json", "text/plain", "application/xml", "application/x-www-form-urlencoded", "text/event-stream"],
  ...[
    "multipart/form-data",
    "multipart/form-data; boundary=b",
    "multipart/mixed; boundary=",
    "application/octet-stream",
  ],
  ...["application/json; charset=utf-16", "application/jsonl", "image/png", "nonsense", "", "a/b;c", "*/*", '"/"'],
];
const headerNames = [
  ...[
    "accept",
    "cookie",
    "content-type",
    "content-encoding",
    "if-match",
    "if-none-match",
    "if-modified-since",
    "range",
  ],
  ...[
    "idempotency-key",
    "authorization",
    "traceparent",
    "baggage",
    "x-fuzz",
    "accept-encoding",
    "x-http-method-override",
  ],
  ...["content-language", "origin", "forwarded", "via", "te", "upgrade", "prefer", "content-range", "accept-language"],
];

/** Spoils a request, or leaves it good now and then. */
export function mutate(seed: SeedRequest, others: readonly SeedRequest[], random: Random): FuzzRequest {
  let request: FuzzRequest = seed;
  const times = random.pick([0, 1, 1, 1, 2, 3, 5]);
  for (let time = 0; time < times; time += 1) request = random.pick(mutations)(request, random, others);
  return random.chance(0.04) ? { ...request, broken: breakFraming(request, random) } : request;
}

type Mutation = (request: FuzzRequest, random: Random, others: readonly SeedRequest[]) => FuzzRequest;

const mutations: readonly Mutation[] = [
  (request, random) => ({ ...request, method: random.pick(methods) }),
  (request, random) => ({ ...request, target: spoilTarget(request.target, random) }),
  (request, random) => ({ ...request, target: spoilTarget(request.target, random) }),
  (request, random) => ({
    ...request,
    target: `${request.target}${request.target.includes("?") ? "&" : "?"}${oddPair(random)}`,
  }),
  (request, random) => ({ ...request, headers: [...request.headers, [random.pick(headerNames), oddText(random)]] }),
  (request, random) => ({ ...request, headers: request.headers.map((pair) => spoilHeader(pair, random)) }),
  (request, random) => ({ ...request, headers: request.headers.filter(() => random.chance(0.7)) }),
  (request, random) => ({ ...request, headers: retype(request, random.pick(types)) }),
  (request, random) => ({
    ...request,
    headers: [...request.headers, ...request.headers.filter(() => random.chance(0.5))],
  }),
  (request, random) => ({ ...request, headers: [...request.headers, ["accept", random.pick(types)]] }),
  (request, random) => ({ ...request, body: spoilBytes(request.body, random) }),
  (request, random) => ({ ...request, body: spoilBytes(request.body, random) }),
  (request, random) => ({ ...request, body: spoilText(request.body, random) }),
  (request, random) => ({ ...request, body: spoilText(request.body, random) }),
  (request, random) => ({ ...request, body: request.body.slice(0, random.whole(0, request.body.byteLength)) }),
  (request, random, others) => ({ ...request, body: random.pick(others).body }),
  (request, random, others) => ({ ...random.pick(others), target: request.target }),
];

function spoilTarget(target: string, random: Random): string {
  const at = random.whole(1, target.length);
  const removed = random.chance(0.5) ? random.whole(0, 4) : 0;
  // Bytes beyond ASCII and blanks can't be in the first line of a request.
  const piece = oddText(random).replace(/[^\x21-\x7e]/g, (text) => encodeURIComponent(text.toWellFormed()));
  return `${target.slice(0, at)}${piece}${target.slice(at + removed)}`;
}

function oddPair(random: Random): string {
  return spoilTarget(random.pick(["a=1", "limit=x", "filter[a][b]=1", "a[]=1&a[]=2", "__proto__[x]=1", "q"]), random);
}

function oddText(random: Random): string {
  return Array.from({ length: random.whole(1, 3) }, () => random.pick(hostile)).join("");
}

function spoilHeader([name, value]: readonly [string, string], random: Random): readonly [string, string] {
  if (random.chance(0.6)) return [name, value];
  const at = random.whole(0, value.length);
  return [name, value.slice(0, at) + oddText(random) + value.slice(at + random.whole(0, 3))];
}

function retype({ headers }: FuzzRequest, type: string): FuzzRequest["headers"] {
  return [...headers.filter(([name]) => name !== "content-type"), ["content-type", type]];
}

function spoilBytes(body: Uint8Array, random: Random): Uint8Array {
  const copy = body.slice();
  if (copy.byteLength === 0) return Uint8Array.from({ length: random.whole(0, 40) }, () => random.whole(0, 255));
  for (let time = random.whole(1, 5); time > 0; time -= 1)
    copy[random.whole(0, copy.byteLength - 1)] = random.whole(0, 255);
  return copy;
}

function spoilText(body: Uint8Array, random: Random): Uint8Array {
  const text = new TextDecoder().decode(body);
  const places = [...text.matchAll(/"[^"]*"|\d+|true|false|null|[[\]{},:=&\r\n]/g)];
  const place = places.length === 0 ? undefined : random.pick(places);
  const at = place?.index ?? random.whole(0, text.length);
  const values = ['"x"', "1", "-0.5", "null", "[]", "{}", '{"__proto__":{}}', '"' + "y".repeat(2_000) + '"', ""];
  const piece = random.chance(0.6) ? random.pick(values) : oddText(random);
  return new TextEncoder().encode(text.slice(0, at) + piece + text.slice(at + (place?.[0].length ?? 0)));
}

/** The message as HTTP/1.1 has it. */
export function toBytes({ method, target, headers, body }: SeedRequest): Uint8Array {
  const lines = headers.map(([name, value]) => `${name}: ${value.replace(/[\r\n\0]/g, " ")}\r\n`).join("");
  const head = `${method} ${target} HTTP/1.1\r\nhost: fuzz\r\n${lines}content-length: ${body.byteLength}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), body]);
}

function breakFraming(request: FuzzRequest, random: Random): Uint8Array {
  const whole = Buffer.from(toBytes(request));
  const text = whole.toString("latin1");
  const variants: readonly (() => string)[] = [
    () => text.slice(0, random.whole(0, text.length)),
    () =>
      text.replace(
        /content-length: \d+/,
        `content-length: ${random.pick(["-1", "1e3", "99999999999", "5, 6", "0x5", ""])}`,
      ),
    () => text.replace(/content-length: \d+/, "transfer-encoding: chunked"),
    () =>
      text.replace(
        /content-length: \d+\r\n\r\n/,
        "transfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\nx: y\r\n\r\nGET",
      ),
    () => text.replace(/content-length/, "transfer-encoding: chunked\r\ncontent-length"),
    () => text.replace("\r\n", random.pick(["\n", "\r", " \r\n", "\r\n \r\n"])),
    () => text.replace("HTTP/1.1", random.pick(["HTTP/1.0", "HTTP/9.9", "HTTP/2.0", "", "http/1.1"])),
    () => text.replace("host: fuzz", random.pick(["", "host: a\r\nhost: b", "ho st: a", "host: \u0001", ": x"])),
    () => text.replace("\r\n\r\n", `\r\n${"x-many: y\r\n".repeat(random.whole(100, 2_500))}\r\n`),
    () => text.replace("host: fuzz", "host: fuzz\r\nexpect: 100-continue"),
    () => text.replace("host: fuzz", "host: fuzz\r\nconnection: upgrade\r\nupgrade: websocket"),
    () =>
      text
        .split("")
        .map((unit) => (random.chance(0.01) ? String.fromCharCode(random.whole(0, 255)) : unit))
        .join(""),
  ];
  return Buffer.from(random.pick(variants)(), "latin1");
}
