// `npm run bench:peers`: measures this checkout beside its peers and the limits of the machine, prints ratios, keeps them as JSON.
// Owns: flags and where the JSON goes. Does not own: what is measured (against/run-against.ts).

import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { parseArgs } from "node:util"
import { rootFolder } from "../architecture/source-tree.ts"
import { againstText } from "./against/against-report.ts"
import { fullAgainst, quickAgainst } from "./against/against-sizes.ts"
import { runAgainst } from "./against/run-against.ts"

const { quick, rounds, json } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    json: { type: "string" },
  },
}).values

const sizes = quick ? quickAgainst : fullAgainst
const wanted = rounds === undefined ? sizes.rounds : Number(rounds)
if (!Number.isInteger(wanted) || wanted < 1) throw new TypeError("--rounds is a whole number from 1")
const report = await runAgainst({ ...sizes, rounds: wanted }, (line) => process.stderr.write(`${line}\n`))
const file = json ?? join(rootFolder, "bench-results", `peers-${report.at.replaceAll(":", "-")}.json`)
mkdirSync(dirname(file), { recursive: true })
writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
process.stdout.write(`${againstText(report)}\n${file}\n`)
