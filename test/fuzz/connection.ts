import * as net from "node:net";

/** Longer than this nobody waits for an answer, milliseconds: the request hangs. */
const patienceMs = 20_000;

/** What a connection said: the statuses of its answers, in order; `hang` when none came. */
export type Heard = readonly number[] | "hang";

/** A connection of HTTP/1.1 that is kept as long as its peer does. */
export class FuzzConnection {
  readonly #port: number;
  #socket: net.Socket | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  /** Sends one well-framed request and waits for its answer. */
  send(bytes: Uint8Array, method: string): Promise<Heard> {
    const socket = this.#open();
    return listen(socket, {
      isDone: (heard) => endOf(heard, method) !== undefined,
      start: () => socket.write(bytes),
      finish: (heard) => {
        // A peer that says so closes; the next request has a new connection.
        if (socket.destroyed || /\r\nconnection: close\r\n/i.test(headOf(heard))) this.close();
      },
    });
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #open(): net.Socket {
    if (this.#socket === undefined || this.#socket.destroyed || !this.#socket.writable)
      this.#socket = connect(this.#port);
    return this.#socket;
  }
}

/** Sends bytes on a connection of their own, ends its side, and waits until the peer has ended the other one. */
export function sendAlone(port: number, bytes: Uint8Array): Promise<Heard> {
  const socket = connect(port);
  return listen(socket, { isDone: () => false, start: () => socket.end(bytes), finish: () => socket.destroy() });
}

function connect(port: number): net.Socket {
  // What went wrong shows by the answer that does not come.
  return net.connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true }).on("error", () => undefined);
}

interface Listening {
  isDone(heard: Buffer): boolean;
  start(): void;
  finish(heard: Buffer): void;
}

function listen(socket: net.Socket, { isDone, start, finish }: Listening): Promise<Heard> {
  return new Promise((resolve) => {
    let heard = Buffer.alloc(0);
    const settle = (isHanging: boolean): void => {
      clearTimeout(timer);
      socket.off("data", onData).off("end", onEnd).off("close", onEnd);
      finish(heard);
      resolve(isHanging ? "hang" : statusesOf(heard));
    };
    const timer = setTimeout(() => {
      socket.destroy();
      settle(true);
    }, patienceMs);
    const onEnd = (): void => {
      socket.destroy();
      settle(false);
    };
    const onData = (chunk: Buffer): void => {
      heard = heard.byteLength === 0 ? Buffer.from(chunk) : Buffer.concat([heard, chunk]);
      if (isDone(heard)) settle(false);
    };
    socket.on("data", onData).on("end", onEnd).on("close", onEnd);
    start();
  });
}

function headOf(heard: Buffer): string {
  const at = heard.indexOf("\r\n\r\n");
  return heard.toString("latin1", 0, at < 0 ? heard.byteLength : at + 2);
}

/** Where the first answer ends; undefined while it is not whole. */
function endOf(heard: Buffer, method: string): number | undefined {
  const at = heard.indexOf("\r\n\r\n");
  if (at < 0) return undefined;
  const head = headOf(heard);
  const status = Number(head.slice(9, 12));
  if (status < 200) {
    const rest = endOf(heard.subarray(at + 4), method);
    return rest === undefined ? undefined : rest + at + 4;
  }
  if (method === "HEAD" || status === 204 || status === 304) return at + 4;
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length !== undefined) return heard.byteLength >= at + 4 + Number(length) ? at + 4 + Number(length) : undefined;
  return endOfChunks(heard, at + 4);
}

function endOfChunks(heard: Buffer, start: number): number | undefined {
  for (let at = start; ;) {
    const lineEnd = heard.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(heard.toString("latin1", at, lineEnd), 16);
    at = lineEnd + 2 + size + 2;
    if (heard.byteLength < at) return undefined;
    if (size === 0) return at;
  }
}

function statusesOf(heard: Buffer): number[] {
  return [...heard.toString("latin1").matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}
