import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpService } from "../../../runtime/src/descriptor/http.ts";
import { createRouter } from "../../../runtime/src/http/router.ts";
import { operation } from "./support.ts";

function serviceOf(name: string, routes: readonly string[], basePaths?: readonly string[]): HttpService {
  const operations = Object.fromEntries(
    routes.map((route) => {
      const [, method = "", path = ""] = /^(\S+) (.*)$/.exec(route) ?? [];
      return [route, operation({ name: route, service: name, method, path })];
    }),
  );
  return { kind: "http", name, operations, ...(basePaths === undefined ? {} : { basePaths }) };
}

function routerOf(...services: readonly HttpService[]) {
  return createRouter(services.map((service) => ({ service, handlers: {} })));
}

const router = routerOf(
  serviceOf("A", [
    "GET /",
    "GET /pets",
    "POST /pets",
    "GET /pets/mine",
    "GET /pets/{id}",
    "DELETE /pets/{id}",
    "GET /pets/{id}/toys/{toy}",
    "GET /files/{name}.{ext}",
    "GET /files/{name}",
    "POST /docs/{id}:cancel",
    "GET /docs/{id}",
    "GET /a b/é",
    "QUERY /pets",
    "GET /end/",
  ]),
  serviceOf("B", ["GET /pets/{id}"], ["/v2", "/v3/"]),
);

const table: readonly (readonly [string, string, string, Record<string, string>?])[] = [
  ["GET", "/", "GET /"],
  ["GET", "/pets", "GET /pets"],
  ["QUERY", "/pets", "QUERY /pets"],
  ["HEAD", "/pets", "GET /pets"],
  ["GET", "/pets/mine", "GET /pets/mine"],
  ["GET", "/pets/m%69ne", "GET /pets/mine"],
  ["GET", "/pets/7", "GET /pets/{id}", { id: "7" }],
  ["GET", "/pets/a%2Fb", "GET /pets/{id}", { id: "a%2Fb" }],
  ["GET", "/pets/mine/toys/1", "GET /pets/{id}/toys/{toy}", { id: "mine", toy: "1" }],
  ["GET", "/files/report.tar.gz", "GET /files/{name}.{ext}", { name: "report", ext: "tar.gz" }],
  ["GET", "/files/report", "GET /files/{name}", { name: "report" }],
  ["POST", "/docs/x:y:cancel", "POST /docs/{id}:cancel", { id: "x:y" }],
  ["GET", "/docs/x", "GET /docs/{id}", { id: "x" }],
  ["GET", "/a%20b/%C3%A9", "GET /a b/é"],
  ["GET", "/v2/pets/7", "GET /pets/{id}", { id: "7" }],
  ["GET", "/v3/pets/7", "GET /pets/{id}", { id: "7" }],
  ["GET", "/end/", "GET /end/"],
  ["GET", "/pets/__proto__", "GET /pets/{id}", { id: "__proto__" }],
];

for (const [method, path, name, values = {}] of table) {
  test(`${method} ${path} goes to ${name}`, () => {
    const route = router.find(method, path);
    assert.equal(route.kind, "found");
    if (route.kind !== "found") return;
    assert.equal(route.operation.name, name);
    assert.deepEqual(Object.entries(Object.fromEntries(route.path)), Object.entries(values));
  });
}

test("paths outside the contracts are not found", () => {
  for (const path of [
    "/nope",
    "/pets/",
    "/pets/1/toys",
    "/pets/1/toys/",
    "/end",
    "/v2",
    "/v4/pets/7",
    "//",
    "/files/",
  ]) {
    assert.equal(router.find("GET", path).kind, "noPath", path);
  }
});

test("a known path without the method tells the methods that it has", () => {
  assert.deepEqual(router.find("PATCH", "/pets"), {
    kind: "noMethod",
    allow: ["GET", "HEAD", "OPTIONS", "POST", "QUERY"],
  });
  assert.deepEqual(router.find("DELETE", "/pets/mine"), { kind: "noMethod", allow: ["GET", "HEAD", "OPTIONS"] });
});

