import type { ServerResponse } from "node:http";
import type { NodeListener, NodeRequest, NodeResponse } from "./node-http.ts";

/** Requests whose senders wait to be told that their body is wanted. */
const waiting = new WeakMap<NodeRequest, NodeResponse>();

/** A listener for requests that come with `Expect: 100-continue`: their body comes once somebody reads it. */
export function waitForBody(listener: NodeListener): NodeListener {
  return (request, response) => {
    waiting.set(request, response);
    listener(request, response);
  };
}

/** Tells the sender to go on, if it waits for that (RFC 9110 section 10.1.1). */
export function sendContinue(request: NodeRequest): void {
  const response = waiting.get(request);
  if (response === undefined || response.headersSent) return;
  waiting.delete(request);
  (response as ServerResponse).writeContinue();
}

/** Whether the sender still waits: its body will not come. */
export function isWaiting(request: NodeRequest): boolean {
  return waiting.has(request);
}
