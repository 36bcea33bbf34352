import type { JsonValue } from "../source/json.ts";

/** A parsed JSONPath. */
export interface Query {
  readonly from: "root" | "current";
  readonly segments: readonly Segment[];
}

/** One step of a path. */
export interface Segment {
  readonly isDescendant: boolean;
  readonly selectors: readonly Selector[];
}

/** What a step selects. */
export type Selector =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "index"; readonly index: number }
  | { readonly kind: "wildcard" }
  | { readonly kind: "slice"; readonly start?: number; readonly end?: number; readonly step: number }
  | { readonly kind: "filter"; readonly expression: Expression };

/** A test in a filter. */
export type Expression =
  | { readonly kind: "or" | "and"; readonly parts: readonly Expression[] }
  | { readonly kind: "not"; readonly part: Expression }
  | { readonly kind: "exists"; readonly query: Query }
  | { readonly kind: "matches"; readonly operand: Operand; readonly pattern: RegExp }
  | { readonly kind: "compare"; readonly operator: string; readonly left: Operand; readonly right: Operand };

/** A side of a comparison. */
export type Operand =
  | { readonly kind: "literal"; readonly value: JsonValue }
  | { readonly kind: "query" | "count"; readonly query: Query }
  | { readonly kind: "length"; readonly of: Operand };

/** Parses a JSONPath of RFC 9535. `-` is allowed in names without quotes, so that `$.x-trilogue` works. */
export function parseJsonPath(path: string): Query | { readonly problem: string } {
  if (path.length > 4096) return { problem: "it is longer than 4096 characters" };
  const parser = new Parser(path.trim());
  const query = parser.parse();
  return parser.problem === undefined ? query : { problem: parser.problem };
}

const nothing: Operand = { kind: "literal", value: null };

class Parser {
  problem: string | undefined;
  private readonly text: string;
  private at = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  parse(): Query {
    const query = this.readQuery();
    if (this.at < this.text.length) this.fail("the end");
    return query;
  }

  private readQuery(): Query {
    const isRoot = this.take("$");
    if (!isRoot && !this.take("@")) this.fail('"$"');
    const segments: Segment[] = [];
    for (;;) {
      const mark = this.at;
      this.skipSpace();
      if (this.problem !== undefined) break;
      if (this.take(".."))
        segments.push({ isDescendant: true, selectors: this.peek("[") ? this.readBrackets() : [this.readDotted()] });
      else if (this.take(".")) segments.push({ isDescendant: false, selectors: [this.readDotted()] });
      else if (this.peek("[")) segments.push({ isDescendant: false, selectors: this.readBrackets() });
      else {
        this.at = mark;
        break;
      }
    }
    return { from: isRoot ? "root" : "current", segments };
  }

  private readDotted(): Selector {
    if (this.take("*")) return { kind: "wildcard" };
    const name = this.match(/[A-Za-z_\u0080-\uffff][A-Za-z0-9_\-\u0080-\uffff]*/y);
    if (name === undefined) this.fail("a name");
    return { kind: "name", name: name ?? "" };
  }

  private readBrackets(): readonly Selector[] {
    const selectors: Selector[] = [];
    this.take("[");
    do {
      this.skipSpace();
      selectors.push(this.readSelector());
      this.skipSpace();
    } while (this.problem === undefined && this.take(","));
    if (!this.take("]")) this.fail('"]"');
    return selectors;
  }

  private readSelector(): Selector {
    if (this.take("*")) return { kind: "wildcard" };
    if (this.take("?")) return { kind: "filter", expression: this.readOr() };
    if (this.peek("'") || this.peek('"')) return { kind: "name", name: this.readString() };
    const parts = this.match(/(?:-?\d{1,9})?\s*:\s*(?:-?\d{1,9})?(?:\s*:\s*(?:-?\d{1,9})?)?/y)
      ?.split(":")
      .map((part) => part.trim());
    if (parts !== undefined) {
      const [start = "", end = "", step = ""] = parts;
      return {
        kind: "slice",
        step: step === "" ? 1 : Number(step),
        ...(start === "" ? {} : { start: Number(start) }),
        ...(end === "" ? {} : { end: Number(end) }),
      };
    }
    const index = this.match(/-?\d{1,9}/y);
    if (index === undefined) this.fail('a name in quotes, an index, a slice, "*" or a filter');
    return { kind: "index", index: Number(index ?? 0) };
  }

