import { watch, type FSWatcher } from "node:fs";

/** Editors write a file in several steps; changes within this time are one. */
const settleMs = 30;

/** Runs `generate` now and again after every change below the folders, one at a time, until the process is stopped. */
export async function watchContracts(folders: readonly string[], generate: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  const trigger = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      running = running.then(generate);
    }, settleMs);
  };
  await generate();
  const watchers: FSWatcher[] = folders.map((folder) => watch(folder, { recursive: true }, trigger));
  await new Promise<void>((done) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, done);
  });
  clearTimeout(timer);
  for (const watcher of watchers) watcher.close();
  await running;
}
