import { policyMessages } from "../diagnostics/catalogue/policy.ts";
import { createDiagnostic, type Diagnostic, type RelatedPlace } from "../diagnostics/diagnostic.ts";
import type { Origin } from "../model/policy.ts";
import { isObject, type JsonValue } from "../source/json.ts";
import type { SourceRange } from "../source/source-file.ts";
import { setDerived, toEffective, type EffectiveValue, type EffectiveValues } from "./effective.ts";
import type { NativeFacts } from "./layers.ts";
import { isWideLayer, type LayerValues, type WrittenValue } from "./parse-layer.ts";

/** What the rules look at, and where they put their results. */
export interface Settling {
  readonly operation: { readonly name: string; readonly at: SourceRange | undefined };
  readonly facts: NativeFacts;
  /** As merged from the layers. */
  readonly written: LayerValues["values"];
  readonly values: EffectiveValues;
  readonly diagnostics: Diagnostic[];
}

type Level = NativeFacts["level"]["value"];

/** What a policy may say of an operation whose level the contract's own language states. */
const allowedBeside: Readonly<Record<Level, readonly Level[]>> = {
  // A safe operation is idempotent too; saying less is no lie.
  safe: ["safe", "idempotent"],
  // Keys on top of PUT or DELETE are common (AIP-155).
  idempotent: ["idempotent", "keyed"],
  keyed: ["keyed", "idempotent"],
  // No contract language can state that a repeat does harm.
  none: ["safe", "idempotent", "keyed", "none"],
};

/** Settles level and key; fields of `idempotency` that the level makes void are dropped. */
export function settleIdempotency(settling: Settling): void {
  const { level, isRefused } = settleLevel(settling);
  // What is written beside a refused level was meant for it: only the level is worth a word.
  const heard = isRefused ? { ...settling, diagnostics: [] } : settling;
  if (level.value === "keyed") settleKey(heard, level);
  else dropSiblings(heard, level);
}

/** Why an operation has its level, for messages. */
export function explainLevel(level: EffectiveValue): string {
  return level.origin.kind === "derived" ? level.origin.why : "as the policy says";
}

/** Where a value was written, as a related place. */
export function relate(origin: Origin, message: string): readonly RelatedPlace[] {
  return origin.kind === "builtin" || origin.range === undefined ? [] : [{ range: origin.range, message }];
}

function settleLevel(settling: Settling): { readonly level: EffectiveValue; readonly isRefused: boolean } {
  const { facts, written, values, operation } = settling;
  const { value: fact, why, range } = facts.level;
  const given = written.get("idempotency.level");
  const isContradiction =
    given !== undefined && facts.levelIsFact && !allowedBeside[fact].includes(given.value as Level);
  const isRefused = isContradiction && !isWideLayer(given.layer);
  if (isRefused) {
    settling.diagnostics.push(
      createDiagnostic(
        policyMessages.contradictsContract,
        { operation: operation.name, path: "idempotency.level", written: String(given.value), fact, why },
        { range: given.range, related: range === undefined ? [] : [{ range, message: `"${fact}" follows from here` }] },
      ),
    );
  }
  if (given !== undefined && !isContradiction) values.set("idempotency.level", toEffective(given));
  else setDerived(values, "idempotency.level", { value: fact, origin: derivedFrom(why, range) });
  return { level: values.get("idempotency.level") as EffectiveValue, isRefused };
}

