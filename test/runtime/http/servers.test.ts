import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "../../../runtime/src/client/create-client.ts";
import { systemEnvironment } from "../../../runtime/src/environment/system.ts";
import { createHttpHandler } from "../../../runtime/src/http/handler.ts";
import { serverUrl } from "../../../runtime/src/http/server-url.ts";
import { createServer } from "../../../runtime/src/server/create-server.ts";
import { memoryTransport } from "../../../runtime/src/transport/memory.ts";
import { Depot, DepotServers } from "../../golden/http-servers/want/api_http.ts";
import { request } from "./support.ts";

const [production, relative] = DepotServers;

test("a server's URL takes the variables that are given, and defaults for the others", () => {
  assert.equal(serverUrl(production), "https://eu.example.com/v2/api");
  assert.equal(
    serverUrl(production, { region: "us", port: "8443", stage: "beta" }),
    "https://us.example.com:8443/beta/api",
  );
  assert.equal(serverUrl(relative, {}, "https://docs.example/v1/openapi.yaml"), "https://docs.example/api");
  assert.equal(
    serverUrl({ url: "{root}/x", variables: { root: {} } }, { root: "http://localhost:1/a/" }),
    "http://localhost:1/a//x",
  );
});

test("a variable's value can't leave its place, and a URL must be whole", () => {
  assert.throws(() => serverUrl(production, { region: "evil.example/" as never }), /"region" must be eu or us/);
  assert.throws(() => serverUrl(production, { port: "1@evil.example" }), /"port" has characters/);
  const open = { url: "https://{host}/{path}", variables: { host: { default: "a" }, path: { default: "b" } } };
  for (const host of ["evil/", "a@b", "a?", "a#", "a\\b", ""]) {
    assert.throws(() => serverUrl<object>(open, { host }), TypeError, host);
  }
  for (const path of ["../x", "a?b", "a#b", "a\\b"]) assert.throws(() => serverUrl<object>(open, { path }), TypeError);
  const anyScheme = { url: "//{host}.example/a", variables: { host: {} } };
  assert.throws(() => serverUrl<object>(anyScheme, { host: "evil.test/" }, "https://a"), /"host" has characters/);
  assert.throws(() => serverUrl(relative), /needs base/);
  assert.throws(() => serverUrl({ url: "javascript:alert(1)" }), TypeError);
  assert.throws(() => serverUrl({ url: "https://a/{constructor}" }), /"constructor" has no value/);
});

const served: string[] = [];
const handlers = {
  listParcels: () => void served.push("listParcels"),
  listLabels: () => void served.push("listLabels"),
  printLabel: () => void served.push("printLabel"),
};
const server = createServer().add(Depot, handlers);

test("a server answers under the paths of all its servers, and of an operation's own", async () => {
  const handle = createHttpHandler(server);
  const status = async (method: string, path: string): Promise<number> => (await handle(request(method, path))).status;
  for (const path of ["/v2/api/parcels", "/beta/api/parcels", "/api/parcels"])
    assert.equal(await status("GET", path), 204);
  assert.equal(await status("GET", "/labels/labels"), 204);
  assert.equal(await status("POST", "/print/labels"), 204);
  assert.notEqual(await status("GET", "/api/labels"), 204);
});

test("a client finds an operation's own path from the document's, and stays where it is pointed to", async () => {
  for (const basePath of ["/v2/api", "/api", "/labels", ""]) {
    served.length = 0;
    const client = createClient(Depot, memoryTransport(server, { environment: systemEnvironment, basePath }));
    await client.listLabels();
    assert.deepEqual(served, ["listLabels"], basePath);
  }
  const own = createClient(Depot, memoryTransport(server, { environment: systemEnvironment, basePath: "/print" }));
  await own.printLabel();
});
