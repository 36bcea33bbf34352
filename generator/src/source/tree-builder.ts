import { isArray, isObject, rangeOf, setPlace } from "./json.ts";
import type { EntryPlace, JsonObject, JsonValue } from "./json.ts";
import type { ReadLimits, ReadProblem, ReadProblemKind } from "./read-result.ts";
import type { SourceFile } from "./source-file.ts";

/** A scalar or an alias, as a YAML parser reports it. */
export interface Leaf {
  readonly start: number;
  readonly end: number;
  readonly anchor?: string | undefined;
}

/** Builds plain values with places from the parse events of a YAML document. Aliases share one value. */
export interface TreeBuilder {
  /** `text` is what is used when the scalar is a key; `isMerge` for the plain key `<<`. */
  addScalar(value: JsonValue, text: string, leaf: Leaf & { readonly isMerge?: boolean }): void;
  addAlias(name: string, leaf: Leaf): void;
  open(kind: "object" | "array", leaf: Leaf): void;
  close(end?: number): void;
  /** True once a problem was found that ends the reading. */
  readonly hasFailed: boolean;
  readonly root: JsonValue | undefined;
  readonly problems: readonly ReadProblem[];
}

/** A value with its extent as if all aliases in it were written out. */
interface Measured {
  readonly value: JsonValue;
  readonly text: string | undefined;
  readonly size: number;
  readonly height: number;
}

interface Frame {
  readonly object: Record<string, JsonValue> | undefined;
  readonly array: JsonValue[] | undefined;
  readonly start: number;
  readonly anchor: string | undefined;
  readonly keys: string[];
  readonly offsets: number[];
  readonly merges: { readonly value: JsonValue; readonly at: number }[];
  key: string | undefined;
  keyStart: number;
  isMergeKey: boolean;
  size: number;
  height: number;
}

/** Makes a builder for one file. */
export function createTreeBuilder(file: SourceFile, limits: ReadLimits): TreeBuilder {
  return new Builder(file, limits);
}

class Builder implements TreeBuilder {
  hasFailed = false;
  root: JsonValue | undefined;
  readonly problems: ReadProblem[] = [];
  private readonly frames: Frame[] = [];
  private readonly anchors = new Map<string, Measured | undefined>();
  private aliasedValues = 0;
  private lastEnd = 0;
  private readonly file: SourceFile;
  private readonly limits: ReadLimits;

  constructor(file: SourceFile, limits: ReadLimits) {
    this.file = file;
    this.limits = limits;
  }

  addScalar(value: JsonValue, text: string, leaf: Leaf & { readonly isMerge?: boolean }): void {
    const start = leaf.start < 0 ? this.lastEnd : leaf.start;
    const end = leaf.end < 0 ? start : leaf.end;
    const measured: Measured = { value, text, size: 1, height: 0 };
    if (leaf.anchor !== undefined) this.anchors.set(leaf.anchor, measured);
    this.add(measured, { start, end, isMerge: leaf.isMerge ?? false });
  }

  addAlias(name: string, leaf: Leaf): void {
    const measured = this.anchors.get(name);
    if (measured === undefined) {
      const why = this.anchors.has(name) ? "refers to a value that contains it" : "has no anchor before it";
      this.fail("syntax", `alias ${JSON.stringify(name)} ${why}`, leaf);
      return;
    }
    this.charge(measured.size, leaf);
    if (this.frames.length + measured.height > this.limits.maxDepth) this.failDepth(leaf);
    if (!this.hasFailed) this.add(measured, { ...leaf, isMerge: false });
  }

  open(kind: "object" | "array", leaf: Leaf): void {
    if (this.frames.length >= this.limits.maxDepth) {
      this.failDepth(leaf);
      return;
    }
    if (leaf.anchor !== undefined) this.anchors.set(leaf.anchor, undefined);
    this.lastEnd = Math.max(this.lastEnd, leaf.start);
    this.frames.push({
      object: kind === "object" ? Object.create(null) : undefined,
      array: kind === "array" ? [] : undefined,
      start: leaf.start,
      anchor: leaf.anchor,
      keys: [],
      offsets: [],
      merges: [],
      key: undefined,
      keyStart: 0,
      isMergeKey: false,
      size: 1,
      height: 0,
    });
  }

