import type { NativeFacts } from "./layers.ts";
import { eventFields } from "./shape-event.ts";

type Kind = NativeFacts["kind"];

/** What a field of the policy may hold, as it is written in a contract. */
export type FieldType =
  /** `800ms`, `2s`, `24h`; in milliseconds inside. */
  | { readonly kind: "duration"; readonly minMs: number; readonly maxMs: number }
  | { readonly kind: "integer"; readonly min: number; readonly max: number }
  | { readonly kind: "number"; readonly min: number; readonly max: number }
  /** 0 to 100, or `10%`. */
  | { readonly kind: "percent" }
  | { readonly kind: "boolean" }
  | { readonly kind: "enum"; readonly values: readonly string[] }
  | { readonly kind: "string"; readonly pattern: string; readonly expected: string }
  /** `header:Idempotency-Key`, `field:order.id`, `message:id`. */
  | { readonly kind: "keySource" }
  /** A list whose order means nothing; layers add to it. */
  | { readonly kind: "set"; readonly item: FieldType }
  /** A list of objects, told apart by the field `by`; layers add to it. */
  | { readonly kind: "objects"; readonly by: string; readonly fields: readonly ObjectField[] }
  /** Any value, taken as it is. */
  | { readonly kind: "json" };

export interface ObjectField {
  readonly name: string;
  readonly type: FieldType;
  readonly doc: string;
  /** What holds when it is left out; without one the field is required. */
  readonly default?: string;
}

/** One field of the policy. Their table is the one source of parsing, merging, validation, schemas and literals. */
export interface PolicyField {
  /** Dotted, as in `x-trilogue`: `retry.backoff.initial`. */
  readonly path: string;
  readonly type: FieldType;
  /** Facts belong to the contract; knobs may be overridden per environment. */
  readonly role: "fact" | "knob";
  readonly kinds: readonly Kind[];
  /** Path in the runtime's `OperationPolicy`; absent when this version can't carry it out. */
  readonly runtime?: string;
  /** Constants of the runtime's object that go with it: the `kind` of a fallback. */
  readonly implies?: Readonly<Record<string, string>>;
  readonly doc: string;
}

/** An object that groups fields. */
export interface PolicyGroup {
  readonly path: string;
  readonly doc: string;
  /** Fields without which the others mean nothing. */
  readonly requires?: readonly string[];
  /** Its members exclude each other; the one of the strongest layer stands. */
  readonly alternatives?: boolean;
  /** The member that decides on the others: whoever sets it inherits none of them. */
  readonly decidedBy?: string;
}

/** Longer than that, a timer overflows (2^31 - 1 ms). */
const maxTimerMs = 2_147_483_647;
const maxKeptMs = 3_650 * 86_400_000;

const timer: FieldType = { kind: "duration", minMs: 1, maxMs: maxTimerMs };
const kept: FieldType = { kind: "duration", minMs: 1, maxMs: maxKeptMs };
const flag: FieldType = { kind: "boolean" };
const rate: FieldType = { kind: "number", min: 0, max: 1 };
const bytes: FieldType = { kind: "integer", min: 1, max: 1_073_741_824 };
const count = (min: number, max: number): FieldType => ({ kind: "integer", min, max });
const oneOf = (...values: readonly string[]): FieldType => ({ kind: "enum", values });
const text = (pattern: string, expected: string): FieldType => ({ kind: "string", pattern, expected });

/** google.rpc codes by the names contracts use. */
export const statusCodes: readonly string[] = [
  "canceled",
  "unknown",
  "invalid_argument",
  "deadline_exceeded",
  "not_found",
  "already_exists",
  "permission_denied",
  "resource_exhausted",
  "failed_precondition",
  "aborted",
  "out_of_range",
  "unimplemented",
  "internal",
  "unavailable",
  "data_loss",
  "unauthenticated",
];

/** The codes after which a repeat can succeed (RUNTIME section 3); the others never do. */
export const retryableCodes: readonly string[] = [
  "aborted",
  "deadline_exceeded",
  "internal",
  "resource_exhausted",
  "unavailable",
  "unknown",
];

