import { configMessages } from "./diagnostics/catalogue/config.ts";
import { createDiagnostic, type Outcome } from "./diagnostics/diagnostic.ts";
import { suggestName } from "./diagnostics/suggest.ts";
import type { Model } from "./model/model.ts";
import type { Origin, PolicyValue, ResolvedPolicy } from "./model/policy.ts";
import { placeOf, type SourceRange } from "./source/source-file.ts";

/** The policy of one operation for people; also what `--json` prints. */
export interface ExplainedOperation {
  /** Full name: `payments.v1.Payments/createPayment`. */
  readonly operation: string;
  readonly kind: "http" | "rpc" | "event";
  /** `POST /payments`, `receive shop.orders`, `unary`. */
  readonly what: string;
  /** `payments/v1/openapi.yaml:41`, where known. */
  readonly place?: string;
  /** In plain words, whether it is repeated and why. */
  readonly verdict: string;
  readonly values: readonly ExplainedValue[];
}

/** One effective value with where it comes from. */
export interface ExplainedValue {
  readonly path: string;
  readonly value: unknown;
  /** `payments/v1/openapi.yaml:52`, `derived from GET (...)`, `built-in`. */
  readonly origin: string;
}

const maxShownName = 80;

/**
 * The effective policies of all operations, sorted by name, or of those that `name` means: a full name
 * (`payments.v1.Payments/createPayment`), or an operation's own name, which several services may have.
 */
export function explain(model: Model, name?: string): Outcome<readonly ExplainedOperation[]> {
  const all = listOperations(model).sort((a, b) =>
    a.operation < b.operation ? -1 : a.operation > b.operation ? 1 : 0,
  );
  if (name === undefined) return { value: all, diagnostics: [] };
  const wanted = name.toLowerCase();
  const found = all.filter(({ operation }) => operation === name);
  const byOwnName = all.filter(
    ({ operation }) => ownName(operation).toLowerCase() === wanted || operation.toLowerCase() === wanted,
  );
  if (found.length > 0 || byOwnName.length > 0) return { value: found.length > 0 ? found : byOwnName, diagnostics: [] };
  const suggestion = suggestOperation(
    name,
    all.map(({ operation }) => operation),
  );
  return {
    value: [],
    diagnostics: [createDiagnostic(configMessages.unknownOperation, { name: name.slice(0, maxShownName), suggestion })],
  };
}

/** What a name was meant to be; a service's short name before the operation leads to the full name. */
function suggestOperation(name: string, operations: readonly string[]): string | undefined {
  const short = new Map<string, string>();
  for (const operation of operations) {
    const text = operation.slice(operation.lastIndexOf(".", operation.lastIndexOf("/")) + 1);
    if (!short.has(text)) short.set(text, operation);
  }
  const suggestion = suggestName(name, [...short.keys(), ...operations, ...operations.map(ownName)]);
  return suggestion === undefined ? undefined : (short.get(suggestion) ?? suggestion);
}

/** The explanation as text: a heading, the verdict and a table for each operation. */
export function printExplanation(operations: readonly ExplainedOperation[]): string {
  return operations.map(printOperation).join("\n");
}

function printOperation({ operation, kind, what, place, verdict, values }: ExplainedOperation): string {
  const rows = values.map(({ path, value, origin }) => [path, showValue(value), withoutControls(origin)] as const);
  const pathWidth = Math.max(0, ...rows.map(([path]) => path.length));
  const valueWidth = Math.min(maxValueWidth, Math.max(0, ...rows.map(([, value]) => value.length)));
  const lines = rows.map(
    ([path, value, origin]) => `  ${path.padEnd(pathWidth)}  ${value.padEnd(valueWidth)}  ${origin}`,
  );
  const heading = `${operation} (${kind}, ${what}${place === undefined ? "" : `, ${place}`})`;
  return [withoutControls(heading), `  ${withoutControls(verdict)}`, "", ...lines, ""].join("\n");
}

const maxValueWidth = 48;

/** Texts of contracts may hold anything; a terminal gets no control characters from them. */
function withoutControls(text: string): string {
  return text.replace(/\p{Cc}/gu, " ");
}

function showValue(value: unknown): string {
  const text =
    typeof value === "string"
      ? value
      : Array.isArray(value)
        ? value.map(showValue).join(", ")
        : (JSON.stringify(value) ?? "");
  const plain = withoutControls(text);
  return plain.length > maxValueWidth ? `${plain.slice(0, maxValueWidth - 3)}...` : plain;
}

