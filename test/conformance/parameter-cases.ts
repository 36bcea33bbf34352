/** One parameter named `p`: its declaration, a value of it, and the exact text that a request carries for it. */
export interface ParameterCase {
  readonly in: "path" | "query" | "querystring" | "header" | "cookie";
  /** Fields of the Parameter Object beside `name` and `in`. */
  readonly declared: object;
  readonly value: unknown;
  /** The path's last segment, the query, the header's value or the cookie header. */
  readonly wire: string;
}

const string = { type: "string" };
const integer = { type: "integer" };
const strings = { type: "array", items: string };
const object = { type: "object", properties: { R: integer, G: integer }, additionalProperties: false };
const rgb = { R: 100, G: 200 };
const filter = {
  type: "object",
  properties: {
    name: string,
    price: { type: "object", properties: { gte: integer, lt: integer } },
    tags: strings,
  },
};
const json = (schema: object): object => ({ content: { "application/json": { schema } } });

/** `allowReserved`, `explode`, `style` and schema, as short as the table needs them. */
function styled(style: string | undefined, explode: boolean | undefined, schema: object, more: object = {}): object {
  return { ...(style === undefined ? {} : { style }), ...(explode === undefined ? {} : { explode }), schema, ...more };
}

function rows(
  place: ParameterCase["in"],
  cases: readonly (readonly [declared: object, value: unknown, wire: string])[],
): readonly ParameterCase[] {
  return cases.map(([declared, value, wire]) => ({ in: place, declared, value, wire }));
}

/** OpenAPI 3.0 to 3.2 "Style Values" and RFC 6570, each as a whole request of a generated client. */
export const parameterCases: readonly ParameterCase[] = [
  ...rows("path", [
    [styled(undefined, undefined, string), "blue", "blue"],
    [styled(undefined, undefined, string), "a/b c?d", "a%2Fb%20c%3Fd"],
    [styled(undefined, undefined, string), "é€😀", "%C3%A9%E2%82%AC%F0%9F%98%80"],
    [styled(undefined, undefined, string), "100%;=,", "100%25%3B%3D%2C"],
    [styled(undefined, undefined, integer), -7, "-7"],
    [styled(undefined, undefined, strings), ["a", "b,c"], "a,b%2Cc"],
    [styled(undefined, true, object), rgb, "R=100,G=200"],
    [styled(undefined, false, object), rgb, "R,100,G,200"],
    [styled("label", false, string), "blue", ".blue"],
    [styled("label", false, strings), ["a", "b"], ".a,b"],
    [styled("label", true, strings), ["a", "b.c"], ".a.b%2Ec"],
    [styled("label", true, object), rgb, ".R=100.G=200"],
    [styled("label", false, object), rgb, ".R,100,G,200"],
    [styled("matrix", false, string), "blue", ";p=blue"],
    [styled("matrix", false, string), "", ";p"],
    [styled("matrix", false, strings), ["a", "b"], ";p=a,b"],
    [styled("matrix", true, strings), ["a", "b;c"], ";p=a;p=b%3Bc"],
    [styled("matrix", false, object), rgb, ";p=R,100,G,200"],
    [styled("matrix", true, object), rgb, ";R=100;G=200"],
    [json(filter), { name: "a/b" }, "%7B%22name%22%3A%22a%2Fb%22%7D"],
    [styled(undefined, undefined, string, { allowReserved: true }), "a:b@c", "a:b@c"],
    [styled(undefined, undefined, string), "...", "..."],
  ]),
  ...rows("query", [
    [styled(undefined, undefined, string), "a b&c=d+é", "p=a%20b%26c%3Dd%2B%C3%A9"],
    [styled(undefined, undefined, string), "", "p="],
    [styled(undefined, undefined, { type: "boolean" }), false, "p=false"],
    [styled(undefined, undefined, { type: ["integer", "null"] }), null, "p=null"],
    [styled(undefined, undefined, strings), ["a", "b c"], "p=a&p=b%20c"],
    [styled("form", false, strings), ["a", "b,c"], "p=a,b%2Cc"],
    [styled("form", true, object), rgb, "R=100&G=200"],
    [styled("form", false, object), rgb, "p=R,100,G,200"],
    [styled("spaceDelimited", false, strings), ["a", "b"], "p=a%20b"],
    [styled("spaceDelimited", true, strings), ["a", "b"], "p=a&p=b"],
    [styled("spaceDelimited", false, object), rgb, "p=R%20100%20G%20200"],
    [styled("pipeDelimited", false, strings), ["a", "b"], "p=a%7Cb"],
    [styled("pipeDelimited", false, object), rgb, "p=R%7C100%7CG%7C200"],
    [styled("deepObject", true, object), rgb, "p%5BR%5D=100&p%5BG%5D=200"],
    [
      styled("deepObject", true, filter),
      { name: "x&y", price: { gte: 1, lt: 5 }, tags: ["a", "b"] },
      "p%5Bname%5D=x%26y&p%5Bprice%5D%5Bgte%5D=1&p%5Bprice%5D%5Blt%5D=5&p%5Btags%5D%5B0%5D=a&p%5Btags%5D%5B1%5D=b",
    ],
    [styled("deepObject", true, strings), ["a", "b"], "p%5B0%5D=a&p%5B1%5D=b"],
    [json(filter), { name: "é" }, "p=%7B%22name%22%3A%22%C3%A9%22%7D"],
    [styled(undefined, undefined, string, { allowReserved: true }), "a/b?c:d@e", "p=a/b?c:d@e"],
    [styled(undefined, undefined, string, { allowReserved: true }), "a&b#c+d", "p=a%26b%23c%2Bd"],
    [styled(undefined, undefined, string, { allowEmptyValue: true }), "", "p="],
    [styled(undefined, undefined, { type: "object", additionalProperties: string }), { a: "1", b: "2" }, "a=1&b=2"],
  ]),
  ...rows("querystring", [
    [
      { content: { "application/x-www-form-urlencoded": { schema: filter } } },
      { name: "a b", tags: ["x", "y"] },
      "name=a%20b&tags=x&tags=y",
    ],
    [json(filter), { name: "a&b" }, "%7B%22name%22%3A%22a%26b%22%7D"],
    [{ content: { "text/plain": { schema: string } } }, "$.a[?(@.b>1)]", "%24.a%5B%3F%28%40.b%3E1%29%5D"],
  ]),
  ...rows("header", [
    [styled(undefined, undefined, string), "a, b", "a, b"],
    [styled(undefined, undefined, strings), ["a", "b"], "a,b"],
    [styled(undefined, false, object), rgb, "R,100,G,200"],
    [styled(undefined, true, object), rgb, "R=100,G=200"],
    [json(filter), { name: "x" }, '{"name":"x"}'],
    [styled(undefined, undefined, integer), 5, "5"],
  ]),
  ...rows("cookie", [
    [styled(undefined, undefined, string), "a;b c", "p=a%3Bb%20c"],
    [styled("form", false, strings), ["a", "b"], "p=a,b"],
    [styled("form", false, object), rgb, "p=R,100,G,200"],
    [styled("cookie", true, strings), ["a", "b"], "p=a; p=b"],
    [styled("cookie", true, object), rgb, "R=100; G=200"],
    [styled("cookie", false, string), "a%20b", "p=a%20b"],
    [json(filter), { name: "x" }, "p=%7B%22name%22%3A%22x%22%7D"],
  ]),
];