  private readOr(): Expression {
    if ((this.depth += 1) > 50) this.fail("less nesting");
    const parts = [this.readAnd()];
    while (this.problem === undefined && this.takeSpaced("||")) parts.push(this.readAnd());
    this.depth -= 1;
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: "or", parts };
  }

  private readAnd(): Expression {
    const parts = [this.readBasic()];
    while (this.problem === undefined && this.takeSpaced("&&")) parts.push(this.readBasic());
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: "and", parts };
  }

  private readBasic(): Expression {
    this.skipSpace();
    if (this.problem !== undefined) return { kind: "or", parts: [] };
    if (this.text[this.at] === "!" && this.text[this.at + 1] !== "=") {
      this.at += 1;
      if ((this.depth += 1) > 50) this.fail("less nesting");
      const part = this.readBasic();
      this.depth -= 1;
      return { kind: "not", part };
    }
    if (this.take("(")) {
      const inner = this.readOr();
      if (!this.takeSpaced(")")) this.fail('")"');
      return inner;
    }
    const pattern = this.match(/(?:match|search)\(/y);
    return pattern === undefined ? this.readComparison() : this.readMatch(pattern === "match(");
  }

  private readMatch(isWhole: boolean): Expression {
    const operand = this.readOperand();
    if (!this.takeSpaced(",")) this.fail('","');
    this.skipSpace();
    const pattern = this.readPattern(this.readString(), isWhole);
    if (!this.takeSpaced(")")) this.fail('")"');
    return { kind: "matches", operand, pattern };
  }

  private readPattern(source: string, isWhole: boolean): RegExp {
    // A repeated group that repeats inside can take exponential time, so it is refused.
    if (source.length <= 200 && !/[+*}][^()]*\)[^)]*?[+*{]|\([^)]*\|[^)]*\)[+*{]/.test(source)) {
      try {
        return new RegExp(isWhole ? `^(?:${source})$` : source, "u");
      } catch {
        // Reported below, as for the other patterns that are not accepted.
      }
    }
    this.fail("a simple regular expression");
    return /^$/;
  }

  private readComparison(): Expression {
    const left = this.readOperand();
    this.skipSpace();
    const operator = this.match(/==|!=|<=|>=|<|>/y);
    if (operator !== undefined) return { kind: "compare", operator, left, right: this.readOperand() };
    if (left.kind !== "query") this.fail("a comparison");
    return left.kind === "query" ? { kind: "exists", query: left.query } : { kind: "or", parts: [] };
  }

  private readOperand(): Operand {
    this.skipSpace();
    if (this.peek("@") || this.peek("$")) return { kind: "query", query: this.readQuery() };
    if (this.peek("'") || this.peek('"')) return { kind: "literal", value: this.readString() };
    const name = this.match(/(?:length|count|value)\(/y);
    if (name !== undefined) return this.readFunction(name);
    const number = this.match(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y);
    if (number !== undefined) return { kind: "literal", value: Number(number) };
    const word = this.match(/true|false|null/y);
    if (word === undefined) this.fail("a value");
    return word === undefined ? nothing : { kind: "literal", value: word === "null" ? null : word === "true" };
  }

  private readFunction(name: string): Operand {
    if ((this.depth += 1) > 50) this.fail("less nesting");
    const operand = this.problem === undefined ? this.readOperand() : nothing;
    this.depth -= 1;
    if (!this.takeSpaced(")")) this.fail('")"');
    if (name === "length(") return { kind: "length", of: operand };
    if (operand.kind !== "query") this.fail("a path");
    return operand.kind === "query" && name === "count(" ? { kind: "count", query: operand.query } : operand;
  }

  private readString(): string {
    const quote = this.text[this.at];
    const raw = this.match(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/y);
    if (raw === undefined || quote === undefined) {
      this.fail("a text in quotes");
      return "";
    }
    return raw
      .slice(1, -1)
      .replace(/\\(u[0-9a-fA-F]{4}|.)/g, (_, escape: string) =>
        escape.length === 5 ? String.fromCharCode(Number.parseInt(escape.slice(1), 16)) : (escapes[escape] ?? escape),
      );
  }

  private peek(text: string): boolean {
    return this.text.startsWith(text, this.at);
  }

  private take(text: string): boolean {
    if (!this.peek(text)) return false;
    this.at += text.length;
    return true;
  }

  private takeSpaced(text: string): boolean {
    this.skipSpace();
    return this.take(text);
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private skipSpace(): void {
    while (/\s/.test(this.text[this.at] ?? "")) this.at += 1;
  }

  private fail(expected: string): void {
    const found = this.at < this.text.length ? JSON.stringify(this.text.slice(this.at, this.at + 10)) : "the end";
    this.problem ??= `expected ${expected} at character ${this.at + 1}, found ${found}`;
  }
}

const escapes: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
