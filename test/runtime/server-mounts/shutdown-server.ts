import { createServer } from "../../../runtime/src/server/create-server.ts";
import { installShutdown, serveNode } from "../../../runtime/src/server/node.ts";
import { operation, service } from "../http/support.ts";

// A service as users write it, for a process of its own. It tells its port, and of each call that it begins.
const json = { mediaType: "application/json", codec: "json" } as const;
const gates = new Map<string, () => void>();
const server = createServer().add(
  service(
    operation({
      name: "work",
      method: "POST",
      body: { content: [json] },
      responses: [{ status: 200, content: [json] }],
    }),
    operation({
      name: "lines",
      responses: [{ status: 200, content: [{ mediaType: "application/jsonl", codec: "jsonLines" }] }],
    }),
  ),
  {
    work: async ({ body }: { readonly body: string }) => {
      await begin(body);
      return body;
    },
    lines: async function* () {
      yield 1;
      await begin("lines");
      yield 2;
    },
  } as never,
);
const node = await serveNode(server, { host: "127.0.0.1" });
installShutdown([node], { finally: () => tell("closed") });
// The parent's way to let calls end.
process.stdin.on("data", (name: Buffer) => {
  for (const each of name.toString().trim().split("\n")) gates.get(each)?.();
  process.stdin.unref?.();
});
process.on("SIGTERM", () => tell("signal"));
tell(`port ${node.port}`);

function begin(name: string): Promise<void> {
  return new Promise((resolve) => {
    gates.set(name, resolve);
    tell(`began ${name}`);
  });
}

function tell(text: string): void {
  process.stdout.write(`${text}\n`);
  // Only the server keeps the process.
  process.stdin.unref?.();
}
