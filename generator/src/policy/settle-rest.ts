import { policyMessages } from "../diagnostics/catalogue/policy.ts";
import { createDiagnostic } from "../diagnostics/diagnostic.ts";
import { setDerived, type EffectiveValue } from "./effective.ts";
import { isWideLayer, type WrittenValue } from "./parse-layer.ts";
import { displayValue } from "./effective.ts";
import { explainLevel, relate, type Settling } from "./settle-idempotency.ts";
import { policyGroups } from "./shape.ts";

/** Switches off what the idempotency level forbids; asking for it right at the operation is an error. */
export function settleRepeats(settling: Settling): void {
  const level = settling.values.get("idempotency.level");
  if (level === undefined) return;
  const name = String(level.value);
  // Messages are delivered at least once whatever their level: `none` switches the inbox off, not redelivery.
  if (name === "none" && settling.facts.kind !== "event") switchRetryOff(settling, level);
  if (name !== "safe" && name !== "idempotent") switchOff(settling, "hedge", policyMessages.neverHedged);
  if (name !== "safe") switchOff(settling, "fallback.stale", policyMessages.neverStale);
}

function switchRetryOff(settling: Settling, level: EffectiveValue): void {
  const { operation, written, values, diagnostics } = settling;
  const attempts = written.get("retry.maxAttempts");
  const why = explainLevel(level);
  if (attempts !== undefined && Number(attempts.value) > 1) {
    const places = { range: attempts.range, related: relate(level.origin, "the level comes from here") };
    if (attempts.layer.isImported === true) {
      diagnostics.push(
        createDiagnostic(policyMessages.importedRetryOff, { operation: operation.name, level: "none", why }, places),
      );
    } else if (!isWideLayer(attempts.layer)) {
      const parameters = { operation: operation.name, attempts: Number(attempts.value), why };
      diagnostics.push(createDiagnostic(policyMessages.neverRetried, parameters, places));
    }
  }
  for (const [path, value] of written) {
    if (!path.startsWith("retry.")) continue;
    values.delete(path);
    if (
      path === "retry.maxAttempts" ||
      isWideLayer(value.layer) ||
      value.layer.isImported === true ||
      attempts !== undefined
    )
      continue;
    diagnostics.push(
      createDiagnostic(
        policyMessages.withoutEffect,
        {
          operation: operation.name,
          path,
          why: `its idempotency level is "none" (${why}), so it is never retried`,
          help: "remove it, or declare an idempotency level or a key",
        },
        { range: value.range, related: relate(level.origin, "the level comes from here") },
      ),
    );
  }
  const origin = { kind: "derived", why: 'an operation of level "none" is never repeated' } as const;
  setDerived(values, "retry.maxAttempts", { value: 1, origin, isImplied: true });
}

function switchOff(
  settling: Settling,
  group: string,
  message: typeof policyMessages.neverHedged | typeof policyMessages.neverStale,
): void {
  const { operation, written, values, diagnostics } = settling;
  const level = values.get("idempotency.level");
  if (level === undefined) return;
  const dropped: WrittenValue[] = [];
  for (const [path, value] of written) {
    if (!path.startsWith(`${group}.`)) continue;
    values.delete(path);
    if (value.layer.isImported === true || !isWideLayer(value.layer)) dropped.push(value);
  }
  const first = dropped[0];
  if (first === undefined) return;
  const said = first.layer.isImported === true ? policyMessages.importedRetryOff : message;
  diagnostics.push(
    createDiagnostic(
      said,
      { operation: operation.name, level: String(level.value), why: explainLevel(level) },
      { range: first.range, related: relate(level.origin, "the level comes from here") },
    ),
  );
}

interface Bound {
  readonly smaller: string;
  readonly larger: string;
  readonly isStrict?: boolean;
  /** A stronger layer that sets the larger one caps the inherited smaller one, without a word. */
  readonly caps: boolean;
}

