import type { HttpOwnServers, HttpServer } from "../descriptor/http.ts";

/**
 * The URL of a contract's server, without a slash at its end, as `baseUrl` of a transport. Variables that are not given
 * stand for their defaults. `base` is where the document came from; a relative URL needs it.
 *
 * ```ts
 * fetchTransport({ baseUrl: serverUrl(PaymentsServers[0], { region: "eu" }) });
 * ```
 *
 * @throws {TypeError} when a variable has no value, one that its enum does not list or that would leave its part of the
 * URL, or when there is no absolute http or https URL in the end.
 */
export function serverUrl<Variables extends object>(
  server: HttpServer<Variables>,
  variables: NoInfer<Variables> = {} as Variables,
  base?: string | URL,
): string {
  const given = variables as Readonly<Record<string, unknown>>;
  const text = server.url.replace(/\{([^{}]*)\}/g, (_, name: string, at: number) => {
    const declared = ownOf(server.variables ?? {}, name);
    const value = ownOf(given, name) ?? declared?.default;
    if (typeof value !== "string") throw new TypeError(`server variable "${name}" has no value`);
    if (declared?.enum !== undefined && !declared.enum.includes(value)) {
      throw new TypeError(`server variable "${name}" must be ${declared.enum.join(" or ")}`);
    }
    // At the very beginning a variable may be a whole URL; in the host it must not end it, nor the path in the path.
    const isInHost = /^(?:[a-z{][^/]*)?\/\/[^/]*$/i.test(server.url.slice(0, at));
    if (at > 0 && (isInHost ? /^$|[^\w.:-]/ : /[?#\\\s]|(?:^|\/)\.\.?(?:\/|$)/).test(value)) {
      throw new TypeError(`server variable "${name}" has characters that its place can't hold`);
    }
    return value;
  });
  const url = URL.canParse(text, base) ? new URL(text, base) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new TypeError(`server "${server.url}" gives no http URL: a relative one needs base, where the contract is`);
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

/**
 * A transport's base path for an operation with servers of its own: where the base path ends with one of the
 * document's, the operation's stands in its place. A base path that the contract does not know stays.
 */
export function ownBasePath(basePath: string, own: HttpOwnServers | undefined): string {
  if (own === undefined) return basePath;
  const { basePaths, insteadOf } = own;
  const [use = ""] = basePaths;
  const known = [...basePaths, ...insteadOf].filter((path) => path !== "" && basePath.endsWith(path));
  const longest = known.reduce((best, path) => (path.length > best.length ? path : best), "");
  if (longest !== "") return basePaths.includes(longest) ? basePath : basePath.slice(0, -longest.length) + use;
  return basePath === "" || insteadOf.includes("") ? basePath + use : basePath;
}

function ownOf<Value>(values: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}
