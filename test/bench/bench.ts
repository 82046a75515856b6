// `npm run bench`: measures this checkout on this machine, prints a table, and keeps the figures as JSON.
// Owns: flags and where the JSON goes. Does not own: what is measured (run-bench.ts).

import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { parseArgs } from "node:util"
import { rootFolder } from "../architecture/source-tree.ts"
import { reportText } from "./report.ts"
import { fullSizes, quickSizes, runBench } from "./run-bench.ts"

const { quick, json } = parseArgs({
  options: { quick: { type: "boolean", default: false }, json: { type: "string" } },
}).values

const report = await runBench(quick ? quickSizes : fullSizes, (line) => process.stderr.write(`${line}\n`))
const file = json ?? join(rootFolder, "bench-results", `${report.at.replaceAll(":", "-")}.json`)
mkdirSync(dirname(file), { recursive: true })
writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
process.stdout.write(`${reportText(report)}\n${file}\n`)
