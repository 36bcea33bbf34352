import type { HttpOperation, HttpService } from "../descriptor/http.ts";
import { operationId, type OperationBase } from "../descriptor/operation.ts";
import type { MountedService } from "../server/server.ts";
import {
  fixedQuery,
  isDotSegment,
  literalOf,
  matchSegment,
  parsePathTemplate,
  type SegmentPart,
} from "./path-template.ts";
import { percentDecode, queryDecode } from "./percent.ts";

/** Where a request goes. */
export type Route =
  | { readonly kind: "found"; readonly operation: HttpOperation; readonly path: ReadonlyMap<string, string> }
  | { readonly kind: "noMethod"; readonly allow: readonly string[] }
  | { readonly kind: "noPath" }
  /** Broken percent-encoding, or dot segments. */
  | { readonly kind: "malformed" };

/** Finds operations by method and path. */
export interface Router {
  /** `path` and `query` as on the wire, the query without `?`. */
  find(method: string, path: string, query?: string): Route;
  readonly isEmpty: boolean;
}

interface Node {
  readonly literals: Map<string, Node>;
  /** By falling number of literal characters: the more concrete one is tried first. */
  readonly patterns: {
    readonly key: string;
    readonly parts: readonly SegmentPart[];
    readonly weight: number;
    readonly node: Node;
  }[];
  /** Operations of one method and path differ in the query that is part of their path; most pairs come first. */
  readonly methods: Map<string, readonly Candidate[]>;
}

interface Candidate {
  readonly operation: HttpOperation;
  readonly query: readonly string[];
}

/**
 * A router over the HTTP services of a server. Concrete segments win over templated ones, segment by segment (OpenAPI
 * 3.1 "Path Templating Matching"); the path that matches first decides, even when it lacks the method.
 *
 * @throws {Error} when two operations have the same method and path.
 */
export function createRouter(services: readonly MountedService[]): Router {
  const root = createNode();
  let count = 0;
  for (const { service } of services) {
    if (service.kind !== "http") continue;
    const { basePaths = [""] } = service as HttpService;
    for (const operation of Object.values(service.operations) as OperationBase[]) {
      if (operation.kind !== "http") continue;
      const http = operation as HttpOperation;
      for (const base of new Set(http.servers?.basePaths ?? basePaths)) addOperation(root, base, http);
      count += 1;
    }
  }
  return { find: (method, path, query = "") => findRoute(root, { method, path, query }), isEmpty: count === 0 };
}

function createNode(): Node {
  return { literals: new Map(), patterns: [], methods: new Map() };
}

function addOperation(root: Node, base: string, operation: HttpOperation): void {
  if (operation.path === "") throw new Error(`"${operationId(operation)}" has no path: give it one by webhooksAt(...)`);
  let node = root;
  for (const parts of parsePathTemplate(base.replace(/\/+$/, "") + operation.path)) {
    const literal = literalOf(parts);
    node = literal === undefined ? patternNode(node, parts) : literalNode(node, literal);
  }
  const candidates = node.methods.get(operation.method) ?? [];
  const added = { operation, query: pairsOf(fixedQuery(operation.path)) };
  const other = candidates.find(({ query }) => query.join("&") === added.query.join("&"));
  // Fragments are never sent: of operations that differ in them alone, the one without or else the first is served.
  if (other !== undefined && operation.path.includes("#")) return;
  if (other !== undefined && !other.operation.path.includes("#")) {
    // Templates of one contract that differ in names alone: the first is served, as the generator has warned.
    if (other.operation.service === operation.service && other.operation !== operation) return;
    throw new Error(
      `"${operationId(other.operation)}" and "${operationId(operation)}" both answer ` +
        `${operation.method} ${base}${operation.path}`,
    );
  }
  const kept = [...candidates.filter((candidate) => candidate !== other), added];
  node.methods.set(
    operation.method,
    kept.sort((a, b) => b.query.length - a.query.length),
  );
}

