import assert from "node:assert/strict";
import { after, test } from "node:test";
import { importService } from "../support/import-generated.ts";
import { parameterCases, type ParameterCase } from "./parameter-cases.ts";
import { createWireChain } from "./wire-chain.ts";

const operationOf = ({ in: place, declared }: ParameterCase, index: number): object => ({
  get: {
    operationId: `case${index}`,
    parameters: [{ name: "p", in: place, ...(place === "path" ? { required: true } : {}), ...declared }],
    responses: { 204: { description: "Taken." } },
  },
});

const document = {
  openapi: "3.2.0",
  info: { title: "Cases", version: "1" },
  paths: Object.fromEntries(
    parameterCases.map((each, index) => [`/${index}${each.in === "path" ? "/{p}" : ""}`, operationOf(each, index)]),
  ),
};

let seen: unknown;
const service = await importService(document, "Cases");
const handlers = Object.keys(service.operations).map((name) => [name, (input: unknown) => void (seen = input)]);
const chain = await createWireChain(service, Object.fromEntries(handlers));
after(() => chain.close());

for (const [index, each] of parameterCases.entries()) {
  const { in: place, value, wire } = each;
  test(`${place} ${JSON.stringify(each.declared)} sends ${JSON.stringify(value)} as ${wire}, and it is read so`, async () => {
    const input = { [place]: place === "querystring" ? value : { p: value } };
    await chain.client[`case${index}`]?.(input);
    const { target, headers } = chain.captured();
    const at = target.indexOf("?");
    const path = at < 0 ? target : target.slice(0, at);
    const query = at < 0 ? undefined : target.slice(at + 1);
    const texts = {
      path: path.slice(`/${index}/`.length),
      query,
      querystring: query,
      header: headers.find(([name]) => name === "p")?.[1],
      cookie: headers.find(([name]) => name === "cookie")?.[1],
    };
    assert.equal(texts[place], wire);
    assert.deepEqual(seen, input);
  });
}
