import { createServer } from "../../runtime/src/server/create-server.ts";
import { serveNode } from "../../runtime/src/server/node.ts";
import { Library, type Book } from "../golden/http-library/want/library_http.ts";

/** A running library, and what its handlers were given. */
export interface RunningLibrary extends AsyncDisposable {
  readonly baseUrl: string;
  readonly seen: unknown[];
}

/** A book with everything that needs escaping in paths, queries or headers. */
export const oddIsbn = "978/3 16?#%&é";

/** Our generated server for the library, on a free port of the loopback interface. */
export async function serveLibrary(): Promise<RunningLibrary> {
  const seen: unknown[] = [];
  const covers = new Map<string, Uint8Array>();
  const bookOf = (isbn: string): Book => ({ isbn, title: `The ${isbn}`, year: null, tags: ["new"] });
  const server = createServer({ authenticators: "external" }).add(Library, {
    listBooks: (input, ctx) => {
      seen.push(input);
      return ctx.reply(200, [bookOf("1")], { headers: { "X-Total": 1 } });
    },
    addBook: ({ body }, ctx) => {
      seen.push(body);
      if (body.title === "Twice") return ctx.reply(409, { title: "It is there already", status: 409 });
      const book = { ...body, year: body.year ?? null };
      return ctx.reply(201, book, { headers: { Location: `/books/${encodeURIComponent(body.isbn)}` } });
    },
    getBook: ({ path }, ctx) =>
      path.isbn === "lost"
        ? ctx.reply(404, { title: "No such book", status: 404 })
        : ctx.reply(200, bookOf(path.isbn), { headers: { ETag: '"1"' } }),
    removeBook: () => undefined,
    putCover: async ({ path, body }) => {
      covers.set(path.isbn, new Uint8Array(await new Response(body as BodyInit).arrayBuffer()));
    },
    getCover: ({ path }) => covers.get(path.isbn) ?? new Uint8Array(),
    reviewBook: ({ body, contentType }) => `${contentType ?? "form"}: ${JSON.stringify(body)}`,
  });
  const running = await serveNode(server, { host: "127.0.0.1" });
  return {
    baseUrl: running.url,
    seen,
    [Symbol.asyncDispose]: async () => {
      await running.close();
    },
  };
}