  close(end?: number): void {
    const frame = this.frames.pop();
    const value = frame?.object ?? frame?.array;
    if (frame === undefined || value === undefined) return;
    const stop = Math.max(end ?? this.lastEnd, frame.start);
    const entries = frame.merges.length === 0 ? undefined : this.merge(frame);
    if (this.hasFailed) return;
    setPlace(value, {
      file: this.file,
      start: frame.start,
      end: stop,
      offsets: frame.offsets,
      ...(frame.object === undefined ? {} : { keys: frame.keys }),
      ...(entries === undefined ? {} : { entries }),
    });
    const measured: Measured = { value, text: undefined, size: frame.size, height: frame.height + 1 };
    if (frame.anchor !== undefined) this.anchors.set(frame.anchor, measured);
    this.add(measured, { start: frame.start, end: stop, isMerge: false });
  }

  private add(
    measured: Measured,
    at: { readonly start: number; readonly end: number; readonly isMerge: boolean },
  ): void {
    this.lastEnd = Math.max(this.lastEnd, at.end);
    const frame = this.frames.at(-1);
    if (frame === undefined) {
      this.root = measured.value;
      return;
    }
    if (frame.object !== undefined && frame.key === undefined) {
      this.startEntry(frame, measured, at);
      return;
    }
    frame.size += measured.size;
    frame.height = Math.max(frame.height, measured.height);
    if (frame.array !== undefined) {
      frame.array.push(measured.value);
      frame.offsets.push(at.start, at.start, at.end);
    } else if (frame.isMergeKey) {
      frame.merges.push({ value: measured.value, at: frame.keyStart });
      frame.key = undefined;
    } else if (frame.object !== undefined && frame.key !== undefined) {
      const { key } = frame;
      frame.key = undefined;
      if (key in frame.object) this.reportDuplicate(frame, key);
      else {
        frame.keys.push(key);
        frame.offsets.push(frame.keyStart, at.start, at.end);
      }
      frame.object[key] = measured.value;
    }
  }

  private startEntry(frame: Frame, measured: Measured, at: { start: number; end: number; isMerge: boolean }): void {
    if (measured.text === undefined) {
      this.fail("complex-key", "expected a key that is a scalar, found an object or an array", at);
      return;
    }
    frame.key = measured.text;
    frame.keyStart = at.start;
    frame.isMergeKey = at.isMerge;
  }

  private reportDuplicate(frame: Frame, key: string): void {
    const first = frame.offsets[frame.keys.indexOf(key) * 3] ?? frame.start;
    this.problems.push({
      kind: "duplicate-key",
      message: `key ${JSON.stringify(key)} stands twice in one object`,
      range: { file: this.file, start: frame.keyStart, end: frame.keyStart + key.length },
      first: { file: this.file, start: first, end: first + key.length },
    });
  }

  /** Adds the entries of `<<` that the object doesn't have itself; earlier sources win. */
  private merge(frame: Frame): ReadonlyMap<string, EntryPlace> | undefined {
    const target = frame.object;
    if (target === undefined) return undefined;
    const entries = new Map<string, EntryPlace>();
    for (const merge of frame.merges) {
      const sources: readonly JsonValue[] = isArray(merge.value) ? merge.value : [merge.value];
      for (const source of sources) {
        if (!isObject(source)) {
          this.fail("syntax", 'expected an object or a list of objects after "<<"', {
            start: merge.at,
            end: merge.at + 2,
          });
          return undefined;
        }
        this.mergeSource(target, source, { entries, at: merge.at });
        if (this.hasFailed) return undefined;
      }
    }
    return entries;
  }

  private mergeSource(
    target: Record<string, JsonValue>,
    source: JsonObject,
    into: { readonly entries: Map<string, EntryPlace>; readonly at: number },
  ): void {
    const names = Object.keys(source);
    this.charge(names.length, { start: into.at, end: into.at + 2 });
    for (const name of names) {
      const value = source[name];
      if (name in target || value === undefined) continue;
      target[name] = value;
      const key = rangeOf(source, name, "key");
      const range = rangeOf(source, name);
      if (key !== undefined && range !== undefined) into.entries.set(name, { key, value: range });
    }
  }

  private charge(count: number, leaf: Leaf): void {
    this.aliasedValues += count;
    if (this.aliasedValues <= this.limits.maxAliasedValues) return;
    this.fail(
      "alias-limit",
      `expected aliases to add at most ${this.limits.maxAliasedValues} values, found more`,
      leaf,
    );
  }

  private failDepth(leaf: Leaf): void {
    this.fail("too-deep", `expected at most ${this.limits.maxDepth} levels of nesting, found more`, leaf);
  }

  private fail(kind: ReadProblemKind, message: string, leaf: Leaf): void {
    if (!this.hasFailed) {
      this.problems.push({
        kind,
        message,
        range: { file: this.file, start: leaf.start, end: Math.max(leaf.start, leaf.end) },
      });
    }
    this.hasFailed = true;
  }
}