test("broken encoding and dot segments are malformed", () => {
  for (const path of [
    "/pets/%",
    "/pets/%zz",
    "/pets/%ff",
    "/pets/..",
    "/pets/%2e%2E",
    "/./pets",
    "pets",
    "*",
    "http://a/pets",
  ]) {
    assert.equal(router.find("GET", path).kind, "malformed", path);
  }
});

test("templates that differ only in names are one path", () => {
  const two = routerOf(serviceOf("A", ["GET /x/{a}"]), serviceOf("B", ["PUT /x/{b}"]));
  const route = two.find("PUT", "/x/1");
  assert.deepEqual(route.kind === "found" && [...route.path], [["b", "1"]]);
});

test("two operations on one path and method are refused with both names", () => {
  assert.throws(
    () => routerOf(serviceOf("A", ["GET /x"]), serviceOf("B", ["GET /x"])),
    /"A\/GET \/x" and "B\/GET \/x" both answer GET/,
  );
});

test("a long hostile path costs no more than the tree", () => {
  const routes = Array.from({ length: 12 }, (_, index) => [
    `GET ${"/a".repeat(index)}/{x}${"/a".repeat(12 - index)}/z`,
  ]).flat();
  const deep = routerOf(serviceOf("A", routes));
  assert.equal(deep.find("GET", "/a".repeat(13) + "/y").kind, "noPath");
  assert.equal(deep.find("GET", "/a".repeat(5000)).kind, "noPath");
});

test("operations of one path are told apart by the query that is part of it", () => {
  const { find } = routerOf(
    serviceOf("Q", ["GET /a/{id}", "GET /a/{id}?beta=true", "GET /a/{id}?beta=true&x=%31", "POST /only?beta=true"]),
  );
  const nameOf = (method: string, path: string, query: string): string => {
    const route = find(method, path, query);
    return route.kind === "found" ? route.operation.name : route.kind;
  };
  assert.equal(nameOf("GET", "/a/1", ""), "GET /a/{id}");
  assert.equal(nameOf("GET", "/a/1", "limit=1"), "GET /a/{id}");
  assert.equal(nameOf("GET", "/a/1", "limit=1&beta=true"), "GET /a/{id}?beta=true");
  assert.equal(nameOf("GET", "/a/1", "x=1&beta=tru%65"), "GET /a/{id}?beta=true&x=%31");
  assert.equal(nameOf("HEAD", "/a/1", "beta=true"), "GET /a/{id}?beta=true");
  assert.equal(nameOf("POST", "/only", "beta=true"), "POST /only?beta=true");
  assert.equal(nameOf("POST", "/only", ""), "noPath");
});

test("of templates of one contract that differ only in names the first is served", () => {
  const route = routerOf(serviceOf("A", ["GET /x/{a}", "GET /x/{b}"])).find("GET", "/x/1");
  assert.deepEqual(route.kind === "found" && [...route.path], [["a", "1"]]);
});

test("an operation that differs in its fragment alone gives way", () => {
  for (const routes of [
    ["GET /a#b", "GET /a", "GET /a#c"],
    ["GET /a", "GET /a#b"],
  ]) {
    const route = routerOf(serviceOf("F", routes)).find("GET", "/a");
    assert.equal(route.kind === "found" && route.operation.name, "GET /a");
  }
  const alone = routerOf(serviceOf("F", ["GET /a#b"])).find("GET", "/a");
  assert.equal(alone.kind === "found" && alone.operation.name, "GET /a#b");
});

test("literals beside a parameter are found percent-encoded and bare", () => {
  const { find } = routerOf(serviceOf("L", ["GET /{a} é{b} é"]));
  for (const path of ["/1%20%C3%A92%20%C3%A9", "/1 é2 é"]) {
    const route = find("GET", path);
    assert.deepEqual(route.kind === "found" && Object.fromEntries(route.path), { a: "1", b: "2" });
  }
});
