import { createDiagnostic } from "../diagnostics/diagnostic.ts";
import type { Diagnostic, MessageDefinition } from "../diagnostics/diagnostic.ts";
import { suggestName } from "../diagnostics/suggest.ts";
import * as messages from "../diagnostics/catalogue/load.ts";
import { isArray, isObject, rangeOf } from "../source/json.ts";
import type { JsonObject } from "../source/json.ts";
import type { SourceRange } from "../source/source-file.ts";
import { findInDocument } from "./find-in-document.ts";
import type { DiscriminatorTargets, LoadedDocument, LoadedProtos, RefTarget } from "./loaded.ts";
import { decodePercent, folderOf, isRemote, joinPath } from "./paths.ts";
import { describeValue, formatPointer, splitPointer } from "./pointer.ts";
import { findProtoTarget } from "./proto-refs.ts";
import { baseUri, flavourOf, scanRefs, scopeOf } from "./scan-refs.ts";
import type { DiscriminatorUse, Flavour, RefUse, Scope, ScanVisitor } from "./scan-refs.ts";
import { hasDynamicAnchors } from "./resources.ts";
import { resolveUri } from "./uris.ts";

/** What the resolver needs to know of the rest of `load`. */
export interface DocumentSource {
  /** The document of a path; `pending` when the shell must read it first, undefined when it can't be read. */
  open(path: string, referrer: LoadedDocument): LoadedDocument | "pending" | undefined;
  /** The document with this URI, or with a schema that has it (`$id`, `$self`, a metaschema); one may be preferred. */
  byUri(uri: string, preferred: LoadedDocument): { document: LoadedDocument; tokens: readonly string[] } | undefined;
  readonly knownPaths: () => Iterable<string>;
  readonly protos: LoadedProtos | undefined;
}

/** Every edge that was found. */
export interface Resolved {
  readonly refs: ReadonlyMap<JsonObject, RefTarget>;
  readonly discriminators: ReadonlyMap<JsonObject, DiscriminatorTargets>;
}

/**
 * Resolves every reference that the entries reach. Entries are scanned as a whole; other documents only where a
 * reference leads into them, so that what nobody uses is neither read nor complained about.
 */
export function resolveRefs(
  entries: readonly LoadedDocument[],
  source: DocumentSource,
  diagnostics: Diagnostic[],
): Resolved {
  const resolver = new Resolver(source, diagnostics);
  for (const document of entries) resolver.scanEntry(document);
  resolver.drain();
  return resolver;
}

/** References that may follow each other before a definition comes. */
const maxSteps = 1000;

/** Broken references that get a suggestion; a document with more has another problem. */
const maxSuggestions = 100;

type Found = RefTarget | "pending" | undefined;

class Resolver implements Resolved, ScanVisitor {
  readonly refs = new Map<JsonObject, RefTarget>();
  readonly discriminators = new Map<JsonObject, DiscriminatorTargets>();
  private readonly visited = new Set<object>();
  private readonly results = new Map<JsonObject, Found | "open">();
  private readonly queue: (() => void)[] = [];
  private flavour: Flavour = "openapi";
  private steps = 0;
  private broken = 0;
  private readonly source: DocumentSource;
  private readonly diagnostics: Diagnostic[];

  constructor(source: DocumentSource, diagnostics: Diagnostic[]) {
    this.source = source;
    this.diagnostics = diagnostics;
  }

  scanEntry(document: LoadedDocument): void {
    const flavour = flavourOf(document.kind, "openapi");
    this.scan({ document, value: document.root, tokens: [], scope: undefined, state: "node", isSoft: false, flavour });
  }

  drain(): void {
    for (let next = this.queue.pop(); next !== undefined; next = this.queue.pop()) next();
  }

  onRef(use: RefUse): void {
    const { flavour } = this;
    this.queue.push(() => {
      this.flavour = flavour;
      this.resolve(use);
    });
  }

  onBadRef(document: LoadedDocument, holder: JsonObject): void {
    this.diagnostics.push(
      createDiagnostic(
        messages.refNotString,
        { found: describeValue(holder["$ref"]) },
        {
          range: rangeOf(holder, "$ref") ?? startOf(document),
        },
      ),
    );
  }

  onDiscriminator({ document, holder }: DiscriminatorUse): void {
    const { flavour } = this;
    this.queue.push(() => {
      this.flavour = flavour;
      this.resolveDiscriminator(document, holder);
    });
  }

  private scan(start: Parameters<typeof scanRefs>[0]): void {
    const before = this.flavour;
    this.flavour = start.flavour;
    scanRefs(start, this.visited, this);
    this.flavour = before;
  }

