// `npm run shape`: the counts of the code's shape, and with `--list` what was counted.
// Owns: printing. Does not own: counting (shape.ts).

import { parseArgs } from "node:util"
import { readTree } from "../architecture/source-tree.ts"
import { readOptions } from "../support/read-options.ts"
import { shapeOf } from "./shape.ts"

const help = `npm run shape [-- --list]

Counts, over the code of the packages without its tests: long functions, functions with many parameters, very small files, and
exports that no other file names. Nothing fails by a count.

  --list  what was counted, below each count
`

const { list } = readOptions(help, () => parseArgs({ options: { list: { type: "boolean" } } }).values)

for (const { name, count, places } of shapeOf(readTree())) {
  process.stdout.write(`${String(count).padStart(5)}  ${name}\n`)
  if (list === true || places.length === 1)
    process.stdout.write(places.map((place) => `       ${place}\n`).join(""))
}