function settleKey(settling: Settling, level: EffectiveValue): void {
  const { facts, written, values, operation, diagnostics } = settling;
  const key = written.get("idempotency.key");
  if (key !== undefined) checkKeySource(settling, key);
  else if (facts.key !== undefined) {
    const { from, name, range } = facts.key;
    setDerived(values, "idempotency.key", {
      value: { from, name },
      origin: derivedFrom(`declared ${from} "${name}"`, range),
    });
  } else if (facts.kind === "rpc") {
    const why = 'no field carries it, so the metadata "Idempotency-Key" does';
    setDerived(values, "idempotency.key", {
      value: { from: "header", name: "Idempotency-Key" },
      origin: derivedFrom(why),
    });
  } else {
    const message = facts.kind === "http" ? policyMessages.missingIdempotencyKey : policyMessages.missingMessageId;
    const at = operation.at ?? (level.origin.kind === "contract" ? level.origin.range : undefined);
    diagnostics.push(
      createDiagnostic(
        message,
        { operation: operation.name },
        { range: at, related: relate(level.origin, '"keyed" is declared here') },
      ),
    );
  }
  settleRequired(settling);
  if (facts.kind === "event") return;
  // A level that was only guessed from a field's name asks nobody to do anything; one that is stated does.
  const isStated = level.origin.kind === "contract" || facts.levelIsFact;
  if (isStated && !facts.hasSecurity && !written.has("idempotency.scope")) {
    diagnostics.push(
      createDiagnostic(policyMessages.keyedWithoutSecurity, { operation: operation.name }, { range: operation.at }),
    );
  }
  if (facts.isStream) {
    diagnostics.push(
      createDiagnostic(
        policyMessages.keyedStream,
        { operation: operation.name },
        { range: operation.at, related: relate(level.origin, '"keyed" is declared here') },
      ),
    );
  }
}

function settleRequired({ facts, written, values, operation, diagnostics }: Settling): void {
  const required = written.get("idempotency.required");
  if (facts.key?.required !== true || !sameKey(facts.key, values.get("idempotency.key")?.value)) return;
  const { range, name } = facts.key;
  if (required === undefined) {
    setDerived(values, "idempotency.required", { value: true, origin: derivedFrom(`"${name}" is required`, range) });
  } else if (required.value === false && !isWideLayer(required.layer)) {
    diagnostics.push(
      createDiagnostic(
        policyMessages.contradictsContract,
        {
          operation: operation.name,
          path: "idempotency.required",
          written: "false",
          fact: "true",
          why: `"${name}" is required`,
        },
        {
          range: required.range,
          related: range === undefined ? [] : [{ range, message: `"${name}" is declared here` }],
        },
      ),
    );
  }
}

function sameKey(fact: NonNullable<NativeFacts["key"]>, value: JsonValue | undefined): boolean {
  return (
    isObject(value) && value["from"] === fact.from && String(value["name"]).toLowerCase() === fact.name.toLowerCase()
  );
}

function checkKeySource({ facts, operation, diagnostics }: Settling, key: WrittenValue): void {
  const from = isObject(key.value) ? String(key.value["from"]) : "";
  if (facts.kind === "event" || from !== "message") return;
  diagnostics.push(
    createDiagnostic(
      policyMessages.keyNotPossible,
      {
        operation: operation.name,
        from,
        kind: facts.kind === "http" ? "an HTTP operation" : "an RPC method",
        expected: '"header:NAME" or "field:PATH"',
      },
      { range: key.range },
    ),
  );
}

/** The level alone decides which siblings count; one written beside or above it is worth a word. */
function dropSiblings({ written, values, operation, diagnostics }: Settling, level: EffectiveValue): void {
  for (const [path, sibling] of written) {
    if (!path.startsWith("idempotency.") || path === "idempotency.level") continue;
    values.delete(path);
    if (isWideLayer(sibling.layer) || toEffective(sibling).rank < level.rank) continue;
    diagnostics.push(
      createDiagnostic(
        policyMessages.withoutEffect,
        {
          operation: operation.name,
          path,
          why: `its idempotency level is "${String(level.value)}" (${explainLevel(level)})`,
          help: 'set idempotency.level to "keyed", or remove it',
        },
        { range: sibling.range, related: relate(level.origin, "the level comes from here") },
      ),
    );
  }
}

function derivedFrom(why: string, range?: SourceRange): Origin {
  return { kind: "derived", why, ...(range === undefined ? {} : { range }) };
}
