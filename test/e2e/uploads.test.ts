import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "../../runtime/src/client/create-client.ts";
import { systemEnvironment } from "../../runtime/src/environment/system.ts";
import { isServiceError } from "../../runtime/src/error/service-error.ts";
import { createServer } from "../../runtime/src/server/create-server.ts";
import { memoryTransport } from "../../runtime/src/transport/memory.ts";
import { Uploads, type SendFilesInput, type SetAvatarInput } from "../golden/http-bodies/want/uploads_http.ts";

const seen: SendFilesInput[] = [];
const avatars: SetAvatarInput["body"][] = [];
const server = createServer().add(Uploads, {
  sendJson: ({ body }) => body ?? { text: "none" },
  sendForm: () => undefined,
  sendFiles: (input) => void seen.push(input),
  setAvatar: ({ body }) => void avatars.push(body),
  sendBytes: ({ body }, ctx) => ctx.reply(200, body as Uint8Array, { contentType: "application/octet-stream" }),
  sendChoice: (_input, ctx) => ctx.reply(202),
});
const client = createClient(Uploads, memoryTransport(server, { environment: systemEnvironment }));

test("files of a form come as they were given: as a Blob, a File or bytes", async () => {
  const png = new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10]);
  for (const photo of [
    png,
    new Blob([png], { type: "image/png" }),
    new File([png], 'my "photo".png', { type: "image/png" }),
  ]) {
    await client.sendFiles({ body: { photo, note: { text: "hi", stars: 3 } } });
    const got = seen.pop()?.body;
    assert.ok(got?.photo instanceof File);
    assert.deepEqual([...new Uint8Array(await got.photo.arrayBuffer())], [...png]);
    assert.equal(got.photo.name, photo instanceof File ? 'my "photo".png' : "photo");
    assert.deepEqual(got.note, { text: "hi", stars: 3 });
  }
});

test("an image is a file in the form and text in JSON", async () => {
  await client.setAvatar({ body: { image: new Uint8Array([1]) } });
  assert.ok(avatars.pop()?.image instanceof File);
  await client.setAvatar({ contentType: "application/json", body: { image: "AQ==" } });
  assert.deepEqual(avatars.pop(), { image: "AQ==" });
});

test("what is no file, and what beside it breaks the contract, is told with its place", async () => {
  const pointers = (body: unknown): Promise<unknown> =>
    client.sendFiles({ body } as never).then(
      () => "accepted",
      (error: unknown) =>
        isServiceError(error) && (error.details[0]?.value as any).fieldViolations.map((each: any) => each.field),
    );
  assert.deepEqual(await pointers({ photo: 5 }), ["/body/photo"]);
  assert.deepEqual(await pointers({ photo: { name: "x" }, note: { stars: 9 } }), [
    "/body/photo",
    "/body/note",
    "/body/note/stars",
  ]);
  assert.deepEqual(await pointers({}), ["/body"]);
});

test("bytes go as they are, at once or piece by piece", async () => {
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    yield new Uint8Array([1]);
    yield new Uint8Array([2, 3]);
  };
  for (const body of [new Uint8Array([1, 2, 3]), new Blob([new Uint8Array([1, 2, 3])]), pieces()]) {
    assert.deepEqual(await client.sendBytes({ body }), new Uint8Array([1, 2, 3]));
  }
});
