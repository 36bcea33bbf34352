import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { fromFile, Parser, type AsyncAPIDocumentInterface, type OperationInterface } from "@asyncapi/parser";
import { check } from "../../generator/src/check/check.ts";
import { hasErrors } from "../../generator/src/diagnostics/diagnostic.ts";
import { load } from "../../generator/src/load/load.ts";
import { lower } from "../../generator/src/lower/lower.ts";
import type { EventContract } from "../../generator/src/model/event.ts";
import { readContracts, readReferenced, toSourceFile } from "../../generator/src/shell/read-contracts.ts";
import { findCorpus, listDocuments, type CorpusDocument } from "../corpus/documents.ts";
import { root } from "../support/source-tree.ts";

// What @asyncapi/parser accepts, we accept, with the same channels, operations and messages. One document takes it
// about 0.2 s, so `npm test` takes a sample; TRILOGUE_ORACLE=all takes every document of the corpus.

const sample: readonly string[] = [
  "asyncapi/everest/powermeter_API.yaml",
  "asyncapi/rimfrost/asyncapi.yaml",
  "asyncapi/spec-v2.6/rpc-client.yml",
  "asyncapi/spec-v3/kraken-websocket-request-reply-multiple-channels-asyncapi.yml",
  "asyncapi/spec-v3/social-media/backend/asyncapi.yaml",
  "asyncapi/spec-v3/streetlights-kafka-asyncapi.yml",
  "asyncapi/zenwave-retail/merchandising/pricing/price-change/asyncapi.yml",
];

/** Names of messages where the two differ, ours by theirs (or by `operation/name`), with the reason. */
const namedOtherwise: Readonly<
  Record<string, { readonly why: string; readonly names: Readonly<Record<string, string>> }>
> = {
  "asyncapi/defra/ffc-pay-processing.yaml": {
    why: "we take the component's key, as for every message; they take `name`, because it is a 2.x document",
    names: { "Payment event": "Event" },
  },
  "asyncapi/everest/evse_manager_consumer_API.yaml": {
    why: "we take the component's key; they take the channel's, which belongs to another message here",
    names: { "send_random_delay_cancel/send_random_delay_enable": "send_random_delay_cancel" },
  },
  "asyncapi/spec-v2.6/rpc-client.yml": {
    why: "messages without any name are named after their operation; they get a number",
    names: { "<anonymous-message-1>": "receiveSumResultMessage", "<anonymous-message-2>": "requestSumMessage" },
  },
  "asyncapi/spec-v3/streetlights-kafka-asyncapi.yml": {
    why: "we take the component's key; they take a channel's, the first where two share the component",
    names: { turnOn: "turnOnOff" },
  },
  "asyncapi/spec-v3/streetlights-mqtt-asyncapi.yml": {
    why: "as in the document for Kafka",
    names: { turnOn: "turnOnOff" },
  },
};

/** Documents that they refuse and we read, with the reason why that is right. */
const onlyOurs: Readonly<Record<string, string>> = {
  "asyncapi/codegen-project/asyncapi-regular.json": "an unknown field, which is a warning here",
  "asyncapi/deepgram/asyncapi.yml": 'an unescaped "/" in a reference, which is repaired with a warning here',
  "asyncapi/microcks-avro/user-signedup-asyncapi-3.0-avro-ref.yaml": "a reference to an Avro type by its name",
  "asyncapi/zenwave-retail/merchandising/inventory/inventory-adjustment/asyncapi.yml": "a groupId that is a string",
};

/** What both sides are brought to. */
interface Summary {
  /** Addresses; a channel without one goes by its key. */
  readonly channels: readonly string[];
  readonly operations: readonly string[];
}

const corpus = findCorpus();
const isWhole = process.env["TRILOGUE_ORACLE"] === "all";
const documents =
  corpus === undefined
    ? []
    : listDocuments(corpus).filter(({ kind, name }) => kind === "asyncapi" && (isWhole || sample.includes(name)));