const bounds: readonly Bound[] = [
  { smaller: "retry.perAttemptTimeout", larger: "timeout", caps: true },
  { smaller: "hedge.delay", larger: "timeout", isStrict: true, caps: true },
  { smaller: "bulkhead.maxWait", larger: "timeout", caps: true },
  { smaller: "circuitBreaker.slowCallDuration", larger: "timeout", caps: true },
  { smaller: "retry.backoff.initial", larger: "retry.backoff.max", caps: true },
  { smaller: "circuitBreaker.openFor", larger: "circuitBreaker.maxOpenFor", caps: true },
  // A key that is forgotten before the caller gives up lets a late repeat through.
  { smaller: "timeout", larger: "idempotency.ttl", caps: false },
];

/** Finds values that can't hold together, built-in defaults included. */
export function checkContradictions(settling: Settling): void {
  for (const bound of bounds) checkBound(settling, bound);
  checkDelivery(settling);
  checkGroups(settling);
  checkSlowCalls(settling);
}

function checkBound({ values, diagnostics }: Settling, { smaller, larger, isStrict = false, caps }: Bound): void {
  const small = values.get(smaller);
  const large = values.get(larger);
  if (small === undefined || large === undefined || (small.rank < 0 && large.rank < 0)) return;
  if (typeof small.value !== "number" || typeof large.value !== "number") return;
  if (isStrict ? small.value < large.value : small.value <= large.value) return;
  if (caps && small.rank < large.rank) return;
  const [at, other, otherPath] = small.rank >= large.rank ? [small, large, larger] : [large, small, smaller];
  diagnostics.push(
    createDiagnostic(
      policyMessages.notOrdered,
      {
        smaller,
        small: show(small),
        larger,
        large: show(large),
        isStrict,
      },
      {
        range: at.origin.kind === "builtin" ? undefined : at.origin.range,
        related: relate(other.origin, `"${otherPath}" is set here`),
      },
    ),
  );
}

function show({ field, value, origin }: EffectiveValue): string {
  return `${String(displayValue(field.type, value))}${origin.kind === "builtin" ? ", built-in" : ""}`;
}

function checkDelivery({ values, diagnostics }: Settling): void {
  const exclude = (first: string, second: string, why: string): void => {
    const a = values.get(first);
    const b = values.get(second);
    if (a === undefined || b === undefined || (a.rank < 0 && b.rank < 0)) return;
    const [at, other] = a.rank >= b.rank ? [a, b] : [b, a];
    diagnostics.push(
      createDiagnostic(
        policyMessages.excludes,
        { first, second, why },
        {
          range: at.origin.kind === "builtin" ? undefined : at.origin.range,
          related: relate(other.origin, `"${other.field.path}" is set here`),
        },
      ),
    );
  };
  if (values.get("delivery.strict")?.value === true) {
    exclude(
      "delivery.strict",
      "delivery.batch.size",
      "one bad message of a batch would hold up or overtake the others",
    );
    if (values.get("delivery.ordering")?.value === "unordered") {
      exclude("delivery.strict", "delivery.ordering", "there is no order to keep strictly");
    }
  }
  if (values.get("delivery.ordering")?.value === "unordered") {
    exclude("delivery.ordering", "delivery.key", "messages without order have no ordering key");
  }
}

function checkGroups({ written, values, diagnostics }: Settling): void {
  for (const { path: group, requires } of policyGroups) {
    const member = [...written].find(([path]) => path.startsWith(`${group}.`) && values.has(path))?.[1];
    if (member === undefined) continue;
    for (const missing of requires ?? []) {
      if (values.has(`${group}.${missing}`)) continue;
      diagnostics.push(createDiagnostic(policyMessages.incompleteGroup, { group, missing }, { range: member.range }));
    }
  }
}

function checkSlowCalls({ operation, written, values, diagnostics }: Settling): void {
  const slowRate = written.get("circuitBreaker.slowCallRate");
  if (slowRate === undefined || values.has("circuitBreaker.slowCallDuration") || isWideLayer(slowRate.layer)) return;
  diagnostics.push(
    createDiagnostic(
      policyMessages.withoutEffect,
      {
        operation: operation.name,
        path: "circuitBreaker.slowCallRate",
        why: "nothing says from when a call is slow",
        help: "add circuitBreaker.slowCallDuration",
      },
      { range: slowRate.range },
    ),
  );
}
