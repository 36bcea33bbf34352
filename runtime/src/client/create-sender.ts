import { ServiceError } from "../error/service-error.ts";
import type { Transport } from "../transport/transport.ts";
import { createClient, type ClientOptions } from "./create-client.ts";
import type { Client, ClientSource, OperationsOf } from "./types.ts";

/** What a sender may be given, beside what its clients are. */
export interface SenderOptions extends ClientOptions {
  /**
   * Whether an address may be called; default: every http and https URL. Subscribers choose their addresses, so a
   * service that reaches internal hosts must say no to those: check names here, and IP addresses in the pool
   * (`createNodePool({ allowAddress: isPublicAddress })`), because a name may lead elsewhere once it is looked up.
   */
  readonly allowUrl?: (url: URL) => boolean;
  /** Subscribers whose breaker and budget are remembered; default 1,000. The longest unused one is forgotten first. */
  readonly maxSubscribers?: number;
}

/** Sends webhooks and callbacks to any number of subscribers. */
export interface Sender<Operations> {
  /**
   * The client of one subscriber; its address is the whole URL, with path, slash at the end and query.
   *
   * @throws {ServiceError} invalid_argument, when it is no http or https URL; permission_denied, when not allowed.
   */
  to(url: string | URL): Client<Operations>;
}

/**
 * Makes a sender of webhooks: one client a subscriber, each with a breaker and a retry budget of its own, all over the
 * connections that `connect` shares:
 *
 * ```ts
 * const pool = createNodePool({ allowAddress: isPublicAddress });
 * const sender = createSender(ShopWebhooks, (baseUrl) => nodeTransport({ baseUrl, pool }));
 * await sender.to(subscription.url).newPet({ body: pet });
 * ```
 */
export function createSender<const Source extends ClientSource>(
  source: Source,
  connect: (url: URL) => Transport<"http">,
  options: SenderOptions = {},
): Sender<OperationsOf<Source>> {
  const { allowUrl, maxSubscribers = 1_000, ...clientOptions } = options;
  const known = new Map<string, { readonly client: Client<OperationsOf<Source>>; readonly transport: Transport }>();
  return {
    to(given) {
      const url = readUrl(given);
      if (allowUrl !== undefined && !allowUrl(url)) throw refusal("permission_denied", `${url.host} is not allowed`);
      let subscriber = known.get(url.href);
      if (subscriber === undefined) {
        const transport = connect(url);
        subscriber = {
          client: createClient<ClientSource>(source, transport as never, clientOptions) as never,
          transport,
        };
      }
      known.delete(url.href);
      known.set(url.href, subscriber);
      const [oldest] = known;
      if (known.size > maxSubscribers && oldest !== undefined) {
        known.delete(oldest[0]);
        // What it still sends ends first; nobody waits for its idle connections to be gone.
        void oldest[1].transport.close?.();
      }
      return subscriber.client;
    },
  };
}

function readUrl(given: string | URL): URL {
  const url = URL.parse(given);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw refusal("invalid_argument", "expected an http or https URL");
  }
  if (url.username !== "" || url.password !== "") {
    throw refusal("invalid_argument", "expected a URL without user and password");
  }
  url.hash = "";
  return url;
}

function refusal(code: "invalid_argument" | "permission_denied", why: string): ServiceError {
  return new ServiceError(code, `the subscriber's address can't be called: ${why}`, {
    origin: "framework",
    sent: "no",
    reason: "URL_REFUSED",
    retry: { class: "never" },
  });
}
