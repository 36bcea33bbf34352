import { parseArgs } from "node:util";
import { fuzz } from "./fuzz.ts";

// Sends spoilt requests to generated servers, and prints what was answered and how the heap grows.
const usage = `npm run fuzz -- [--requests N] [--seed N] [--document TEXT]...

  --requests N      default 100,000
  --seed N          default 1; the same seed sends the same requests
  --document TEXT   documents of the corpus beside the golden cases and the sample; default box, openai and adyen`;

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    document: { type: "string", multiple: true },
    help: { type: "boolean" },
  },
});
if (values.help === true) console.log(usage);
else process.exitCode = await main();

async function main(): Promise<number> {
  console.log("requests    heap MB    seconds");
  const report = await fuzz({
    requests: Number(values.requests),
    rows: 10,
    seed: Number(values.seed),
    documents: values.document ?? ["box-", "openai-", "adyen-"],
    onRow: ({ requests, heapBytes, seconds }) => {
      const columns = [
        String(requests).padStart(8),
        (heapBytes / 1e6).toFixed(2).padStart(10),
        seconds.toFixed(1).padStart(10),
      ];
      console.log(columns.join(" "));
    },
  });
  const [first, last] = [report.rows[0], report.rows.at(-1)];
  const growth = first === undefined || last === undefined ? 0 : last.heapBytes - first.heapBytes;
  console.log(`\n${report.contracts} contracts, ${report.seeds} good requests to begin with, ${report.served} served`);
  const statuses = [...report.statuses].sort(([one], [other]) => one - other);
  console.log(statuses.map(([status, count]) => `${status}: ${count}`).join("  "));
  console.log(`the heap grew by ${(growth / 1e6).toFixed(2)} MB after the first tenth`);
  for (const failure of report.failures) console.log(failure);
  console.log(report.failures.length === 0 ? "nothing failed" : `${report.failures.length} failures`);
  return report.failures.length === 0 && growth <= 5_000_000 ? 0 : 1;
}