test(
  "the corpus holds the documents that are compared",
  {
    skip: corpus === undefined ? "no corpus here; set TRILOGUE_CORPUS" : false,
  },
  () => {
    if (!isWhole)
      assert.deepEqual(
        documents.map(({ name }) => name),
        sample,
      );
    else assert.ok(documents.length > 50);
  },
);

const parser = new Parser();

for (const document of documents) {
  test(`${document.name}: the same channels, operations and messages as @asyncapi/parser`, async () => {
    const { document: theirs } = await fromFile(parser, join(document.folder, document.entries[0] ?? "")).parse();
    const ours = readContract(document);
    // Both refuse it: nothing to compare.
    if (theirs === undefined) {
      if (typeof ours !== "string")
        assert.ok(Object.hasOwn(onlyOurs, document.name), "they refuse it, and nothing here says why we read it");
      return;
    }
    assert.ok(typeof ours !== "string", `they read it, we do not: ${String(ours)}`);
    assert.deepEqual(summarise(ours), summariseTheirs(theirs, namedOtherwise[document.name]?.names ?? {}));
  });
}

/** The contract, or why there is none. */
function readContract({ folder, entries }: CorpusDocument): EventContract | string {
  const options = { workingDirectory: root };
  const files = readContracts([folder], options).value.files.map((file) => toSourceFile(file, root).value);
  const missing = new Set<string>();
  for (;;) {
    const {
      value: { loaded, needs },
      diagnostics,
    } = load({ files, entries: new Set(entries), missing });
    if (needs.length === 0) {
      const lowered = lower(loaded, {});
      const all = [...diagnostics, ...lowered.diagnostics, ...check(lowered.value)];
      const contract = lowered.value.contracts.find((candidate) => candidate.kind === "event");
      if (contract !== undefined && !hasErrors(all)) return contract;
      return all
        .filter(({ severity }) => severity === "error")
        .map(({ message }) => message)
        .join("; ");
    }
    for (const path of needs) {
      const { value: file } = readReferenced(path, [folder], root);
      if (file === undefined) missing.add(path);
      else files.push(toSourceFile(file, root).value);
    }
  }
}

function summarise({ channels, operations }: EventContract): Summary {
  return {
    channels: channels.map(({ address, name }) => address ?? name).sort(),
    operations: operations
      .map(({ action, name, channel, messages, reply }) =>
        describe({
          action,
          name: name.replace(/^.*\.(publish|subscribe)$/, "$1"),
          address: channel.address ?? channel.name,
          messages: messages.map((message) => message.name),
          replies: reply?.messages.length,
        }),
      )
      .sort(),
  };
}

function summariseTheirs(document: AsyncAPIDocumentInterface, renamed: Readonly<Record<string, string>>): Summary {
  return {
    channels: document
      .channels()
      .all()
      .map((channel) => channel.address() ?? channel.id())
      .sort(),
    operations: document
      .operations()
      .all()
      .map((operation) => {
        const [channel] = operation.channels().all();
        const messages = operation
          .messages()
          .all()
          .map((message) => message.id() ?? message.name() ?? "");
        // An operation of 2.x without an id is called by its verb there; ours has the channel in front.
        return describe({
          action: operation.isSend() ? "send" : "receive",
          name: operation.id() ?? "",
          address: channel?.address() ?? channel?.id() ?? "",
          messages: messages.map((name) => renamed[`${operation.id()}/${name}`] ?? renamed[name] ?? name),
          replies: countReplies(operation),
        });
      })
      .sort(),
  };
}

/** A reply without a list may be any message of its channel (AsyncAPI 3.0, Operation Reply Object); theirs has none. */
function countReplies(operation: OperationInterface): number | undefined {
  const reply = operation.reply();
  if (reply === undefined) return undefined;
  return reply.messages().all().length || (reply.channel()?.messages().all().length ?? 0);
}

interface Described {
  readonly action: string;
  readonly name: string;
  readonly address: string;
  readonly messages: readonly string[];
  readonly replies: number | undefined;
}

function describe({ action, name, address, messages, replies }: Described): string {
  const reply = replies === undefined ? "" : ` -> ${replies}`;
  return `${action} ${name} ${address} [${[...messages].sort().join(", ")}]${reply}`;
}
