import assert from "node:assert/strict";
import type { EventContract, EventMessageModel, EventOperationModel } from "../../../generator/src/model/event.ts";
import { lowerTexts, type LoweredTexts, type Texts } from "./openapi-support.ts";

/** What lowering a document gave, with the document's contract. */
export interface LoweredEvents extends LoweredTexts {
  readonly contract: EventContract;
}

/** Lowers `events.yaml`, given without its head of three lines, beside other texts. */
export function lowerEvents(text: string, others: Texts = {}): LoweredEvents {
  const lowered = lowerTexts({
    "events.yaml": `asyncapi: 3.0.0\ninfo: { title: Shop events, version: "1" }\n${text}`,
    ...others,
  });
  const contract = lowered.model.contracts.find(({ path }) => path === "events.yaml");
  assert.ok(contract?.kind === "event");
  return { ...lowered, contract };
}

/** Lowers a document with one operation whose message has this body, which begins on line 8. */
export function lowerMessageBody(
  body: string,
  others: Texts = {},
): LoweredEvents & { readonly message: EventMessageModel } {
  const indented = body
    .trim()
    .split("\n")
    .map((line) => `        ${line}`)
    .join("\n");
  const lowered = lowerEvents(
    `channels:
  orders:
    address: shop.orders
    messages:
      placed:
${indented}
operations:
  orderPlaced: { action: send, channel: { $ref: '#/channels/orders' } }
`,
    others,
  );
  const message = lowered.contract.operations[0]?.messages[0];
  assert.ok(message);
  return { ...lowered, message };
}

/** The operation of a contract by its name. */
export function operationOf({ contract }: LoweredEvents, name: string): EventOperationModel {
  return contract.operations.find((operation) => operation.name === name) ?? assert.fail(`no operation "${name}"`);
}
