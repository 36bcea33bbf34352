import { parsePointer } from "@trilogue/runtime/codegen/expression";
import { paginationUnfit } from "../diagnostics/catalogue/openapi-hooks.ts";
import { createDiagnostic, type Diagnostic } from "../diagnostics/diagnostic.ts";
import type { HttpOperationModel } from "../model/http.ts";
import type { Model } from "../model/model.ts";
import type { Origin, PolicyValue, ResolvedPolicy } from "../model/policy.ts";
import { itemsOf, schemaAt } from "./body-fields.ts";
import {
  findItems,
  inferPagination,
  pageFactsOf,
  type Inferred,
  type PageFacts,
  type Pagination,
} from "./infer-pagination.ts";
import type { Types } from "./schema-in-place.ts";

/** Methods whose repeats with another parameter are reads of other pages. */
const readingMethods: ReadonlySet<string> = new Set(["GET", "QUERY"]);

/**
 * Settles how the pages of each HTTP operation follow each other: what `x-trilogue.pagination` says, completed and
 * checked against the contract, else what the contract shows. It stands in the policy, where `explain` finds it.
 */
export function settlePagination(model: Model, report: (diagnostic: Diagnostic) => void): Model {
  const contracts = model.contracts.map((contract) => {
    if (contract.kind !== "http") return contract;
    const operations = contract.operations.map((operation) => settleOperation(operation, model.types, report));
    const webhooks = contract.webhooks.map((operation) => withPagination(operation, undefined, []));
    return { ...contract, operations, webhooks };
  });
  return { ...model, contracts };
}

function settleOperation(
  operation: HttpOperationModel,
  types: Types,
  report: (diagnostic: Diagnostic) => void,
): HttpOperationModel {
  const written = operation.policy.values.filter(({ path }) => path.startsWith("pagination."));
  const kind = written.find(({ path }) => path === "pagination.kind");
  if (kind?.value === "none") return withPagination(operation, undefined, written);
  const facts = pageFactsOf(operation, types);
  if (kind === undefined) {
    const canInfer = facts !== undefined && readingMethods.has(operation.method) && written.length === 0;
    const inferred = canInfer ? inferPagination(facts) : undefined;
    if (inferred === undefined) return written.length === 0 ? operation : withPagination(operation, undefined, []);
    return withPagination(operation, inferred.pagination, valuesOf(inferred, operation));
  }
  const asked = Object.fromEntries(written.map(({ path, value }) => [path.slice("pagination.".length), value]));
  const settled = facts === undefined ? "its success is not one JSON body" : fit(asked as Partial<Pagination>, facts);
  if (typeof settled !== "string") {
    const completed = valuesOf({ pagination: settled, why: "the contract" }, operation);
    const added = completed.filter(({ path }) => !written.some((value) => value.path === path));
    return withPagination(operation, settled, [...written, ...added]);
  }
  const { origin } = kind;
  // What was written for many operations holds for those that it fits.
  if (origin.kind === "contract" && (origin.layer === "operation" || origin.layer === "override")) {
    report(createDiagnostic(paginationUnfit, { name: operation.name, why: settled }, { range: origin.range }));
  }
  return withPagination(operation, undefined, []);
}

/** What was asked for, completed from the contract; or why it can't be. */
function fit(asked: Partial<Pagination>, facts: PageFacts): Pagination | string {
  const { kind = "cursor" } = asked;
  const inferred = inferPagination(facts)?.pagination;
  const usual: Partial<Pagination> = inferred?.kind === kind ? inferred : {};
  const items = asked.items ?? usual.items ?? findItems(facts);
  if (items === undefined) return `"items" is missing, and its body has not just one list`;
  if (itemsOf(at(items, facts) ?? { at: facts.body.at }, facts.types) === undefined)
    return `its body has no list at "${items}"`;
  const settled = { ...usual, ...asked, kind, items };
  const { parameter, next } = settled;
  if (kind !== "link" && kind !== "url" && parameter === undefined) return `"parameter" is missing`;
  if (parameter !== undefined && !facts.query.some(({ name }) => name === parameter)) {
    return `it has no query parameter "${parameter}"`;
  }
  if ((kind === "cursor" || kind === "url" || kind === "lastItem") && next === undefined) return `"next" is missing`;
  for (const pointer of [kind === "lastItem" ? undefined : next, settled.more, settled.total]) {
    if (pointer !== undefined && at(pointer, facts) === undefined) return `its body has nothing at "${pointer}"`;
  }
  return settled;
}

function at(pointer: string, { body, types }: PageFacts): ReturnType<typeof schemaAt> {
  return schemaAt(body, parsePointer(pointer) ?? [], types);
}

function valuesOf({ pagination, why }: Inferred, { at: range }: HttpOperationModel): readonly PolicyValue[] {
  const origin: Origin = { kind: "derived", why, range };
  return Object.entries(pagination).map(([name, value]) => ({
    path: `pagination.${name}`,
    value: value as unknown,
    origin,
  }));
}

const order = ["kind", "items", "parameter", "next", "more", "total", "first"] as const;

function withPagination(
  operation: HttpOperationModel,
  pagination: Pagination | undefined,
  shown: readonly PolicyValue[],
): HttpOperationModel {
  const { values, literal } = operation.policy;
  const others = values.filter(({ path }) => !path.startsWith("pagination."));
  const { pagination: _written, ...rest } = literal;
  const carried =
    pagination &&
    Object.fromEntries(order.flatMap((name) => (pagination[name] === undefined ? [] : [[name, pagination[name]]])));
  const policy: ResolvedPolicy = {
    values: [...others, ...shown].sort((a, b) => (a.path < b.path ? -1 : 1)),
    literal: { ...rest, ...(carried === undefined ? {} : { pagination: carried }) },
  };
  return { ...operation, policy };
}
