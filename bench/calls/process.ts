// A process of the calls bench: `process.ts server STACK`, or `process.ts client STACK URL`; talks to its parent by IPC.
import { validOrder } from "../validation/order.ts";
import { stacks } from "./stacks.ts";

/** What a client is asked for: calls one after another on each of some lanes. */
interface Task {
  readonly calls: number;
  readonly lanes: number;
}

const [role = "", name = "", baseUrl = ""] = process.argv.slice(2);
const stack = stacks[name];
if (stack === undefined) throw new Error(`no stack ${name}`);

if (role === "server") {
  const url = await stack.serve();
  process.on("message", () => process.send?.({ cpu: cpuMs() }));
  process.send?.({ url });
} else {
  const call = await stack.connect(baseUrl);
  process.on("message", (task: Task) => {
    void run(call, task).then((result) => process.send?.(result));
  });
  process.send?.({ url: baseUrl });
}

async function run(call: (order: object) => Promise<unknown>, { calls, lanes }: Task): Promise<object> {
  const order = validOrder();
  const latencies: number[] = [];
  let left = calls;
  const lane = async (): Promise<void> => {
    while (left-- > 0) {
      const start = performance.now();
      await call(order);
      latencies.push(performance.now() - start);
    }
  };
  const cpu = cpuMs();
  const start = performance.now();
  await Promise.all(Array.from({ length: lanes }, lane));
  const wallMs = performance.now() - start;
  latencies.sort((left, right) => left - right);
  const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? Number.NaN;
  return { cpu: cpuMs() - cpu, wallMs, p50: at(0.5), p99: at(0.99) };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

process.once("disconnect", () => process.exit());