  private resolve(use: RefUse): Found {
    const known = this.results.get(use.holder);
    if (known === "open") return this.reportCycle(use);
    if (known !== undefined || this.results.has(use.holder)) return known;
    if (this.steps >= maxSteps) return this.reportChain(use);
    this.results.set(use.holder, "open");
    this.steps += 1;
    const direct = this.find(
      use,
      String(use.holder[use.keyword]),
      rangeOf(use.holder, use.keyword) ?? startOf(use.document),
    );
    const found = direct === undefined || direct === "pending" ? direct : this.follow(direct, use);
    this.steps -= 1;
    if (this.results.get(use.holder) === "open") this.results.set(use.holder, found);
    const result = this.results.get(use.holder);
    if (result !== undefined && result !== "pending" && result !== "open") {
      this.refs.set(use.holder, result);
      this.scanTarget(result, use);
    }
    return result === "open" ? undefined : result;
  }

  /** Goes on to the definition when the target is nothing but a reference itself. */
  private follow(target: RefTarget, use: RefUse): Found {
    const { value, document } = target;
    if (!isObject(value) || typeof value["$ref"] !== "string" || !isBareReference(value)) return target;
    // Passing through decides what dynamic references behind it mean.
    if (hasDynamicAnchors(document)) return target;
    const scope = scopeAt(document, target.pointer);
    return this.resolve({ ...use, document, holder: value, keyword: "$ref", scope });
  }

  private reportCycle(use: RefUse): undefined {
    this.results.set(use.holder, undefined);
    this.diagnostics.push(
      createDiagnostic(
        messages.refCircular,
        { ref: String(use.holder[use.keyword]) },
        {
          range: rangeOf(use.holder, use.keyword) ?? startOf(use.document),
        },
      ),
    );
    return undefined;
  }

  private reportChain(use: RefUse): undefined {
    const problem = `expected "$ref" to lead to a definition in at most ${maxSteps} steps, found more`;
    this.diagnostics.push(
      createDiagnostic(messages.contractLimit, { problem }, { range: rangeOf(use.holder, use.keyword) }),
    );
    return undefined;
  }

  private scanTarget(target: RefTarget, use: RefUse): void {
    const { document, value, pointer } = target;
    if (document.kind === "proto" || document.kind === "avro") return;
    const flavour = flavourOf(document.kind, this.flavour);
    const tokens = splitPointer(pointer);
    const scope = scopeAt(document, pointer);
    this.scan({ document, value, tokens, scope, state: use.state, isSoft: use.isSoft, flavour });
  }

  private find(use: RefUse, text: string, range: SourceRange): Found {
    if (use.keyword === "$recursiveRef" && text === "#") return findRecursive(use);
    const hash = text.indexOf("#");
    const filePart = hash === -1 ? text : text.slice(0, hash);
    const fragment = hash === -1 ? "" : text.slice(hash + 1);
    const report = <P>(definition: MessageDefinition<P>, parameters: P): undefined => {
      const isSoft = use.isSoft && definition.severity === "error";
      this.diagnostics.push(
        isSoft
          ? createDiagnostic(messages.refUnusedNotFound, { ref: text }, { range })
          : createDiagnostic(definition, parameters, { range }),
      );
    };
    const opened =
      filePart === ""
        ? { document: use.document, scope: use.scope }
        : this.open(use, { text, filePart, fragment, report });
    if (opened === undefined || opened === "pending" || "pointer" in opened) return opened;
    const { document, scope } = opened;
    const found = findInDocument(document, fragment, {
      scope,
      isSuggesting: this.broken < maxSuggestions,
      follow: (holder) => {
        const next = this.resolve({ ...use, document, holder, keyword: "$ref", scope: undefined });
        return next === "pending" ? undefined : next;
      },
    });
    if (found.target === undefined) {
      this.broken += 1;
      const nearest = found.nearest === undefined ? undefined : `${filePart}#${found.nearest}`;
      return report(messages.refNotFound, { ref: text, path: document.file.path, nearest });
    }
    if (found.wasRepaired)
      report(messages.refUnescapedSlash, { ref: text, expected: `${filePart}#${found.target.pointer}` });
    return found.target;
  }

