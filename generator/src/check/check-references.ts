import {
  fallbackUnfit,
  notInRun,
  unknownChannel,
  unknownMessage,
  unknownOperation,
} from "../diagnostics/catalogue/check.ts";
import { createDiagnostic, type Diagnostic } from "../diagnostics/diagnostic.ts";
import { suggestName } from "../diagnostics/suggest.ts";
import { placeOfValue, textsOf, valueOf, type CheckedOperation } from "./operations.ts";
import type { CheckRule, CheckScope } from "./rule.ts";

/** Every name in `calls` is an operation. */
export const checkCalls: CheckRule = (scope, report) => {
  for (const operation of scope.operations) {
    for (const name of textsOf(operation, "calls")) findNamed(scope, { operation, path: "calls", name }, report);
  }
};

/** Every name in `emits` is a message of some contract. */
export const checkEmits: CheckRule = ({ model, operations }, report) => {
  const events = model.contracts.filter((contract) => contract.kind === "event");
  const names = new Set(
    events.flatMap(({ operations: own, fullName }) =>
      own.flatMap(({ messages }) =>
        messages.flatMap(({ name, payload }) => [name, `${fullName}/${name}`, payload?.message ?? name]),
      ),
    ),
  );
  for (const operation of operations) {
    const emitted = valueOf(operation, "emits");
    for (const entry of Array.isArray(emitted) ? (emitted as readonly unknown[]) : []) {
      const name =
        typeof entry === "object" && entry !== null ? (entry as { readonly message?: unknown }).message : undefined;
      if (typeof name !== "string" || names.has(name)) continue;
      const range = placeOfValue(operation, "emits");
      const found = { operation: operation.name, name };
      report(
        events.length === 0
          ? createDiagnostic(notInRun, { ...found, path: "emits" }, { range })
          : createDiagnostic(unknownMessage, { ...found, nearest: suggestName(name, names) }, { range }),
      );
    }
  }
};

/** A fallback is another call of the same kind, and fallbacks come to an end. */
export const checkFallbacks: CheckRule = (scope, report) => {
  for (const operation of scope.operations) {
    const path = "fallback.operation";
    const name = valueOf(operation, path);
    if (typeof name !== "string") continue;
    const target = findNamed(scope, { operation, path, name }, report);
    if (target === undefined) continue;
    const why =
      target === operation
        ? "it is the operation itself"
        : target.kind !== operation.kind
          ? `it is of kind ${target.kind}, not ${operation.kind}`
          : leadsBack(scope, target, operation)
            ? "its own fallback leads back here"
            : undefined;
    if (why === undefined) continue;
    const related =
      target.at === undefined || target === operation ? [] : [{ range: target.at, message: `"${name}" is here` }];
    const range = placeOfValue(operation, path);
    report(createDiagnostic(fallbackUnfit, { operation: operation.name, name, why }, { range, related }));
  }
};

/** A dead letter channel is one that somebody can read. */
export const checkDeadLetters: CheckRule = ({ model, operations }, report) => {
  const known = new Set(
    model.contracts.flatMap((contract) =>
      contract.kind !== "event"
        ? []
        : contract.channels.flatMap(({ name, address }) => (address === null ? [name] : [name, address])),
    ),
  );
  for (const operation of operations) {
    const name = valueOf(operation, "deadLetter.channel");
    if (typeof name !== "string" || known.has(name)) continue;
    const range = placeOfValue(operation, "deadLetter.channel");
    report(createDiagnostic(unknownChannel, { operation: operation.name, name }, { range }));
  }
};

interface Naming {
  readonly operation: CheckedOperation;
  readonly path: string;
  readonly name: string;
}

/** The operation that a policy names; reported when there is none. */
function findNamed(
  scope: CheckScope,
  naming: Naming,
  report: (diagnostic: Diagnostic) => void,
): CheckedOperation | undefined {
  const { operation, path, name } = naming;
  const found = lookUp(scope, operation, name);
  if (found !== undefined) return found;
  const service = name.includes("/") ? name.slice(0, name.lastIndexOf("/")) : operation.service;
  const range = placeOfValue(operation, path);
  if (!scope.services.some((known) => known.name === service)) {
    report(createDiagnostic(notInRun, { operation: operation.name, path, name }, { range }));
    return undefined;
  }
  const nearest = suggestName(
    name,
    scope.operations.map((known) => (name.includes("/") ? `${known.service}/${known.name}` : known.name)),
  );
  report(createDiagnostic(unknownOperation, { operation: operation.name, path, name, nearest }, { range }));
  return undefined;
}

function lookUp(scope: CheckScope, from: CheckedOperation, name: string): CheckedOperation | undefined {
  const slash = name.lastIndexOf("/");
  const service = slash === -1 ? from.service : name.slice(0, slash);
  const own = name.slice(slash + 1);
  return scope.operations.find(
    (known) =>
      known.service === service &&
      (known.name === own || (known.kind === "rpc" && known.model.method.localName === own)),
  );
}

function leadsBack(scope: CheckScope, start: CheckedOperation, end: CheckedOperation): boolean {
  const seen = new Set<CheckedOperation>();
  let current: CheckedOperation | undefined = start;
  while (current !== undefined && !seen.has(current)) {
    if (current === end) return true;
    seen.add(current);
    const name: unknown = valueOf(current, "fallback.operation");
    current = typeof name === "string" ? lookUp(scope, current, name) : undefined;
  }
  return false;
}