function listOperations(model: Model): ExplainedOperation[] {
  return model.contracts.flatMap((contract) => {
    switch (contract.kind) {
      case "http":
        return [...contract.operations, ...contract.webhooks].map((operation) => {
          const { name, method, path, hook, at, policy } = operation;
          const service = hook === undefined ? contract.fullName : contract.webhooksName;
          const what =
            hook === undefined ? `${method.toUpperCase()} ${path}` : `${method} to ${hook.kind} ${hook.name}`;
          return explainOperation({ operation: `${service}/${name}`, kind: "http", what }, at, policy);
        });
      case "rpc":
        return contract.services.flatMap(({ service, operations }) =>
          operations.map(({ method, at, policy }) =>
            explainOperation(
              {
                operation: `${service.typeName}/${method.localName}`,
                kind: "rpc",
                what: method.methodKind.replaceAll("_", " "),
              },
              at,
              policy,
            ),
          ),
        );
      case "event":
        return contract.operations.map(({ name, action, channel, at, policy }) =>
          explainOperation(
            {
              operation: `${contract.fullName}/${name}`,
              kind: "event",
              what: `${action} ${channel.address ?? channel.name}`,
              channel: channel.address ?? channel.name,
            },
            at,
            policy,
          ),
        );
    }
  });
}

type Head = Pick<ExplainedOperation, "operation" | "what"> &
  ({ readonly kind: "http" | "rpc" } | { readonly kind: "event"; readonly channel: string });

function explainOperation(head: Head, at: SourceRange | undefined, policy: ResolvedPolicy): ExplainedOperation {
  const { operation, kind, what } = head;
  const receiving = head.kind === "event" ? judgeReceiving(policy, head.channel) : "";
  const verdict =
    kind !== "event"
      ? judgeCall(policy)
      : what.startsWith("send ")
        ? `${judgeSending(policy)}; at a receiver: ${receiving}`
        : receiving;
  return {
    operation,
    kind,
    what,
    ...(at === undefined ? {} : { place: placeOf(at) }),
    verdict,
    values: listValues(kind, policy),
  };
}

function listValues(kind: Head["kind"], policy: ResolvedPolicy): readonly ExplainedValue[] {
  const values = policy.values.map(({ path, value, origin }) => ({ path, value, origin: describeOrigin(origin) }));
  if (kind === "event" || find(policy, "timeout") !== undefined) return values;
  // Only streams have no built-in deadline; a row that is missing would look like an oversight.
  const timeout = { path: "timeout", value: "none", origin: "built-in (stream)" };
  return [...values, timeout].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function describeOrigin(origin: Origin): string {
  switch (origin.kind) {
    case "builtin":
      return "built-in";
    case "contract":
      return placeOf(origin.range);
    case "derived":
      return `derived from ${origin.why}${origin.range === undefined ? "" : ` (${placeOf(origin.range)})`}`;
  }
}

function judgeCall(policy: ResolvedPolicy): string {
  const level = find(policy, "idempotency.level");
  const reason = level === undefined ? "" : describeReason(level.origin);
  const attempts = Number(find(policy, "retry.maxAttempts")?.value ?? 1);
  const hedged = find(policy, "hedge.maxAttempts") === undefined ? "" : ", hedged";
  const times = attempts > 1 ? `tried up to ${attempts} times${hedged}` : `tried once${hedged}`;
  switch (level?.value) {
    case "safe":
      return `${times}: it changes nothing${reason}`;
    case "idempotent":
      return `${times}: a repeat changes nothing more${reason}`;
    case "keyed":
      return `${times}: keyed by ${describeKey(policy)}, so that it takes effect once`;
    default:
      return `never retried: a repeat could take effect twice${reason}`;
  }
}

function judgeReceiving(policy: ResolvedPolicy, address: string): string {
  const attempts = Number(find(policy, "retry.maxAttempts")?.value ?? 1);
  // As the runtime does without a channel in the contract.
  const channel = find(policy, "deadLetter.channel")?.value ?? `${address}.dead`;
  const once =
    find(policy, "idempotency.level")?.value === "keyed"
      ? `takes effect once for each ${describeKey(policy)}`
      : "may take effect more than once: nothing tells a repeat";
  return `${once}; tried ${attempts} ${attempts === 1 ? "time" : "times"}, then dead-lettered to ${showValue(channel)}`;
}

function judgeSending(policy: ResolvedPolicy): string {
  const outbox = find(policy, "delivery.outbox")?.value === true;
  return outbox
    ? "sent at least once, and only if the sender's transaction commits (outbox)"
    : "sent when the call says so, confirmed by the broker";
}

function describeKey(policy: ResolvedPolicy): string {
  const key = find(policy, "idempotency.key")?.value;
  const [, from, name] = /^(\w+):(.*)$/s.exec(String(key)) ?? [];
  return from === undefined || name === undefined ? "an undeclared key" : `${from} ${showValue(name)}`;
}

function describeReason(origin: Origin): string {
  return origin.kind === "derived"
    ? ` (${origin.why})`
    : origin.kind === "contract"
      ? ` (${placeOf(origin.range)})`
      : "";
}

function find(policy: ResolvedPolicy, path: string): PolicyValue | undefined {
  return policy.values.find((value) => value.path === path);
}

function ownName(operation: string): string {
  return operation.slice(operation.lastIndexOf("/") + 1);
}