  private open(use: RefUse, ref: OpenRef): Opened | RefTarget | "pending" | undefined {
    const { filePart, fragment, text, report } = ref;
    const uri = resolveUri(filePart, baseUri(use.document, use.scope));
    const identified = uri === undefined ? undefined : this.source.byUri(uri, use.document);
    if (identified !== undefined) {
      const { document, tokens } = identified;
      return { document, scope: scopeAt(document, formatPointer(tokens)) };
    }
    if (isRemote(filePart)) return report(messages.refRemote, { ref: text });
    const path = joinPath(folderOf(use.document.file.path), decodePercent(filePart));
    if (path.endsWith(".proto")) {
      const proto = findProtoTarget(this.source.protos, path, decodePercent(fragment));
      return proto.target ?? report(messages.refProtoNotFound, { ref: text, nearest: proto.nearest });
    }
    if (path.startsWith("../")) return report(messages.refOutside, { ref: text });
    const document = this.source.open(path, use.document);
    if (document === "pending") return document;
    if (document !== undefined) return { document, scope: scopeAt(document, "") };
    this.broken += 1;
    const nearest = this.broken > maxSuggestions ? undefined : suggestName(path, this.source.knownPaths());
    return report(messages.refFileNotFound, { ref: text, path, nearest });
  }

  private resolveDiscriminator(document: LoadedDocument, holder: JsonObject): void {
    const mapping = new Map<string, RefTarget>();
    const values = isObject(holder["mapping"]) ? holder["mapping"] : undefined;
    for (const [name, text] of Object.entries(values ?? {})) {
      if (values === undefined || typeof text !== "string") continue;
      const target = this.findMapped(document, text, rangeOf(values, name) ?? startOf(document));
      if (target !== undefined) mapping.set(name, target);
    }
    const fallback = holder["defaultMapping"];
    const defaultMapping =
      typeof fallback === "string"
        ? this.findMapped(document, fallback, rangeOf(holder, "defaultMapping") ?? startOf(document))
        : undefined;
    this.discriminators.set(holder, { mapping, ...(defaultMapping === undefined ? {} : { defaultMapping }) });
  }

  /** A mapping is the name of a component first, else a reference (OpenAPI 3.2, Discriminator Object). */
  private findMapped(document: LoadedDocument, text: string, range: SourceRange): RefTarget | undefined {
    const name = /^[A-Za-z0-9._-]+$/.test(text)
      ? findInDocument(document, `/components/schemas/${text}`).target
      : undefined;
    const holder: JsonObject = Object.assign(Object.create(null), { $ref: text });
    const use: RefUse = { document, holder, keyword: "$ref", scope: undefined, isSoft: false, state: "node" };
    const found = name ?? this.find(use, text, range);
    if (found === undefined || found === "pending") return undefined;
    const target = this.follow(found, use);
    if (target === undefined || target === "pending") return undefined;
    this.scanTarget(target, use);
    return target;
  }
}

interface Opened {
  readonly document: LoadedDocument;
  readonly scope: Scope | undefined;
}

interface OpenRef {
  readonly text: string;
  readonly filePart: string;
  readonly fragment: string;
  readonly report: <P>(definition: MessageDefinition<P>, parameters: P) => undefined;
}

function isBareReference(value: JsonObject): boolean {
  return Object.keys(value).every((key) => key === "$ref" || key === "summary" || key === "description");
}

/** What `$recursiveRef: "#"` means (JSON Schema 2019-09): the outermost anchor around it, else its own schema. */
function findRecursive(use: RefUse): Found {
  let nearest: Scope | undefined;
  let anchor: Scope | undefined;
  for (let scope = use.scope; scope !== undefined; scope = scope.parent) {
    nearest ??= scope;
    if (scope.isRecursiveAnchor) anchor = scope;
  }
  const target = anchor ?? nearest;
  return findInDocument(use.document, "", { scope: undefined, tokens: target?.tokens ?? [] }).target;
}

function scopeAt(document: LoadedDocument, pointer: string): Scope | undefined {
  const tokens = splitPointer(pointer);
  let value = document.root;
  let scope = scopeOf(document, { value, path: [], parent: undefined });
  tokens.forEach((token, index) => {
    const next = isArray(value) ? value[Number(token)] : isObject(value) ? value[token] : undefined;
    if (next === undefined) return;
    value = next;
    const path = tokens.slice(0, index + 1);
    const isNamed = ["schemas", "definitions", "$defs"].includes(path.at(-2) ?? "");
    scope =
      scopeOf(document, { value, path, parent: scope }) ??
      (isNamed
        ? { parent: scope, value, tokens: path, uri: undefined, isRecursiveAnchor: false, dynamicAnchor: undefined }
        : scope);
  });
  return scope;
}

function startOf(document: LoadedDocument): SourceRange {
  return { file: document.file, start: 0, end: 0 };
}
