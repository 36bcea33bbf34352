import assert from "node:assert/strict";
import { after, test } from "node:test";
import { request as send } from "node:http";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { isServiceError } from "../../runtime/src/error/service-error.ts";
import { openFile, type OpenFile } from "../../runtime/src/http/file.ts";
import { importService } from "../support/import-generated.ts";
import { createWireChain } from "./wire-chain.ts";

const mebibyte = 1024 * 1024;
const binary = { type: "string", format: "binary" };
const limits = { "x-trilogue": { limits: { maxRequestBytes: 256 * mebibyte } } };
const form = {
  type: "object",
  required: ["note", "file"],
  properties: { note: { type: "string", minLength: 1 }, file: binary, others: { type: "array", items: binary } },
};
const document = {
  openapi: "3.1.0",
  info: { title: "Files", version: "1" },
  paths: {
    "/form": {
      post: {
        operationId: "sendForm",
        ...limits,
        requestBody: { required: true, content: { "multipart/form-data": { schema: form } } },
        responses: { 200: { description: "Its sizes.", content: { "application/json": { schema: {} } } } },
      },
    },
    "/bytes": {
      put: {
        operationId: "sendBytes",
        ...limits,
        requestBody: { required: true, content: { "application/octet-stream": {}, "image/*": {} } },
        responses: { 200: { description: "Its size.", content: { "application/json": { schema: {} } } } },
      },
    },
  },
};

async function sizeOf(file: OpenFile): Promise<number> {
  let size = 0;
  for await (const chunk of file) size += chunk.byteLength;
  return size;
}

/** What is drawn is never held: each chunk is one and the same. */
async function* draw(size: number, drawn: { bytes: number } = { bytes: 0 }): AsyncGenerator<Uint8Array> {
  const chunk = new Uint8Array(64 * 1024).fill(7);
  for (; drawn.bytes < size; drawn.bytes += chunk.byteLength) yield chunk;
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes that are reachable. */
function heldBytes(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const seen: { isWhole?: boolean; peak: number } = { peak: 0 };
const chain = await createWireChain(await importService(document, "Files"), {
  sendForm: async ({ body }) => {
    seen.isWhole = body.file instanceof Blob;
    const file = openFile(body.file);
    const others = ((body.others ?? []) as Blob[]).map((each) => each.size);
    return { note: body.note, name: file.name, type: file.type, size: await sizeOf(file), others };
  },
  sendBytes: async ({ body, contentType }) => {
    seen.isWhole = body instanceof Uint8Array;
    const file = openFile(body);
    let size = 0;
    let sampled = 20 * mebibyte;
    for await (const chunk of file) {
      size += chunk.byteLength;
      if (size < sampled) continue;
      sampled += 20 * mebibyte;
      seen.peak = Math.max(seen.peak, heldBytes());
    }
    return { type: contentType, size };
  },
});
after(() => chain.close());

/** A part as another client may write it. */
const part = (name: string, content: string, more = ""): string =>
  `--b\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n${content}\r\n`;

function post(
  body: string | Uint8Array,
  headers: Record<string, string>,
): Promise<{ status: number; body: any; headers: any }> {
  return new Promise((resolve, reject) => {
    const outgoing = send(`${chain.url}/form`, { method: "POST", headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text), headers: response.headers }),
      );
    });
    outgoing.on("error", reject).end(body);
  });
}

const multipart = { "content-type": "multipart/form-data; boundary=b" };

test("a file that fits is held, a larger one comes as a stream, both with name and type", async () => {
  for (const size of [1000, 5 * mebibyte]) {
    const file = new File([new Uint8Array(size)], "ü.bin", { type: "x/y" });
    const sent = await chain.client.sendForm?.({ body: { note: "n", file } });
    assert.deepEqual(sent, { note: "n", name: "ü.bin", type: "x/y", size, others: [] });
    assert.equal(seen.isWhole, size < mebibyte);
  }
});

test("clients give files as bytes, Blobs, Web streams and iterables, with name and type by openFile", async () => {
  const stream = (): ReadableStream<Uint8Array> => new Blob([new Uint8Array(9)]).stream();
  const named = { name: "a.png", type: "image/png" };
  const cases: readonly (readonly [unknown, string, string])[] = [
    [new Uint8Array(9), "file", "application/octet-stream"],
    [new Blob([new Uint8Array(9)], { type: "a/b" }), "file", "a/b"],
    [stream(), "file", "application/octet-stream"],
    [openFile(stream(), named), "a.png", "image/png"],
    [openFile(new Uint8Array(9), named), "a.png", "image/png"],
  ];
  for (const [file, name, type] of cases) {
    const sent = await chain.client.sendForm?.({ body: { note: "n", file } });
    assert.deepEqual(sent, { note: "n", name, type, size: 9, others: [] });
  }
});

