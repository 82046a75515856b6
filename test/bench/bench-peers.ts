// `npm run bench:peers`: measures this checkout beside its peers and the limits of the machine, prints ratios, keeps them as JSON.
// Owns: flags and where the JSON goes. Does not own: what is measured (against/run-against.ts).

import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { parseArgs } from "node:util"
import { countOf, readOptions } from "../support/read-options.ts"
import { rootFolder } from "../architecture/source-tree.ts"
import { againstText } from "./against/against-report.ts"
import { fullAgainst, quickAgainst } from "./against/against-sizes.ts"
import { runAgainst } from "./against/run-against.ts"

const help = `npm run bench:peers -- [options]

Measures an execution beside comparable systems in one run, and writes the figures to bench-results.

  --quick         small sizes, to see that it runs
  --rounds COUNT  how often each is measured, in turn
  --json FILE     writes the figures to this file instead
`
const options = {
  quick: { type: "boolean", default: false },
  rounds: { type: "string" },
  json: { type: "string" },
} as const
const { quick, rounds, json } = readOptions(help, () => {
  const typed = parseArgs({ options }).values
  return { ...typed, rounds: typed.rounds === undefined ? null : countOf("--rounds", typed.rounds) }
})

const sizes = quick ? quickAgainst : fullAgainst
const report = await runAgainst({ ...sizes, rounds: rounds ?? sizes.rounds }, (line) =>
  process.stderr.write(`${line}\n`),
)
const file = json ?? join(rootFolder, "bench-results", `peers-${report.at.replaceAll(":", "-")}.json`)
mkdirSync(dirname(file), { recursive: true })
writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
process.stdout.write(`${againstText(report)}\n${file}\n`)
