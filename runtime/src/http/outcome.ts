import type { HttpOperation } from "../descriptor/http.ts";
import { operationId } from "../descriptor/operation.ts";
import type { CallResult } from "../call/interceptor.ts";
import { createHeaders } from "../call/headers.ts";
import { isServiceError } from "../error/service-error.ts";
import type { OutcomeCodec } from "../server/server.ts";
import { decodeProblem } from "../wire/problem.ts";
import { decodeBytes } from "./bodies.ts";
import { findResponse } from "./decode-response.ts";
import { encodeError, encodeReply, type EncodeReplyOptions } from "./encode-reply.ts";
import { parseJson } from "./json.ts";
import { parseMediaType, pickMediaType } from "./media-type.ts";
import { serverLimits } from "./message.ts";
import { createReply } from "./reply.ts";

/** Stored among the headers of an outcome that is an error; never sent. */
const errorMark = "trilogue-outcome";

/** Headers that a replay repeats, besides the declared ones. */
const replayed = new Set(["content-type", "location", "etag", "content-language", "retry-after"]);

/**
 * Turns results of one operation into the bytes that went out, and back into a reply that sends these bytes again.
 * `encode` throws for streams and multipart bodies, which can't be stored.
 */
export function createHttpOutcomeCodec(operation: HttpOperation, options: EncodeReplyOptions): OutcomeCodec {
  return {
    encode(result, requestId) {
      if (isServiceError(result)) {
        const { status, headers, body } = encodeError(result, operationId(operation));
        return { status, headers: [...headers, [errorMark, "error"]], body: body as Uint8Array, requestId };
      }
      const { status, headers, body } = encodeReply(operation, result, options);
      if (body !== undefined && body.kind !== "bytes") throw new Error("a streamed response can't be stored");
      const declared = findResponse(operation.responses, status)?.headers ?? [];
      const kept = new Set([...replayed, ...declared.map(({ name }) => name.toLowerCase())]);
      return {
        status,
        requestId,
        headers: [
          ...headers.filter(([name]) => kept.has(name) && name !== "set-cookie"),
          ...(body === undefined ? [] : [["content-type", body.contentType] as const]),
        ],
        body: body?.bytes ?? new Uint8Array(0),
      };
    },
    decode(outcome): CallResult {
      const headers = createHeaders(outcome.headers);
      if (headers.has(errorMark)) {
        const body = parseJson(outcome.body, serverLimits.maxDepth);
        throw decodeProblem({ status: outcome.status, headers, body, nowMs: 0, operation: operationId(operation) });
      }
      const contentType = headers.get("content-type") ?? undefined;
      headers.delete("content-type");
      const reply = createReply(outcome.status, readStored(operation, outcome.status, outcome.body, contentType), {
        raw: outcome.body,
        ...(contentType === undefined ? {} : { contentType }),
      });
      return { output: { ...reply, headers: Object.fromEntries(headers) }, headers: createHeaders() };
    },
  };
}

/** The stored body as interceptors would have seen it. */
function readStored(
  operation: HttpOperation,
  status: number,
  bytes: Uint8Array,
  contentType: string | undefined,
): unknown {
  const type = parseMediaType(contentType);
  const content = findResponse(operation.responses, status)?.content ?? [];
  const media = type === undefined ? undefined : pickMediaType(content, type);
  if (media === undefined || bytes.byteLength === 0) return undefined;
  return decodeBytes(bytes, {
    media,
    type,
    limits: { ...serverLimits, maxBodyBytes: Infinity },
    issues: [],
    pointer: "",
    validate: false,
  });
}