test("a part that the contract calls binary is a file, though it has no file name and no type", async () => {
  const { status, body } = await post(`${part("note", "n")}${part("file", "12345")}--b--`, multipart);
  assert.deepEqual([status, body.size, body.type], [200, 5, "application/octet-stream"]);
});

test("parts come in any order while all of them are held", async () => {
  const parts = [part("file", "12345", '; filename="a"'), part("others", "1"), part("note", "n"), part("others", "22")];
  const { status, body } = await post(`${parts.join("")}--b--`, multipart);
  assert.deepEqual([status, body.size, body.others], [200, 5, [1, 2]]);
});

test("what has to be known before a streamed file is missing when it stands behind it", async () => {
  const large = part("file", "x".repeat(2 * mebibyte), '; filename="a"');
  const { status, body } = await post(`${large}${part("note", "n")}--b--`, multipart);
  assert.equal(status, 400);
  assert.deepEqual(
    body.errors.map((each: any) => [each.in, each.pointer]),
    [["body", "#"]],
  );
});

test("a part behind a streamed file fails the reading of the file", async () => {
  const large = part("file", "x".repeat(2 * mebibyte), '; filename="a"');
  const { status, body } = await post(`${part("note", "n")}${large}${part("others", "1")}--b--`, multipart);
  assert.equal(status, 400);
  assert.equal(body.reason, "PART_AFTER_STREAM");
  assert.deepEqual(
    body.errors.map((each: any) => [each.in, each.pointer]),
    [["body", "#/others"]],
  );
});

test("a field that does not fit is too large, whatever the body may have", async () => {
  const { status } = await post(`${part("note", "n".repeat(2 * mebibyte))}${part("file", "1")}--b--`, multipart);
  assert.equal(status, 413);
});

test("a streamed form that breaks off fails the reading of its file", async () => {
  const { status } = await post(`${part("note", "n")}${part("file", "x".repeat(2 * mebibyte))}`, multipart);
  assert.equal(status, 400);
});

test("200 MB go through client and server in bounded memory", async () => {
  const size = 200 * mebibyte;
  const before = heldBytes();
  seen.peak = 0;
  const sent = await chain.client.sendBytes?.({ body: draw(size), contentType: "application/octet-stream" });
  assert.deepEqual(sent, { type: "application/octet-stream", size });
  const grown = seen.peak - before;
  assert.ok(seen.peak > 0 && grown < 64 * mebibyte, `grew by ${Math.round(grown / mebibyte)} MiB`);
});

test("a body beyond the contract's limit ends the stream with 413, and the client is not read further", async () => {
  const drawn = { bytes: 0 };
  const error: unknown = await chain.client
    .sendBytes?.({ body: draw(2_000 * mebibyte, drawn), contentType: "application/octet-stream" })
    .catch((failure: unknown) => failure);
  assert.ok(isServiceError(error), String(error));
  assert.ok(drawn.bytes < 400 * mebibyte, String(drawn.bytes));
});

test("image/* takes what the file says of itself", async () => {
  const body = new Blob([new Uint8Array(3)], { type: "image/webp" });
  assert.deepEqual(await chain.client.sendBytes?.({ body, contentType: "image/webp" }), {
    type: "image/webp",
    size: 3,
  });
  assert.deepEqual(await chain.client.sendBytes?.({ body }), { type: "image/webp", size: 3 });
});

test("compressed requests are read up to the limit of what comes out, and no further", async () => {
  const gzip = { ...multipart, "content-encoding": "gzip" };
  const good = gzipSync(`${part("note", "n")}${part("file", "12345")}--b--`);
  assert.equal((await post(good, gzip)).status, 200);
  const bomb = gzipSync(`${part("note", "x".repeat(50 * mebibyte))}${part("file", "1")}--b--`);
  assert.equal((await post(bomb, gzip)).status, 413);
  assert.equal((await post(good.subarray(0, 60), gzip)).status, 400);
  assert.equal((await post("no gzip at all", gzip)).status, 400);
  const unknown = await post(good, { ...multipart, "content-encoding": "compress" });
  assert.deepEqual([unknown.status, unknown.headers["accept-encoding"]], [415, "gzip, deflate, br"]);
});
