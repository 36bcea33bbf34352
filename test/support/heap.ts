import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What is held once all that can be is collected: the heap, and bytes outside of it that the heap owns. */
export async function measureHeld(): Promise<{ readonly heapBytes: number; readonly externalBytes: number }> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let time = 0; time < 2; time += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  const { heapUsed, external } = process.memoryUsage();
  return { heapBytes: heapUsed, externalBytes: external };
}
