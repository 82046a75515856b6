// psql for machines that have none: runs the statements of its standard input or of `-c`, one by one, on the database of its first
// argument, and prints the rows of `-c`. Owns: as much of psql as the documents use. Does not own: what is run.

import { text } from "node:stream/consumers"
import { Client } from "pg"

const [connectionString, ...flags] = process.argv.slice(2)
const given = flags.indexOf("-c")
const statements = given < 0 ? await text(process.stdin) : (flags[given + 1] ?? "")
const client = new Client({ connectionString })
await client.connect()
for (const statement of statements.split(";").map((each) => each.trim())) {
  if (statement === "") continue
  const { rows } = await client.query<Record<string, unknown>>(statement)
  if (given >= 0)
    for (const row of rows) process.stdout.write(`${Object.values(row).map(String).join(" | ")}\n`)
}
await client.end()
