// psql for machines that have none: runs the statements of its standard input, one by one, on the database of its one argument.
// Owns: as much of psql as README.md uses. Does not own: what is run.

import { text } from "node:stream/consumers"
import { Client } from "pg"

const client = new Client({ connectionString: process.argv[2] })
await client.connect()
for (const statement of (await text(process.stdin)).split(";").map((each) => each.trim()))
  if (statement !== "") await client.query(statement)
await client.end()
