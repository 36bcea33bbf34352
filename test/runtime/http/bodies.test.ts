import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { HttpEncoding, HttpMediaType, ValueShape } from "../../../runtime/src/descriptor/http.ts";
import type { ValidationIssue, Validator } from "../../../runtime/src/descriptor/validate.ts";
import type { ServiceError } from "../../../runtime/src/error/service-error.ts";
import { bytesOf, decodeBody, decodeStream, encodeBody, openBody } from "../../../runtime/src/http/bodies.ts";
import { utf8 } from "../../../runtime/src/http/bytes.ts";
import { parseMediaType } from "../../../runtime/src/http/media-type.ts";
import { serverLimits, type HttpLimits } from "../../../runtime/src/http/message.ts";
import { silence } from "../../../runtime/src/http/streams.ts";
import { violationsDetail } from "../../../runtime/src/wire/problem.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

async function write(media: HttpMediaType, value: unknown): Promise<{ bytes: Uint8Array; type: string }> {
  const body = encodeBody(media, value);
  const bytes = await bytesOf(body, 1e7);
  return {
    bytes,
    type: (await openBody(body)).contentType,
  };
}

async function read(
  media: HttpMediaType,
  body: Uint8Array | string,
  type = media.mediaType,
  limits: HttpLimits = serverLimits,
) {
  const issues: ValidationIssue[] = [];
  const bytes = typeof body === "string" ? utf8(body) : body;
  const value = await decodeBody(bytes, {
    media,
    type: parseMediaType(type),
    limits,
    issues,
    pointer: "/body",
    validate: true,
    streamsFiles: false,
  });
  return { value, issues };
}

const json: HttpMediaType = { mediaType: "application/json", codec: "json" };

test("JSON comes back as it went", async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), async (value) => {
      const plain: unknown = JSON.parse(JSON.stringify(value));
      assert.deepEqual((await read(json, (await write(json, plain)).bytes)).value, plain);
    }),
    { numRuns: 100 },
  );
});

test("JSON that is broken, deep, or no UTF-8 is invalid_argument and does not quote itself", async () => {
  for (const body of ["{", "secret", "", utf8("[".repeat(200) + "]".repeat(200)), new Uint8Array([0x22, 0xff, 0x22])]) {
    await assert.rejects(
      () => read(json, body),
      (error: Error & { code?: string }) => error.code === "invalid_argument" && !/secret/.test(error.message),
    );
  }
  await assert.rejects(() => read(json, "1", "application/json; charset=utf-16"), { reason: "UNSUPPORTED_MEDIA_TYPE" });
  assert.deepEqual(
    (await read(json, '"[[[["', "application/json; charset=UTF-8", { ...serverLimits, maxDepth: 2 })).value,
    "[[[[",
  );
});

test("own __proto__ members of JSON stay data", async () => {
  const { value } = await read(json, '{"__proto__":{"admin":true}}');
  assert.equal((value as { admin?: unknown }).admin, undefined);
  assert.deepEqual(Object.keys(value as object), ["__proto__"]);
});

test("text is read in its charset", async () => {
  const media: HttpMediaType = { mediaType: "text/plain", codec: "text" };
  assert.deepEqual(await write(media, "é").then(({ bytes, type }) => [text(bytes), type]), [
    "é",
    "text/plain; charset=utf-8",
  ]);
  assert.equal((await read(media, new Uint8Array([0xe9]), "text/plain; charset=iso-8859-1")).value, "é");
  await assert.rejects(() => read(media, "x", "text/plain; charset=klingon"), { reason: "UNSUPPORTED_MEDIA_TYPE" });
});

const string: ValueShape = { type: "string" };
const shape: ValueShape = {
  type: "object",
  properties: {
    name: string,
    age: { type: "integer" },
    tags: { type: "array", items: string },
    flags: { type: "array", items: string },
    address: { type: "object", properties: { city: string } },
    deep: { type: "object", properties: { city: string } },
  },
};
const encoding: Readonly<Record<string, HttpEncoding>> = {
  flags: { style: "form", explode: false },
  deep: { style: "deepObject", explode: true },
};
const form: HttpMediaType = { mediaType: "application/x-www-form-urlencoded", codec: "form", shape, encoding };

test("a form writes each property in its encoding", async () => {
  const value = {
    name: "a&b=c d",
    age: 7,
    tags: ["x", "y"],
    flags: ["p", "q"],
    address: { city: "Bern" },
    deep: { city: "Basel" },
  };
  const { bytes } = await write(form, value);
  assert.equal(
    text(bytes),
    "name=a%26b%3Dc%20d&age=7&tags=x&tags=y&flags=p,q&address=%7B%22city%22%3A%22Bern%22%7D&deep%5Bcity%5D=Basel",
  );
  assert.deepEqual(await read(form, bytes), { value, issues: [] });
});

