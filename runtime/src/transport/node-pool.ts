import { lookup as lookUp, type LookupAddress, type LookupOptions } from "node:dns";
import * as http from "node:http";
import * as https from "node:https";
import { BlockList, isIP, isIPv6, type LookupFunction, type Socket } from "node:net";
import { ServiceError } from "../error/service-error.ts";

/** What a pool of connections may be told. */
export interface NodePoolOptions {
  /** Connections in all; default 100. */
  readonly maxConnections?: number | undefined;
  /** Connections to one host; default 10. More calls wait for one to be free. */
  readonly maxConnectionsPerHost?: number | undefined;
  /** How long an idle connection is kept, milliseconds; default 30,000. Servers should keep theirs longer. */
  readonly idleMs?: number | undefined;
  /** TLS: the authorities to trust, a client certificate, the server's name; as `https.request` takes them. */
  readonly tls?:
    | Pick<
        https.AgentOptions,
        "ca" | "cert" | "key" | "passphrase" | "servername" | "rejectUnauthorized" | "minVersion"
      >
    | undefined;
  /**
   * Whether an IP address may be connected to; asked of every address that a name leads to, when a connection is made,
   * so that no name can be changed in between. Default: all. For addresses that others choose: `isPublicAddress`.
   */
  readonly allowAddress?: ((address: string) => boolean) | undefined;
}

/** Kept connections of any number of transports, to any number of hosts. */
export interface NodePool {
  /** The agent of a protocol, `http:` or `https:`. */
  agentFor(protocol: string): http.Agent;
  /** Says that a connection is not kept idle for longer than its last call's contract wants, if that is less. */
  keepFor(socket: Socket, ms: number | undefined): void;
  /** @throws {ServiceError} permission_denied, when the host is an address that is not allowed. */
  checkHost(hostname: string): void;
  /** Closes idle connections; connections in use are closed when their call ends. */
  close(): Promise<void>;
}

/** Makes a pool; connections are made when they are needed. The limits hold for http and https each. */
export function createNodePool(options: NodePoolOptions = {}): NodePool {
  const { maxConnections = 100, maxConnectionsPerHost = 10, idleMs = 30_000, tls, allowAddress } = options;
  const shared: http.AgentOptions & { lookup?: LookupFunction } = {
    keepAlive: true,
    maxSockets: maxConnectionsPerHost,
    maxTotalSockets: maxConnections,
    timeout: idleMs,
    scheduling: "lifo",
    ...(allowAddress === undefined ? {} : { lookup: guardedLookup(allowAddress) }),
  };
  const agents = new Map<string, http.Agent>();
  const wanted = new WeakMap<object, number>();
  return {
    agentFor(protocol) {
      let agent = agents.get(protocol);
      if (agent === undefined) {
        agent = protocol === "https:" ? new https.Agent({ ...shared, ...tls }) : new http.Agent(shared);
        keepNoLonger(agent, (socket) => wanted.get(socket));
        agents.set(protocol, agent);
      }
      return agent;
    },
    keepFor(socket, ms) {
      if (ms === undefined) wanted.delete(socket);
      else wanted.set(socket, ms);
    },
    checkHost(hostname) {
      if (allowAddress !== undefined && isIP(hostname) !== 0 && !allowAddress(hostname)) throw refused(hostname);
    },
    close() {
      for (const agent of agents.values()) {
        agent.maxFreeSockets = 0;
        for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
      }
      return Promise.resolve();
    },
  };
}

/** The agent sets its own limit, or the server's hint, on a connection that comes free; ours may only shorten it. */
function keepNoLonger(agent: http.Agent, wantedMs: (socket: object) => number | undefined): void {
  const keepSocketAlive = agent.keepSocketAlive.bind(agent);
  agent.keepSocketAlive = (stream) => {
    // Typed as void; whether the connection may be kept is what it returns.
    const keeps: unknown = keepSocketAlive(stream);
    const ms = wantedMs(stream);
    const socket = stream as Socket;
    if (ms !== undefined && (socket.timeout === undefined || socket.timeout === 0 || ms < socket.timeout)) {
      socket.setTimeout(ms);
    }
    return keeps as void;
  };
}

/**
 * Whether an address is one of the public internet: neither loopback, private, link-local (where clouds keep their
 * metadata), shared, multicast nor reserved (RFC 6890, RFC 4193), also not by way of an IPv6 form of such a one.
 */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && !reserved.check(address, family === 6 ? "ipv6" : "ipv4");
}

const reserved = new BlockList();
for (const range of [
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"],
  ...["192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"],
  ...["224.0.0.0/4", "240.0.0.0/4", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23"],
  // All that is not assigned, 2000::/3 aside, and IPv4 in IPv6 as stateless translators have it (RFC 7915).
  ...["100::/8", "200::/7", "400::/6", "800::/5", "1000::/4", "4000::/2", "8000::/1", "::ffff:0:0:0/96"],
  ...["2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"],
]) {
  const [network = "", prefix] = range.split("/");
  reserved.addSubnet(network, Number(prefix), isIPv6(network) ? "ipv6" : "ipv4");
}

/** Looks a name up and hands on only the addresses that are allowed. */
function guardedLookup(allowAddress: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    const all: LookupOptions & { all: true } = { ...options, all: true };
    lookUp(hostname, all, (error: Error | null, addresses: LookupAddress[]) => {
      const allowed = error === null ? addresses.filter(({ address }) => allowAddress(address)) : [];
      const [first] = allowed;
      if (error !== null) callback(error, "", 0);
      else if (first === undefined) callback(refused(hostname), "", 0);
      else if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

function refused(host: string): ServiceError {
  return new ServiceError("permission_denied", `"${host}" leads to no address that may be called`, {
    origin: "transport",
    sent: "no",
    reason: "ADDRESS_REFUSED",
    retry: { class: "never" },
  });
}
