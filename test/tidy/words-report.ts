// `npm run words`: how often the words of a dialect occur, and where.
// Owns: the table and the list. Does not own: the words and the check (words.ts).

import { parseArgs } from "node:util"
import { readTree } from "../architecture/source-tree.ts"
import { readOptions, WrongOption } from "../support/read-options.ts"
import {
  countIn,
  countWords,
  perThousand,
  readLines,
  readPlaces,
  wordKinds,
  type ReadPlace,
} from "./words.ts"

const places = Object.keys(readPlaces) as readonly ReadPlace[]

const help = `npm run words [-- --list PLACE [--word WORD]]

Counts words that made our English a dialect, in ${places.join(", ")}:
${wordKinds.map(({ name, instead }) => `  ${name}: write ${instead}`).join("\n")}

  --list PLACE  every line with one: ${places.join(", ")}
  --word WORD   of those the lines with this word alone
`

const { list, word } = readOptions(help, () => {
  const { values } = parseArgs({ options: { list: { type: "string" }, word: { type: "string" } } })
  const place = places.find((name) => name === values.list)
  if (values.list !== undefined && place === undefined)
    throw new WrongOption(`--list takes ${places.join(", ")}, not "${values.list}".`)
  if (values.word !== undefined && place === undefined)
    throw new WrongOption("--word needs --list with a place.")
  return { list: place, word: values.word?.toLowerCase() }
})

const lines = readLines(readTree())
process.stdout.write(list === undefined ? table() : found(list))

function table(): string {
  const rows = countWords(lines).map((counted) => {
    const { kind, place, count } = counted
    const [rate, most] = [perThousand(counted), kind.most[place]].map((each) => each.toFixed(1).padStart(9))
    return `${kind.name.padEnd(38)}${place.padEnd(12)}${String(count).padStart(6)}${rate}${most}`
  })
  const head = `${"words".padEnd(38)}${"place".padEnd(12)}${"count".padStart(6)}${"in 1,000".padStart(9)}${"at most".padStart(9)}`
  const lineCounts = places.map((place) => `${place}: ${readPlaces[place]}`)
  return `${[head, ...rows, "", ...lineCounts].join("\n")}\n`
}

function found(place: ReadPlace): string {
  const hits = lines.filter(
    (line) =>
      line.place === place &&
      wordKinds.some((kind) => countIn(line.text, kind) > 0) &&
      (word === undefined || new RegExp(`\\b${RegExp.escape(word)}\\b`, "i").test(line.text)),
  )
  return hits.map(({ at, text }) => `${at}  ${text.trim()}\n`).join("")
}
