import { createConnectTransport } from "@connectrpc/connect-node";
import type { Environment, ServerCore, Transport } from "@trilogue/runtime";
import { connectTransport, memoryRpcTransport } from "@trilogue/runtime/rpc";
import { serveNode, type NodeServer } from "@trilogue/runtime/server/node";
import { memoryTransport } from "@trilogue/runtime/transport/memory";
import { nodeTransport } from "@trilogue/runtime/transport/node";

/** How the shop's services reach each other: over loopback sockets, or in memory for virtual time. */
export interface Network {
  /** Brings a server to the network under a name; `basePath` is the one of its contract's `servers`. */
  serve(name: string, server: ServerCore, basePath?: string): Promise<void>;
  http(name: string): Transport<"http">;
  rpc(name: string): Transport<"rpc">;
  /** `orders :40123` for each server, for people. */
  describe(): readonly string[];
  close(): Promise<void>;
}

/** Real servers on free ports of this machine; HTTP contracts over HTTP/1.1, protos over Connect on HTTP/2. */
export function createLoopback(): Network {
  const servers = new Map<string, { readonly node: NodeServer; readonly basePath: string }>();
  const opened: Transport[] = [];
  const find = (name: string): { readonly node: NodeServer; readonly basePath: string } => {
    const server = servers.get(name);
    if (server === undefined) throw new Error(`the shop asks for "${name}" before it serves it`);
    return server;
  };
  const keep = <Kind extends Transport>(transport: Kind): Kind => {
    opened.push(transport);
    return transport;
  };
  return {
    serve: async (name, server, basePath = "") => {
      servers.set(name, { node: await serveNode(server, { host: "127.0.0.1" }), basePath });
    },
    http: (name) => {
      const { node, basePath } = find(name);
      return keep(nodeTransport({ baseUrl: node.url + basePath, maxConnectionsPerHost: 100 }));
    },
    rpc: (name) => {
      const { node } = find(name);
      return keep(
        connectTransport(createConnectTransport({ baseUrl: node.url, httpVersion: "2" }), { authority: name }),
      );
    },
    describe: () => [...servers].map(([name, { node }]) => `${name} :${node.port}`),
    close: async () => {
      await Promise.all(opened.map((transport) => transport.close?.()));
      await Promise.all([...servers.values()].map(({ node }) => node.close({ graceMs: 2_000 })));
    },
  };
}

/** The same servers without sockets: everything happens in the environment's time. */
export function createMemoryNetwork(environment: Environment): Network {
  const servers = new Map<string, { readonly server: ServerCore; readonly basePath: string }>();
  const find = (name: string): { readonly server: ServerCore; readonly basePath: string } => {
    const server = servers.get(name);
    if (server === undefined) throw new Error(`the shop asks for "${name}" before it serves it`);
    return server;
  };
  return {
    serve: async (name, server, basePath = "") => {
      servers.set(name, { server, basePath });
    },
    http: (name) => {
      const { server, basePath } = find(name);
      return memoryTransport(server, { environment, authority: name, basePath });
    },
    rpc: (name) => memoryRpcTransport(find(name).server, { environment, authority: name }),
    describe: () => [...servers.keys()],
    close: async () => {
      await Promise.all([...servers.values()].map(({ server }) => server.drain({ graceMs: 2_000 })));
    },
  };
}
