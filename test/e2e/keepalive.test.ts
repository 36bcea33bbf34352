import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { test } from "node:test";
import { createClient } from "../../runtime/src/client/create-client.ts";
import { nodeTransport } from "../../runtime/src/transport/node.ts";
import { removeBook } from "../golden/http-library/want/library_http.ts";

test("a connection is kept idle no longer than the contract's keepalive", async () => {
  const connections: Socket[] = [];
  const server = createHttpServer((_request, response) => response.writeHead(204).end());
  server.keepAliveTimeout = 60_000;
  server.on("connection", (socket) => connections.push(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const transport = nodeTransport({ baseUrl, idleMs: 60_000 });
  const short = { ...removeBook, policy: { ...removeBook.policy, limits: { keepaliveMs: 20 } } };
  const library = createClient({ removeBook, short }, transport);

  await library.removeBook({ path: { isbn: "1" } });
  await library.short({ path: { isbn: "1" } });
  assert.equal(connections.length, 1, "the second call takes the kept connection");
  // Ends by the client's short limit alone: the pool and the server would keep it for a minute.
  if (connections[0]?.closed === false) await once(connections[0], "close");
  await library.removeBook({ path: { isbn: "1" } });
  assert.equal(connections.length, 2);

  await transport.close?.();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
