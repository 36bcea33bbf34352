import { createServer as createTcpServer, connect, type AddressInfo } from "node:net";
import { createClient } from "../../runtime/src/client/create-client.ts";
import type { HttpOperation, HttpService } from "../../runtime/src/descriptor/http.ts";
import type { HttpHandlerOptions } from "../../runtime/src/http/handler.ts";
import { createServer } from "../../runtime/src/server/create-server.ts";
import { serveNode } from "../../runtime/src/server/node.ts";
import { nodeTransport } from "../../runtime/src/transport/node.ts";

type Method = (input: unknown, options?: object) => Promise<any>;
type Handler = (input: any, ctx: any) => unknown;

/** A request as its bytes were. */
export interface CapturedRequest {
  readonly method: string;
  readonly target: string;
  /** In order, names in lower case. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

/** A generated client and a generated server with sockets between them, whose bytes are kept. */
export interface WireChain {
  readonly client: Readonly<Record<string, Method>>;
  readonly url: string;
  /** The last request, unchunked. */
  captured(): CapturedRequest;
  close(): Promise<void>;
}

/** Chunks of a request that are kept: the beginning of large ones. */
const maxKept = 10;

/** Connects a client and a server of `service` through a tap. */
export async function createWireChain(
  service: HttpService<Record<string, HttpOperation>>,
  handlers: Readonly<Record<string, Handler>>,
  http: HttpHandlerOptions = {},
): Promise<WireChain> {
  const server = createServer().add(service as never, handlers as never);
  const node = await serveNode(server, { host: "127.0.0.1", http });
  const chunks: Buffer[] = [];
  const tap = createTcpServer((from) => {
    const to = connect(node.port, "127.0.0.1");
    from.on("data", (chunk) => {
      if (chunks.length < maxKept) chunks.push(chunk);
    });
    from.pipe(to).pipe(from);
    for (const socket of [from, to]) socket.on("error", () => (from.destroy(), to.destroy()));
  });
  await new Promise<void>((resolve) => tap.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(tap.address() as AddressInfo).port}`;
  const transport = nodeTransport({ baseUrl: url });
  const client = createClient(service as HttpService, transport) as unknown as Record<string, Method>;
  const recorded: WireChain["client"] = new Proxy(client, {
    get: (target, name: string) => (input: unknown, options?: object) => {
      chunks.length = 0;
      return target[name]?.(input, options);
    },
  });
  return {
    client: recorded,
    url,
    captured: () => parseRequest(Buffer.concat(chunks).toString("latin1")),
    close: async () => {
      await transport.close?.();
      tap.close();
      await node.close({ graceMs: 0 });
    },
  };
}

function parseRequest(text: string): CapturedRequest {
  const end = text.indexOf("\r\n\r\n");
  const [line = "", ...fields] = text.slice(0, end).split("\r\n");
  const [method = "", target = ""] = line.split(" ");
  const headers = fields.map((field): readonly [string, string] => {
    const colon = field.indexOf(":");
    return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()];
  });
  const isChunked = headers.some(([name, value]) => name === "transfer-encoding" && value === "chunked");
  const body = text.slice(end + 4);
  return { method, target, headers, body: isChunked ? unchunk(body) : body };
}

function unchunk(text: string): string {
  let out = "";
  for (let at = 0; at < text.length;) {
    const end = text.indexOf("\r\n", at);
    const size = Number.parseInt(text.slice(at, end), 16);
    if (!(size > 0)) break;
    out += text.slice(end + 2, end + 2 + size);
    at = end + 4 + size;
  }
  return out;
}