/** An operation by its full name, or by its own name within the same service. */
const operationName = text(
  "^[A-Za-z_][\\w.-]{0,255}(?:/[A-Za-z_][\\w.-]{0,255})?$",
  'an operation such as "payments.v1.Payments/createPayment"',
);

const all: readonly Kind[] = ["http", "rpc", "event"];
const calls: readonly Kind[] = ["http", "rpc"];

type Row = readonly [path: string, type: FieldType, runtime: string | undefined, doc: string];

const toFields = (role: "fact" | "knob", kinds: readonly Kind[], rows: readonly Row[]): readonly PolicyField[] =>
  rows.map(([path, type, runtime, doc]) => ({
    path,
    type,
    role,
    kinds,
    ...(runtime === undefined ? {} : { runtime }),
    doc,
  }));

const knobsOfAll = toFields("knob", all, [
  ["timeout", timer, "timeoutMs", "Overall deadline; the caller's remaining time counts when it is less."],
  [
    "retry.maxAttempts",
    count(1, 100),
    "retry.maxAttempts",
    "Attempts in all, the first included; 1 switches retries off.",
  ],
  ["retry.backoff.strategy", oneOf("fixed", "linear", "exponential"), "retry.backoff.strategy", "How the wait grows."],
  ["retry.backoff.initial", timer, "retry.backoff.initialMs", "The first wait."],
  ["retry.backoff.max", timer, "retry.backoff.maxMs", "The longest wait."],
  [
    "retry.backoff.multiplier",
    { kind: "number", min: 1, max: 100 },
    "retry.backoff.multiplier",
    "Growth of an exponential wait.",
  ],
  [
    "retry.backoff.jitter",
    oneOf("none", "full", "equal", "a6"),
    "retry.backoff.jitter",
    "How waits are scattered: full is 0 to the wait, equal half of it and more, a6 0.8 to 1.2 of it as in gRPC A6.",
  ],
  ["retry.perAttemptTimeout", timer, "retry.perAttemptTimeoutMs", "Deadline of one attempt."],
  [
    "retry.retryOn",
    { kind: "set", item: oneOf(...statusCodes) },
    "retry.retryOn",
    "Codes of google.rpc that are retried.",
  ],
  [
    "retry.budget.percent",
    { kind: "percent" },
    "retry.budget.percent",
    "Retries allowed, in percent of the requests of the last 10 s.",
  ],
  [
    "retry.budget.minPerSecond",
    { kind: "number", min: 0, max: 1_000_000 },
    "retry.budget.minPerSecond",
    "Retries a second that are always allowed.",
  ],
  ["rateLimit.limit", count(1, 1_000_000_000), "rateLimit.limit", "Calls allowed."],
  ["rateLimit.per", timer, "rateLimit.perMs", "In which time."],
  [
    "rateLimit.key",
    text("^(?:principal|header:[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128})$", '"principal" or "header:NAME"'),
    "rateLimit.key",
    "What each has a limit of its own; left out, all share one.",
  ],
]);

const knobsOfCalls = toFields("knob", calls, [
  ["hedge.maxAttempts", count(2, 10), "hedge.maxAttempts", "Attempts that may run side by side, the first included."],
  [
    "hedge.delay",
    { kind: "duration", minMs: 0, maxMs: maxTimerMs },
    "hedge.delayMs",
    "Wait before the next one starts.",
  ],
  ["circuitBreaker.failureRate", rate, "circuitBreaker.failureRate", "Share of failed calls that opens, 0 to 1."],
  ["circuitBreaker.slowCallRate", rate, "circuitBreaker.slowCallRate", "Share of slow calls that opens, 0 to 1."],
  ["circuitBreaker.slowCallDuration", timer, "circuitBreaker.slowCallDurationMs", "From when a call is slow."],
  [
    "circuitBreaker.minimumCalls",
    count(1, 1_000_000),
    "circuitBreaker.minimumCalls",
    "Calls in the window before it may open.",
  ],
  ["circuitBreaker.window", timer, "circuitBreaker.windowMs", "Time that rates are taken over."],
  ["circuitBreaker.openFor", timer, "circuitBreaker.openForMs", "How long it stays open at first; doubles each time."],
  ["circuitBreaker.maxOpenFor", timer, "circuitBreaker.maxOpenForMs", "How long it stays open at most."],
  [
    "circuitBreaker.halfOpenCalls",
    count(1, 1_000),
    "circuitBreaker.halfOpenCalls",
    "Calls that probe whether it may close.",
  ],
  ["circuitBreaker.scope", oneOf("operation", "service", "host"), "circuitBreaker.scope", "What shares one breaker."],
  ["bulkhead.maxConcurrent", count(1, 1_000_000), "bulkhead.maxConcurrent", "Calls that may run at once."],
  ["bulkhead.maxQueued", count(0, 1_000_000), "bulkhead.maxQueued", "Calls that may wait for a place."],
  ["bulkhead.maxWait", timer, "bulkhead.maxWaitMs", "How long a call waits for a place at most."],
]);

