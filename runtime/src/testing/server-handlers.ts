import type { Context } from "../call/context.ts";
import { evaluatePreconditions } from "../http/preconditions.ts";
import type { HttpReplyOptions } from "../http/reply.ts";
import type { ServerProbe } from "./server-fixture.ts";

interface Input {
  readonly path: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly cookie?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

interface Ctx extends Context<unknown> {
  readonly accepted?: string;
  reply(status: number, body?: unknown, options?: HttpReplyOptions): unknown;
}

type SuiteHandlers = Readonly<Record<string, (input: Input, ctx: Ctx) => unknown>>;

/** Bytes of each piece of the suite's downloads. */
export const downloadChunkBytes = 65_536;

/** Handlers of `mountsService`: most say by whom they were answered, and what came. */
export function createMountHandlers(probe: ServerProbe): SuiteHandlers {
  const echo =
    (by: string) =>
    (input: Input): unknown => ({ by, ...input });
  return {
    listThings: echo("listThings"),
    createThing: echo("createThing"),
    getMine: echo("getMine"),
    getThing: echo("getThing"),
    getPart: echo("getPart"),
    getFile: echo("getFile"),
    getJsonFile: echo("getJsonFile"),
    cancel: echo("cancel"),
    slash: echo("slash"),
    form: echo("form"),
    multipart: echo("multipart"),
    versions: (_input, ctx) => ({ accepted: ctx.accepted }),
    cookies: (_input, ctx) => ctx.reply(204, undefined, { headers: { "Set-Cookie": ["a=1; Path=/", "b=2"] } }),
    ...streamHandlers(probe),
    hang: (_input, ctx) =>
      new Promise((_resolve, reject) => {
        ctx.signal.addEventListener("abort", () => {
          probe.hangEnded.resolve(ctx.signal.reason);
          reject(ctx.signal.reason as Error);
        });
        probe.hangBegan.resolve();
      }),
    short: (_input, ctx) => new Promise((_resolve, reject) => ctx.signal.addEventListener("abort", reject)),
    wait: async () => {
      probe.waitBegan.resolve();
      await probe.release.promise;
    },
    fail: () => {
      throw new Error("a secret of the handler");
    },
    getDocument: ({ path }, ctx) => ctx.reply(200, { id: path["id"] }, { headers: { ETag: `"v-${path["id"]}"` } }),
    putDocument: ({ path, header }, ctx) => {
      const verdict = evaluatePreconditions(header, { etag: `"v-${path["id"]}"` }, "PUT");
      return ctx.reply(verdict === "proceed" ? 204 : verdict);
    },
  };
}

function streamHandlers(probe: ServerProbe): SuiteHandlers {
  return {
    events: async function* () {
      yield { data: { n: 1 } };
      yield { data: { n: 2 } };
    },
    lines: async function* () {
      yield { n: 1 };
      yield { n: 2 };
    },
    countLines: ({ body }) => count(body),
    holdLines: async ({ body }) => {
      probe.waitBegan.resolve();
      await probe.release.promise;
      return count(body);
    },
    download: async function* ({ query }) {
      const chunk = new Uint8Array(downloadChunkBytes);
      probe.made = 0;
      try {
        for (; probe.made < Number(query?.["chunks"]); probe.made += 1) yield chunk;
      } finally {
        probe.left.resolve();
      }
    },
    failHalfWay: async function* () {
      yield new Uint8Array(10);
      throw new Error("a secret of the handler");
    },
  };
}

async function count(lines: unknown): Promise<{ readonly count: number }> {
  let seen = 0;
  for await (const line of lines as AsyncIterable<unknown>) seen += Number(line !== undefined);
  return { count: seen };
}
