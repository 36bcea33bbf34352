import type { FieldType, PolicyField } from "./shape.ts";

const flag: FieldType = { kind: "boolean" };
const path: FieldType = {
  kind: "string",
  pattern: "^[A-Za-z_$][\\w.$-]{0,255}$",
  expected: 'a field path such as "order.id"',
};

/** The fields of the policy that only messages have. */
export const eventFields: readonly PolicyField[] = [
  {
    path: "delivery.ordering",
    type: { kind: "enum", values: ["unordered", "perKey"] },
    role: "fact",
    kinds: ["event"],
    runtime: "delivery.ordering",
    doc: "Whether messages with the same key are handled one after another.",
  },
  {
    path: "delivery.key",
    type: path,
    role: "fact",
    kinds: ["event"],
    runtime: "delivery.key",
    doc: "Path of the payload field that carries the ordering key.",
  },
  {
    path: "delivery.outbox",
    type: flag,
    role: "fact",
    kinds: ["event"],
    runtime: "delivery.outbox",
    doc: "Whether messages leave by a row in the sender's transaction.",
  },
  {
    path: "delivery.strict",
    type: flag,
    role: "fact",
    kinds: ["event"],
    runtime: "delivery.strict",
    doc: "Whether a message may never be overtaken by its successors: retries in place only.",
  },
  {
    path: "delivery.concurrency",
    type: { kind: "integer", min: 1, max: 10_000 },
    role: "knob",
    kinds: ["event"],
    runtime: "delivery.concurrency",
    doc: "Keys handled at once.",
  },
  {
    path: "delivery.prefetch",
    type: { kind: "integer", min: 1, max: 100_000 },
    role: "knob",
    kinds: ["event"],
    runtime: "delivery.prefetch",
    doc: "Messages taken ahead of their handling.",
  },
  {
    path: "delivery.batch.size",
    type: { kind: "integer", min: 1, max: 100_000 },
    role: "knob",
    kinds: ["event"],
    runtime: "delivery.batch.size",
    doc: "Messages in a batch at most.",
  },
  {
    path: "delivery.batch.wait",
    type: { kind: "duration", minMs: 1, maxMs: 3_600_000 },
    role: "knob",
    kinds: ["event"],
    runtime: "delivery.batch.waitMs",
    doc: "How long an incomplete batch waits.",
  },
  {
    path: "deadLetter.channel",
    type: { kind: "string", pattern: "^[^\\u0000-\\u001f\\u007f]{1,255}$", expected: "the address of a channel" },
    role: "fact",
    kinds: ["event"],
    runtime: "deadLetter.channel",
    doc: "Address of the channel they go to.",
  },
  {
    path: "deadLetter.neverRetry",
    type: {
      kind: "set",
      item: {
        kind: "string",
        pattern: "^[A-Z][A-Z0-9_]{0,62}$",
        expected: 'an error reason such as "PAYMENT_DECLINED"',
      },
    },
    role: "knob",
    kinds: ["event"],
    runtime: "deadLetter.neverRetry",
    doc: "Error reasons that skip all retries.",
  },
  {
    path: "deadLetter.retention",
    type: { kind: "duration", minMs: 1, maxMs: 3_650 * 86_400_000 },
    role: "knob",
    kinds: ["event"],
    runtime: "deadLetter.retentionMs",
    doc: "How long they are kept.",
  },
];