/** The pairs of a query, decoded; broken ones as they are. */
function pairsOf(query: string): readonly string[] {
  return query === "" ? [] : query.split("&").map((pair) => queryDecode(pair) ?? pair);
}

function literalNode(node: Node, literal: string): Node {
  const known = node.literals.get(literal);
  if (known !== undefined) return known;
  const created = createNode();
  node.literals.set(literal, created);
  return created;
}

function patternNode(node: Node, parts: readonly SegmentPart[]): Node {
  // Names count too: operations of one template share their parameters' names, others keep their own.
  const key = parts.map((part) => (part.kind === "literal" ? part.text : `{${part.name}}`)).join("");
  const known = node.patterns.find((pattern) => pattern.key === key);
  if (known !== undefined) return known.node;
  const weight = parts.reduce((sum, part) => sum + (part.kind === "literal" ? part.text.length : 0), 0);
  const created = { key, parts, weight, node: createNode() };
  node.patterns.push(created);
  node.patterns.sort((a, b) => b.weight - a.weight || (a.key < b.key ? -1 : 1));
  return created.node;
}

interface Match {
  readonly node: Node;
  readonly path: Map<string, string>;
}

function findRoute(
  root: Node,
  { method, path, query }: { readonly method: string; readonly path: string; readonly query: string },
): Route {
  if (!path.startsWith("/")) return { kind: "malformed" };
  const raw = path.slice(1).split("/");
  const decoded: string[] = [];
  for (const segment of raw) {
    const text = percentDecode(segment);
    if (text === undefined || isDotSegment(segment)) return { kind: "malformed" };
    decoded.push(text);
  }
  const matches = allMatches(root, raw, decoded);
  const [best] = matches;
  if (best === undefined) return { kind: "noPath" };
  // Templates that differ only in names are the same path (`/a/{x}` of one document, `/a/{y}` of another).
  const same = matches.filter((match) => match.node === best.node || shapeOf(match) === shapeOf(best));
  for (const match of same) {
    const { methods } = match.node;
    const operation =
      choose(methods.get(method), query) ?? (method === "HEAD" ? choose(methods.get("GET"), query) : undefined);
    if (operation !== undefined) return { kind: "found", operation, path: match.path };
  }
  const allow = new Set(same.flatMap((match) => [...match.node.methods.keys()]));
  if (allow.has(method)) return { kind: "noPath" };
  if (allow.has("GET")) allow.add("HEAD");
  return { kind: "noMethod", allow: [...allow.add("OPTIONS")].sort() };
}

/** The first whose own query is part of the request's. */
function choose(candidates: readonly Candidate[] | undefined, query: string): HttpOperation | undefined {
  const [only] = candidates ?? [];
  if (only === undefined || only.query.length === 0) return only?.operation;
  const pairs = new Set(pairsOf(query));
  return candidates?.find((candidate) => candidate.query.every((pair) => pairs.has(pair)))?.operation;
}

/** The template without its names. */
function shapeOf(match: Match): string {
  const [[first] = []] = match.node.methods.values();
  return (first?.operation.path ?? "").replace(/[?#].*$/, "").replace(/\{[^{}]*\}/g, "{}");
}

/** Matches in order of precedence. A node of the tree is visited at most once, so a request costs at most the tree. */
function allMatches(root: Node, raw: readonly string[], decoded: readonly string[]): Match[] {
  const found: Match[] = [];
  const visit = (node: Node, level: number, path: Map<string, string>): void => {
    const segment = raw[level];
    const text = decoded[level];
    if (segment === undefined || text === undefined) {
      if (node.methods.size > 0) found.push({ node, path });
      return;
    }
    const literal = node.literals.get(text);
    if (literal !== undefined) visit(literal, level + 1, path);
    for (const pattern of node.patterns) {
      const values = matchSegment(pattern.parts, segment);
      if (values !== undefined) visit(pattern.node, level + 1, new Map([...path, ...values]));
    }
  };
  visit(root, 0, new Map());
  return found;
}