const fallbacks: readonly PolicyField[] = [
  {
    path: "fallback.operation",
    type: operationName,
    role: "knob",
    kinds: calls,
    runtime: "fallback.operation",
    implies: { "fallback.kind": "operation" },
    doc: "Operation that answers instead, called with the same input.",
  },
  {
    path: "fallback.example",
    type: { kind: "json" },
    role: "knob",
    kinds: calls,
    runtime: "fallback.value",
    implies: { "fallback.kind": "example" },
    doc: "The answer itself.",
  },
  {
    path: "fallback.stale.for",
    type: kept,
    role: "knob",
    kinds: calls,
    runtime: "fallback.forMs",
    implies: { "fallback.kind": "stale" },
    doc: "The last good answer, when it is not older.",
  },
];

const idempotencyOfAll = toFields("fact", all, [
  [
    "idempotency.level",
    oneOf("safe", "idempotent", "keyed", "none"),
    "idempotency.level",
    "safe changes nothing, idempotent may be repeated, keyed may be repeated with the same key, none may not.",
  ],
  ["idempotency.key", { kind: "keySource" }, "idempotency.key", "Where the key travels."],
]);

const idempotencyOfCalls = toFields("fact", calls, [
  ["idempotency.required", flag, "idempotency.required", "Whether a call without key is refused."],
]);

const idempotencyRest: readonly PolicyField[] = [
  ...toFields("fact", all, [
    ["idempotency.ttl", kept, "idempotency.ttlMs", "How long a key is remembered."],
    [
      "idempotency.fingerprint",
      { kind: "set", item: text("^[A-Za-z_][\\w.-]{0,255}$", 'a field path such as "order.id"') },
      "idempotency.fingerprint",
      "Fields that tell one request from another under the same key, instead of all bytes.",
    ],
  ]),
  ...toFields("fact", calls, [
    [
      "idempotency.inFlight",
      oneOf("wait", "reject"),
      "idempotency.inFlight",
      "What a repeat does while the first still runs.",
    ],
    [
      "idempotency.scope",
      oneOf("principal", "global"),
      "idempotency.scope",
      "Whose keys are kept apart: each caller's, or nobody's (for operations without authentication).",
    ],
  ]),
];

const flows: readonly PolicyField[] = toFields("fact", all, [
  [
    "emits",
    {
      kind: "objects",
      by: "message",
      fields: [
        {
          name: "message",
          type: text("^[A-Za-z_][\\w.-]{0,255}$", 'a message such as "OrderPlaced"'),
          doc: "The message.",
        },
        { name: "when", type: oneOf("success", "failure", "may"), doc: "When it is sent.", default: "success" },
      ],
    },
    "emits",
    "Messages that the operation sends as part of its effect.",
  ],
  ["calls", { kind: "set", item: operationName }, "calls", "Operations that it calls."],
]);

const pointer = text("^(?:/(?:[^~/]|~[01])*)*$", 'a JSON Pointer such as "/data"');
const parameter = text("^[^\\p{Cc}]{1,256}$", "the name of a query parameter");

