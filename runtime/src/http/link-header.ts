/** One link of a `Link` header. */
export interface WebLink {
  /** As written: absolute, or relative to what was asked for. */
  readonly target: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const target = /[\s,]*<([^>]*)>/y;
const parameter = /\s*;\s*([^\s=;,"<>]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?/sy;

/**
 * Reads a `Link` header (RFC 8288 section 3) up to the first text that is no link; names of parameters in lower case,
 * of several with one name the first.
 */
export function parseLinks(text: string): readonly WebLink[] {
  const links: WebLink[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  for (let link = match(target); link !== null; link = match(target)) {
    const parameters = new Map<string, string>();
    for (let found = match(parameter); found !== null; found = match(parameter)) {
      const name = (found[1] ?? "").toLowerCase();
      const value = found[2]?.replace(/\\(.)/gs, "$1") ?? found[3] ?? "";
      if (!parameters.has(name)) parameters.set(name, value);
    }
    links.push({ target: link[1] ?? "", parameters });
  }
  return links;
}

/** The target of the first link with this relation that is about the resource itself. */
export function findLink(text: string, relation: string): string | undefined {
  return parseLinks(text).find(
    ({ parameters }) =>
      !parameters.has("anchor") && (parameters.get("rel") ?? "").toLowerCase().split(/\s+/).includes(relation),
  )?.target;
}
