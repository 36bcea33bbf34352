import type { ServerResponse } from "node:http";
import type { NodeRequest, NodeResponse } from "./node-http.ts";

/**
 * Ends a request whose body takes longer than `timeoutMs` to come. Only on HTTP/2: servers of HTTP/1.1 watch over that
 * themselves, and answer 408.
 */
export function limitBody(request: NodeRequest, timeoutMs: number): void {
  if (!("stream" in request) || request.stream.endAfterHeaders) return;
  const { stream } = request;
  const timer = setTimeout(() => {
    if (!request.complete) stream.close(cancelCode);
  }, timeoutMs);
  const clear = (): void => {
    clearTimeout(timer);
  };
  request.once("end", clear);
  stream.once("close", clear);
}

/** Cuts off a peer that takes nothing of what waits for it for `timeoutMs`; what nobody waits with is not timed. */
export function cutStalled(response: NodeResponse, timeoutMs: number): void {
  const target = response as ServerResponse;
  let timer: NodeJS.Timeout | undefined;
  let isGone = false;
  const clear = (): void => {
    clearTimeout(timer);
    timer = undefined;
  };
  const arm = (): void => {
    if (isGone) return;
    timer ??= setTimeout(() => {
      cut(response);
    }, timeoutMs);
  };
  // Nothing tells that a write has to wait but its result, and the mounts write in their own ways.
  const { write, end } = target;
  target.write = (...args: unknown[]): boolean => {
    const isTaken = Reflect.apply(write, target, args);
    if (!isTaken) arm();
    return isTaken;
  };
  target.end = (...args: unknown[]): typeof target => {
    Reflect.apply(end, target, args);
    if (!target.writableFinished) arm();
    return target;
  };
  target.on("drain", clear).on("finish", clear);
  target.once("close", () => {
    isGone = true;
    clear();
  });
}

/** Ends a response so that the peer sees that it is not whole. */
export function cut(response: NodeResponse): void {
  if ("stream" in response && "close" in response.stream) response.stream.close(internalCode);
  else (response as ServerResponse).destroy();
}

/** As `cut`, once what was written has left: what came of a body before it failed is the peer's. */
export function cutShort(response: NodeResponse): void {
  const { socket } = response as ServerResponse;
  if ("stream" in response || socket === null) cut(response);
  else socket.destroySoon();
}

/** Error codes of HTTP/2, RFC 9113 section 7. */
const internalCode = 2;
const cancelCode = 8;
