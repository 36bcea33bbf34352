/** A transport's `baseUrl`, taken apart. */
export interface BaseUrl {
  readonly url: URL;
  /** Before the path of every operation; without a slash at its end. */
  readonly basePath: string;
  /** Path and query exactly as given: where webhooks and callbacks go. */
  readonly address: string;
}

/**
 * Reads `baseUrl`. Its query counts for webhooks and callbacks alone, which have no path and query of their own.
 *
 * @throws {TypeError} when it is no URL, is not http or https, or carries a user or password, which would not be sent.
 */
export function readBaseUrl(baseUrl: string | URL, basePath: string = ""): BaseUrl {
  const url = new URL(baseUrl);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new TypeError(`baseUrl must begin with http:// or https://, found "${url.protocol}"`);
  if (url.username !== "" || url.password !== "") throw new TypeError("baseUrl must not carry a user or password");
  return {
    url,
    basePath: `${url.pathname.replace(/\/+$/, "")}${basePath}`,
    address: `${url.pathname}${url.search}`,
  };
}

/** The target of an operation without a path: the address with the operation's own `query`, if any, added. */
export function targetAt(address: string, query: string): string {
  if (query === "") return address;
  return `${address}${address.includes("?") ? "&" : "?"}${query}`;
}
