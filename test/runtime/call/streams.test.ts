import assert from "node:assert/strict";
import { test } from "node:test";
import { leaveStream, nextMessage } from "../../../runtime/src/call/streams.ts";
import { CancelScope } from "../../../runtime/src/environment/cancel.ts";
import { hang } from "../support/fake-transport.ts";

const never: AsyncIterator<number> = { next: hang };

test("the wait for a message ends with the call, and does not begin after it", async () => {
  const cancel = new CancelScope();
  const waiting = nextMessage(never, cancel);
  cancel.abort("gone");
  await assert.rejects(waiting, { code: "canceled", cause: "gone" });
  const unread: AsyncIterator<number> = { next: () => assert.fail("read") };
  await assert.rejects(nextMessage(unread, cancel), { code: "canceled" });
});

test("a source that breaks the protocol of iterators fails its call and nothing else", async () => {
  const broken = {
    next: () => {
      throw new Error("no promise");
    },
  };
  await assert.rejects(nextMessage(broken, new CancelScope()), /no promise/);
  const careless = { ...never, return: () => undefined } as unknown as AsyncIterator<number>;
  await leaveStream(careless);
  await leaveStream({
    ...never,
    return: () => {
      throw new Error("not even here");
    },
  });
  await leaveStream({ ...never, return: () => Promise.reject(new Error("nor here")) });
});