test("faults of a form are issues at their fields, and it can't be flooded", async () => {
  assert.deepEqual((await read(form, "age=x&address=%7B")).issues, [
    { pointer: "/body/age", keyword: "type", expected: "an integer" },
    { pointer: "/body/address", keyword: "contentMediaType", expected: "JSON" },
  ]);
  await assert.rejects(() => read(form, "a=1&".repeat(2000)), { code: "invalid_argument" });
  const free: HttpMediaType = { mediaType: "application/x-www-form-urlencoded", codec: "form" };
  assert.deepEqual(Object.entries((await read(free, "__proto__=x&a=b+c")).value as object), [
    ["__proto__", "x"],
    ["a", "b c"],
  ]);
});

const upload: HttpMediaType = {
  mediaType: "multipart/form-data",
  codec: "multipart",
  shape: {
    type: "object",
    properties: {
      title: string,
      count: { type: "integer" },
      meta: { type: "object", properties: {} },
      file: { type: "any" },
      photos: { type: "array", items: { type: "any" } },
    },
  },
};

test("multipart carries texts, numbers, objects and files", async () => {
  const file = new File(["--boundary\r\n"], 'a"b\r\n.txt', { type: "text/csv" });
  const { bytes, type } = await write(upload, {
    title: "ü",
    count: 3,
    meta: { a: [1] },
    file,
    photos: [new Uint8Array([0, 255]), new Uint8Array()],
  });
  assert.match(text(bytes), /name="meta"\r\ncontent-type: application\/json\r\n\r\n\{"a":\[1\]\}/);
  const { value, issues } = (await read(upload, bytes, type)) as { value: any; issues: unknown };
  assert.deepEqual(issues, []);
  assert.deepEqual([value.title, value.count, value.meta], ["ü", 3, { a: [1] }]);
  assert.deepEqual(
    [value.file.name, value.file.type, await value.file.text()],
    ['a"b\r\n.txt', "text/csv", "--boundary\r\n"],
  );
  assert.deepEqual(await Promise.all(value.photos.map((each: Blob) => each.size)), [2, 0]);
  assert.deepEqual((await write(upload, { title: "ü" })).bytes, (await write(upload, { title: "ü" })).bytes);
});

test("multipart that the platform makes is read, and what we make the platform reads", async () => {
  const data = new FormData();
  data.append("title", "plain");
  data.append("file", new Blob(["x"]), "x.bin");
  const request = new Response(data);
  const { value } = (await read(
    upload,
    new Uint8Array(await request.arrayBuffer()),
    request.headers.get("content-type") ?? "",
  )) as { value: any };
  assert.deepEqual([value.title, value.file.name], ["plain", "x.bin"]);
  const { bytes, type } = await write(upload, { title: "ours", file: new Blob(["y"]) });
  const parsed = await new Response(bytes as Uint8Array<ArrayBuffer>, { headers: { "content-type": type } }).formData();
  assert.deepEqual([parsed.get("title"), await (parsed.get("file") as File).text()], ["ours", "y"]);
});

test("a part that may be an object or a text is what it looks like", async () => {
  const either: HttpMediaType = {
    ...upload,
    shape: {
      type: "object",
      properties: {
        chunks: { type: "union", members: [{ type: "object", properties: {} }, string] },
        plan: { type: "object", properties: {} },
      },
    },
  };
  for (const chunks of ["auto", '"quoted"', "1", "{", { size: 1 }]) {
    const { bytes, type } = await write(either, { chunks });
    assert.deepEqual(await read(either, bytes, type), { value: { chunks }, issues: [] });
  }
  const { bytes, type } = await write(either, { plan: "auto" });
  assert.deepEqual((await read(either, bytes, type)).issues, [
    { pointer: "/body/plan", keyword: "contentMediaType", expected: "JSON" },
  ]);
});

test("malformed multipart is invalid_argument", async () => {
  const type = "multipart/form-data; boundary=b";
  const head = 'content-disposition: form-data; name="title"\r\n\r\n';
  for (const body of [
    "",
    "--b",
    "--b\r\n",
    "--bxx",
    `--b\r\n${head}x`,
    "--b\r\n\r\nx\r\n--b--",
    "--b\r\ncontent-disposition: form-data\r\n\r\nx\r\n--b--",
    `--b\r\n${"a".repeat(20_000)}\r\n\r\nx\r\n--b--`,
    `${`--b\r\n${head}x\r\n`.repeat(1001)}--b--`,
  ]) {
    await assert.rejects(() => read(upload, body, type), { code: "invalid_argument" }, body.slice(0, 40));
  }
  await assert.rejects(() => read(upload, "--b--", "multipart/form-data"), { code: "invalid_argument" });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom("--b", "\r\n", "--", head, "x", ":"), { maxLength: 12 }),
      async (parts) => {
        try {
          await read(upload, parts.join(""), type);
        } catch (error) {
          assert.equal((error as { code?: string }).code, "invalid_argument");
        }
      },
    ),
    { numRuns: 500 },
  );
});

