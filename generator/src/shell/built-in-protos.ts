import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where protos that ship with trilogue are: our options, and the common imports. */
export const builtInRoot: string = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "proto");
