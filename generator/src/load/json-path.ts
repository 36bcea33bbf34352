import { isArray, isObject } from "../source/json.ts";
import type { JsonValue } from "../source/json.ts";
import { parseJsonPath } from "./json-path-parse.ts";
import type { Expression, Operand, Query, Segment, Selector } from "./json-path-parse.ts";

/** A selected value and how to reach it from the root. */
export interface Selected {
  readonly value: JsonValue;
  /** The container, undefined for the root. */
  readonly parent: JsonValue | undefined;
  readonly key: string | number;
}

/** What a JSONPath selects, or why it can't be read. */
export type Selection = { readonly nodes: readonly Selected[] } | { readonly problem: string };

/** Nodes that one query may visit. */
const maxVisits = 2_000_000;

/**
 * Evaluates a JSONPath (RFC 9535): names, wildcards, indices, slices, unions, descendants, and filters with
 * comparisons, existence, `length`, `count`, `match`, `search` and `value`. Nothing is evaluated as code.
 */
export function selectByPath(root: JsonValue, path: string): Selection {
  const query = parseJsonPath(path);
  if ("problem" in query) return query;
  const run: Run = { root, visits: 0 };
  const nodes = evaluate(run, query, { value: root, parent: undefined, key: "" });
  return run.visits > maxVisits ? { problem: "it visits too many values" } : { nodes };
}

interface Run {
  readonly root: JsonValue;
  visits: number;
}

function evaluate(run: Run, query: Query, current: Selected): readonly Selected[] {
  let nodes: readonly Selected[] = [query.from === "root" ? { value: run.root, parent: undefined, key: "" } : current];
  for (const segment of query.segments) nodes = applySegment(run, segment, nodes);
  return nodes;
}

function applySegment(run: Run, segment: Segment, nodes: readonly Selected[]): readonly Selected[] {
  const found: Selected[] = [];
  const bases = segment.isDescendant ? nodes.flatMap((node) => [...descend(run, node)]) : nodes;
  for (const base of bases) {
    if ((run.visits += 1) > maxVisits) return found;
    for (const selector of segment.selectors) select(run, selector, { base, found });
  }
  return found;
}

function* descend(run: Run, node: Selected): Generator<Selected> {
  if ((run.visits += 1) > maxVisits) return;
  yield node;
  for (const child of childrenOf(node.value)) yield* descend(run, child);
}

function childrenOf(value: JsonValue): readonly Selected[] {
  if (isArray(value)) return value.map((item, index) => ({ value: item, parent: value, key: index }));
  if (!isObject(value)) return [];
  return Object.keys(value).map((key) => ({ value: value[key] ?? null, parent: value, key }));
}

function select(
  run: Run,
  selector: Selector,
  { base, found }: { readonly base: Selected; readonly found: Selected[] },
): void {
  const { value } = base;
  switch (selector.kind) {
    case "name": {
      const child = isObject(value) ? value[selector.name] : undefined;
      if (child !== undefined) found.push({ value: child, parent: value, key: selector.name });
      return;
    }
    case "index": {
      if (!isArray(value)) return;
      const index = selector.index < 0 ? value.length + selector.index : selector.index;
      const item = value[index];
      if (item !== undefined) found.push({ value: item, parent: value, key: index });
      return;
    }
    case "wildcard":
      for (const child of childrenOf(value)) found.push(child);
      return;
    case "slice":
      if (isArray(value))
        for (const index of sliceOf(value.length, selector))
          found.push({ value: value[index] ?? null, parent: value, key: index });
      return;
    case "filter":
      for (const child of childrenOf(value)) {
        if ((run.visits += 1) <= maxVisits && test(run, selector.expression, child)) found.push(child);
      }
  }
}

function sliceOf(
  length: number,
  slice: { readonly start?: number; readonly end?: number; readonly step: number },
): readonly number[] {
  const { step } = slice;
  if (step === 0) return [];
  const normalise = (index: number): number => (index < 0 ? length + index : index);
  const start = normalise(slice.start ?? (step > 0 ? 0 : length - 1));
  const end = slice.end === undefined ? (step > 0 ? length : -1) : normalise(slice.end);
  const found: number[] = [];
  if (step > 0) for (let index = Math.max(start, 0); index < Math.min(end, length); index += step) found.push(index);
  else for (let index = Math.min(start, length - 1); index > Math.max(end, -1); index += step) found.push(index);
  return found;
}

function test(run: Run, expression: Expression, current: Selected): boolean {
  switch (expression.kind) {
    case "or":
      return expression.parts.some((part) => test(run, part, current));
    case "and":
      return expression.parts.every((part) => test(run, part, current));
    case "not":
      return !test(run, expression.part, current);
    case "exists":
      return evaluate(run, expression.query, current).length > 0;
    case "matches":
      return matches(run, expression, current);
    case "compare":
      return compare(
        expression.operator,
        valueOf(run, expression.left, current),
        valueOf(run, expression.right, current),
      );
  }
}

function matches(run: Run, expression: Extract<Expression, { kind: "matches" }>, current: Selected): boolean {
  const text = valueOf(run, expression.operand, current);
  // Longer texts aren't names that anybody selects by; the limit keeps a bad pattern cheap.
  return typeof text === "string" && text.length <= 1000 && expression.pattern.test(text);
}

function valueOf(run: Run, operand: Operand, current: Selected): JsonValue | undefined {
  switch (operand.kind) {
    case "literal":
      return operand.value;
    case "query": {
      const nodes = evaluate(run, operand.query, current);
      return nodes.length === 1 ? nodes[0]?.value : undefined;
    }
    case "count":
      return evaluate(run, operand.query, current).length;
    case "length": {
      const value = valueOf(run, operand.of, current);
      if (typeof value === "string") return [...value].length;
      return isArray(value) ? value.length : isObject(value) ? Object.keys(value).length : undefined;
    }
  }
}

function compare(operator: string, left: JsonValue | undefined, right: JsonValue | undefined): boolean {
  switch (operator) {
    case "==":
      return isEqual(left, right);
    case "!=":
      return !isEqual(left, right);
    case "<":
      return isLess(left, right);
    case ">":
      return isLess(right, left);
    case "<=":
      return isLess(left, right) || isEqual(left, right);
    default:
      return isLess(right, left) || isEqual(left, right);
  }
}

function isLess(left: JsonValue | undefined, right: JsonValue | undefined): boolean {
  if (typeof left === "number" && typeof right === "number") return left < right;
  return typeof left === "string" && typeof right === "string" && left < right;
}

function isEqual(left: JsonValue | undefined, right: JsonValue | undefined): boolean {
  if (left === right) return true;
  if (isArray(left) && isArray(right))
    return left.length === right.length && left.every((item, index) => isEqual(item, right[index]));
  if (!isObject(left) || !isObject(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length && keys.every((key) => key in right && isEqual(left[key], right[key]))
  );
}