async function* chunks(whole: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = utf8(whole);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function* values(...all: readonly unknown[]): AsyncGenerator<unknown> {
  yield* all;
}

async function items(media: HttpMediaType, whole: string, size: number, limits = serverLimits): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const item of decodeStream(chunks(whole, size), {
    media,
    type: undefined,
    limits,
    pointer: "",
    validate: true,
  }))
    all.push(item);
  return all;
}

const events: HttpMediaType = { mediaType: "text/event-stream", codec: "eventStream" };
const lines: HttpMediaType = { mediaType: "application/jsonl", codec: "jsonLines" };

test("event streams are read in chunks of any size", async () => {
  const whole =
    ": hello\r\n\r\nevent: add\r\ndata: é1\r\ndata: 2\r\nid: 7\r\nretry: 50\r\n\r\n" +
    "data\n\nevent: none\nid: x\nretry: 9\n\ndata:a\r\rdata: cut off";
  const wanted = [{ event: "add", id: "7", retry: 50, data: "é1\n2" }, { data: "" }, { id: "x", retry: 9, data: "a" }];
  for (const size of [1, 2, 3, 7, 1000]) assert.deepEqual(await items(events, whole, size), wanted);
});

test("event streams come back as they went, and their fields can't forge others", async () => {
  const sent = [{ data: "a\nb", event: "x", id: "1" }, { data: "" }];
  const { bytes } = await write(events, values(sent[0], silence, sent[1]));
  assert.match(text(bytes), /\n\n: \n\n/);
  assert.deepEqual(await items(events, text(bytes), 5), sent);
  assert.equal(text((await write(events, values({ comment: "an item" }))).bytes), 'data: {"comment":"an item"}\n\n');
  await assert.rejects(write(events, values({ data: "z", event: "bad\ndata: forged" })), { code: "internal" });
  const typed: HttpMediaType = {
    ...events,
    shape: { type: "object", properties: { data: { type: "object", properties: {} } } },
  };
  assert.deepEqual(await items(typed, text((await write(typed, values({ data: { a: 1 } }))).bytes), 100), [
    { data: { a: 1 } },
  ]);
});

test("JSON lines and sequences come back as they went", async () => {
  const sent = [{ a: 1 }, "x\ny", null, [1]];
  for (const media of [lines, { ...lines, mediaType: "application/json-seq" }]) {
    assert.deepEqual(await items(media, text((await write(media, values(...sent))).bytes), 4), sent);
  }
});

test("a record of a JSON sequence may have line ends within, and one that may be cut off is refused", async () => {
  const sequence: HttpMediaType = { mediaType: "application/geo+json-seq", codec: "jsonLines" };
  const whole = '\u001E{\n  "a": 1\r\n}\n\u001E[\n2]\u001E"x"\n\u001E\n\u001E12\n';
  for (const size of [1, 3, 1000]) assert.deepEqual(await items(sequence, whole, size), [{ a: 1 }, [2], "x", 12]);
  await assert.rejects(items(sequence, "\u001E12", 5), { code: "invalid_argument" });
});

test("an item of a stream that is not valid is told with its number", async () => {
  const validate: Validator = (value, pointer = "", issues) =>
    value === 1 || void issues?.push({ pointer, keyword: "const", expected: "1" }) === true;
  await assert.rejects(items({ ...lines, validate }, "1\n2\n", 50), (error: ServiceError) => {
    assert.deepEqual(error.details, [violationsDetail([{ pointer: "/1", keyword: "const", expected: "1" }])]);
    return true;
  });
});

test("an item that is too long, broken or not valid ends its stream", async () => {
  await assert.rejects(
    items(lines, `{"a":"${"x".repeat(500)}`, 50, { ...serverLimits, maxBodyBytes: 100 }),
    /more than 100 bytes/,
  );
  await assert.rejects(
    items(events, `data: ${"x\ndata: ".repeat(100)}`, 50, { ...serverLimits, maxBodyBytes: 50 }),
    /more than 50 bytes/,
  );
  await assert.rejects(items(lines, "{\n", 50), { code: "invalid_argument" });
  await assert.rejects(items({ ...lines, validate: (value) => value === 1 }, "1\n2\n", 50), {
    code: "invalid_argument",
  });
});
