// `npm run bench`: measures this checkout on this machine, prints a table, and keeps the figures as JSON.
// Owns: flags and where the JSON goes. Does not own: what is measured (run-bench.ts).

import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { parseArgs } from "node:util"
import { readOptions } from "../support/read-options.ts"
import { rootFolder } from "../architecture/source-tree.ts"
import { reportText } from "./report.ts"
import { fullSizes, quickSizes, runBench } from "./run-bench.ts"

const help = `npm run bench -- [options]

Measures what an execution costs, and writes the figures to bench-results.

  --quick      small sizes, to see that it runs
  --json FILE  writes the figures to this file instead
`
const options = { quick: { type: "boolean", default: false }, json: { type: "string" } } as const
const { quick, json } = readOptions(help, () => parseArgs({ options }).values)

const report = await runBench(quick ? quickSizes : fullSizes, (line) => process.stderr.write(`${line}\n`))
const file = json ?? join(rootFolder, "bench-results", `${report.at.replaceAll(":", "-")}.json`)
mkdirSync(dirname(file), { recursive: true })
writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
process.stdout.write(`${reportText(report)}\n${file}\n`)