const paging: readonly PolicyField[] = toFields(
  "fact",
  ["http"],
  [
    [
      "pagination.kind",
      oneOf("link", "url", "cursor", "lastItem", "offset", "page", "none"),
      "pagination.kind",
      "What leads to the next page: a Link header, a URL or cursor in the body, the id of the last item, an offset, " +
        "or a page number; none switches off what the contract shows.",
    ],
    ["pagination.items", pointer, "pagination.items", "Where a page's items stand in its body; empty: all of it."],
    ["pagination.parameter", parameter, "pagination.parameter", "Query parameter that asks for another page."],
    [
      "pagination.next",
      pointer,
      "pagination.next",
      "Where the next URL or cursor stands in a page's body; of lastItem: where the id stands in an item.",
    ],
    ["pagination.more", pointer, "pagination.more", "Where a page says whether there are more."],
    ["pagination.total", pointer, "pagination.total", "Where a page tells the number of all items."],
    ["pagination.first", count(0, 1), "pagination.first", "Number of the first page."],
  ],
);

const rest: readonly PolicyField[] = toFields("knob", calls, [
  ["limits.maxRequestBytes", bytes, "limits.maxRequestBytes", "Requests beyond it are refused."],
  ["limits.maxResponseBytes", bytes, "limits.maxResponseBytes", "Responses beyond it are refused."],
  ["mirror.to", operationName, undefined, "Operation that gets a copy of each call."],
  ["mirror.percent", { kind: "percent" }, undefined, "Share of calls that are copied."],
]);

/** Connections of RPC are those of its own transports, which keep them by pings. */
const connections: readonly PolicyField[] = toFields(
  "knob",
  ["http"],
  [["limits.keepalive", timer, "limits.keepaliveMs", "How long an idle connection is kept."]],
);

/** Every field of the policy, in the order of the runtime's literal. */
export const policyFields: readonly PolicyField[] = [
  ...knobsOfAll,
  ...knobsOfCalls,
  ...fallbacks,
  ...idempotencyOfAll,
  ...idempotencyOfCalls,
  ...idempotencyRest,
  ...eventFields,
  ...flows,
  ...paging,
  ...rest,
  ...connections,
];

/** Every object of the policy that holds fields. */
export const policyGroups: readonly PolicyGroup[] = [
  { path: "retry", doc: "How often and how soon a failed call is tried again, where a repeat is safe." },
  { path: "retry.backoff", doc: "The wait between attempts." },
  { path: "retry.budget", doc: "How many retries a target gets in all." },
  {
    path: "hedge",
    doc: "Attempts side by side against slow answers; safe and idempotent operations only.",
    requires: ["maxAttempts"],
  },
  { path: "circuitBreaker", doc: "When calls to a failing target are refused without being sent." },
  { path: "bulkhead", doc: "How many calls may run and wait at once." },
  { path: "rateLimit", doc: "At most so many calls in a time.", requires: ["limit", "per"] },
  { path: "fallback", doc: "What answers when the call failed for good; one of its members.", alternatives: true },
  { path: "fallback.stale", doc: "The last good answer." },
  { path: "idempotency", doc: "What a repeat means; level alone decides which of the others count." },
  { path: "delivery", doc: "How messages are produced and consumed." },
  { path: "delivery.batch", doc: "Messages handled together.", requires: ["size", "wait"] },
  { path: "deadLetter", doc: "Where messages go that can't be handled." },
  {
    path: "pagination",
    doc: "How a list is read page by page; inferred where it is not written.",
    requires: ["kind"],
    decidedBy: "kind",
  },
  { path: "limits", doc: "Sizes beyond which calls are refused." },
  { path: "mirror", doc: "Copies of calls, sent elsewhere.", requires: ["to"] },
];

/** Fields by their path. */
export const fieldsByPath: ReadonlyMap<string, PolicyField> = new Map(policyFields.map((field) => [field.path, field]));

/** Groups by their path. */
export const groupsByPath: ReadonlyMap<string, PolicyGroup> = new Map(policyGroups.map((group) => [group.path, group]));

/** Names directly below a group, `""` for the top, in the order of the table. */
export function listMembers(groupPath: string): readonly string[] {
  const prefix = groupPath === "" ? "" : `${groupPath}.`;
  const names = [...policyFields, ...policyGroups]
    .filter(({ path }) => path.startsWith(prefix))
    .map(({ path }) => path.slice(prefix.length).split(".")[0] ?? "");
  return [...new Set(names)];
}
