// Preloaded into every measured Node process: leaves what it used in the folder of the measurement.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

process.on("exit", () => {
  writeFileSync(join(process.env.TRILOGUE_USAGE, `${process.pid}.json`), JSON.stringify(process.resourceUsage()));
});
