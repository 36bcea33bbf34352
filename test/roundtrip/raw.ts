import { Agent, request as httpRequest } from "node:http";

/** A request as it is to be on the wire. */
export interface RawRequest {
  /** The server's. */
  readonly url: string;
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array | undefined;
}

/** What came back. */
export interface RawAnswer {
  readonly status: number;
  readonly text: string;
}

/** Sends what no client of ours would. */
export type RawSend = (request: RawRequest) => Promise<RawAnswer>;

/** A sender with kept connections. */
export function createRawSend(): { readonly send: RawSend; close(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const send: RawSend = ({ url, method, target, headers, body }) =>
    new Promise((resolve, reject) => {
      const length = body === undefined ? [] : [["content-length", String(body.byteLength)] as const];
      const outgoing = httpRequest(
        url,
        { agent, method, path: target, headers: Object.fromEntries([...headers, ...length]) },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("end", () => {
            resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
          });
          response.on("error", reject);
        },
      );
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  return { send, close: () => agent.destroy() };
}
