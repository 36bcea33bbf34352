import type { LiteralValue } from "../code/literal.ts";
import type { ResolvedPolicy } from "../model/policy.ts";

/**
 * The policy literal of an operation. A fallback to another operation of the service names it as the contract does;
 * descriptors name it as clients do.
 */
export function policyLiteral(policy: ResolvedPolicy, localNames: ReadonlyMap<string, string>): LiteralValue {
  const literal = policy.literal as { readonly [key: string]: LiteralValue | undefined };
  const fallback = literal["fallback"] as { readonly kind?: string; readonly operation?: string } | undefined;
  const localName = fallback?.operation === undefined ? undefined : localNames.get(fallback.operation);
  if (localName === undefined) return literal;
  return { ...literal, fallback: { ...fallback, operation: localName } };
}
