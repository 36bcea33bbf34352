import { statSync, watch, type FSWatcher } from "node:fs";
import { basename, dirname } from "node:path";

/** Editors write a file in several steps; changes within this time are one. */
const settleMs = 30;

/** What is watched: folders with all that is in them, and single files, which need not exist. */
export interface Watched {
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

/**
 * Runs `generate` now and again after every change, one at a time, until SIGINT or SIGTERM. What `generate` returns is
 * watched from then on, since a changed configuration can name other folders. It must not throw.
 */
export async function watchContracts(first: Watched, generate: () => Promise<Watched>): Promise<void> {
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  const trigger = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      running = running.then(run);
    }, settleMs);
  };
  const run = async (): Promise<void> => {
    const isNew = updateWatchers(watchers, await generate(), trigger);
    // What changed before it was watched is seen by one more run, which else has nothing to do.
    if (isNew) trigger();
  };
  const stopped = new Promise<void>((done) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, done);
  });
  updateWatchers(watchers, first, trigger);
  running = run();
  await stopped;
  await running;
  clearTimeout(timer);
  for (const watcher of watchers.values()) watcher.close();
}

/** Closes and opens watchers so that they fit; returns whether there are new ones. */
function updateWatchers(watchers: Map<string, FSWatcher>, wanted: Watched, trigger: () => void): boolean {
  const targets = new Map([...wanted.folders.map(targetOf), ...wanted.files.map(fileTargetOf)].map((t) => [t.key, t]));
  for (const [key, watcher] of watchers) {
    if (targets.has(key)) continue;
    watcher.close();
    watchers.delete(key);
  }
  const added = [...targets.values()].filter(({ key }) => !watchers.has(key));
  for (const { key, path, recursive, name } of added) {
    const watcher = watch(path, { recursive }, (_event, changed) => {
      if (name === undefined || changed === null || changed === name) trigger();
    });
    // A folder that goes away under its watcher: the next run says so and watches for its return.
    watcher.on("error", trigger);
    watchers.set(key, watcher);
  }
  return added.length > 0;
}

interface Target {
  /** Another one when the folder was removed and made again. */
  readonly key: string;
  readonly path: string;
  readonly recursive: boolean;
  /** Only changes of this entry count. */
  readonly name: string | undefined;
}

/** A folder as a whole; while it isn't there, the nearest folder above, where it would appear. */
function targetOf(folder: string): Target {
  const { path, identity } = nearestFolder(folder);
  const recursive = path === folder;
  return { key: `${path}\0${identity}\0${recursive}`, path, recursive, name: undefined };
}

/** A file is watched by its folder, since editors replace files. */
function fileTargetOf(file: string): Target {
  const { path, identity } = nearestFolder(dirname(file));
  const name = basename(file);
  return { key: `${path}\0${identity}\0${name}`, path, recursive: false, name };
}

function nearestFolder(folder: string): { readonly path: string; readonly identity: string } {
  const found = statSync(folder, { throwIfNoEntry: false });
  // A folder that is made again may get its old inode, but is younger.
  if (found?.isDirectory() === true) return { path: folder, identity: `${found.ino} ${found.birthtimeMs}` };
  return nearestFolder(dirname(folder));
}
