import { policyMessages } from "../diagnostics/catalogue/policy.ts";
import { createDiagnostic, type Diagnostic, type Outcome } from "../diagnostics/diagnostic.ts";
import type { ResolvedPolicy } from "../model/policy.ts";
import { isArray } from "../source/json.ts";
import type { SourceRange } from "../source/source-file.ts";
import {
  addBuiltIns,
  rankLayer,
  setDerived,
  toEffective,
  toResolvedPolicy,
  type EffectiveValues,
} from "./effective.ts";
import type { NativeFacts, PolicyLayer } from "./layers.ts";
import { mergeLayers } from "./merge.ts";
import { parseLayer, type LayerValues } from "./parse-layer.ts";
import { settleIdempotency, type Settling } from "./settle-idempotency.ts";
import { checkContradictions, settleRepeats } from "./settle-rest.ts";
import { retryableCodes } from "./shape.ts";

/** The operation that a policy is resolved for: its name as the contract's reader knows it, and its place. */
export interface PolicySubject {
  readonly name: string;
  readonly at: SourceRange | undefined;
}

/**
 * The effective policy of an operation: its layers merged in the order of precedence (weakest first; layers of one
 * name keep the order given), settled against the native facts, with the built-in defaults where nothing is said.
 *
 * Everything that can't hold is reported at once, with both places where two things contradict. A layer that several
 * operations share reports its own mistakes for each; `dedupeDiagnostics` makes them one.
 */
export function resolvePolicy(
  operation: PolicySubject,
  facts: NativeFacts,
  layers: readonly PolicyLayer[],
): Outcome<ResolvedPolicy> {
  const diagnostics: Diagnostic[] = [];
  const parsed = sortLayers(layers).map((layer) => {
    const outcome = parseLayer(layer, facts);
    diagnostics.push(...outcome.diagnostics, ...checkRetryOn(outcome.value));
    return outcome.value;
  });
  const written = mergeLayers(parsed).values;
  const values: EffectiveValues = new Map([...written].map(([path, value]) => [path, toEffective(value)]));
  const settling: Settling = { operation, facts, written, values, diagnostics };
  settleIdempotency(settling);
  settleRepeats(settling);
  addBuiltIns(values, facts);
  addPrefetch(values);
  checkContradictions(settling);
  return { value: toResolvedPolicy(values), diagnostics };
}

function sortLayers(layers: readonly PolicyLayer[]): PolicyLayer[] {
  return [...layers].sort((a, b) => rankLayer(a.name) - rankLayer(b.name));
}

function checkRetryOn(layer: LayerValues): Diagnostic[] {
  const retryOn = layer.values.get("retry.retryOn");
  if (retryOn === undefined || !isArray(retryOn.value)) return [];
  return retryOn.value
    .map(String)
    .filter((name) => !retryableCodes.includes(name))
    .map((codeName) =>
      createDiagnostic(
        policyMessages.neverRetryableCode,
        { codeName, retryable: retryableCodes },
        { range: retryOn.range },
      ),
    );
}

function addPrefetch(values: EffectiveValues): void {
  const concurrency = values.get("delivery.concurrency");
  if (concurrency === undefined || values.has("delivery.prefetch")) return;
  const origin = { kind: "derived", why: "twice the concurrency" } as const;
  setDerived(values, "delivery.prefetch", { value: 2 * Number(concurrency.value), origin, isImplied: true });
}
