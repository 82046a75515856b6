// What the database allows a Node program: one row a commit, and many.
// Owns: both loops. Does not own: the database; it is the one that we are measured on.
// `argv`: where it is, and the mean bytes of the head and of the payload of an entry of ours.

import { randomBytes, randomUUID } from "node:crypto"
import { invariant } from "@counterfoil/contracts"
import { Client } from "pg"
import { bareRate, bareTable, type BareRow } from "../measure-appends.ts"
import { keepInFlight, runOf, type Load } from "./keep-in-flight.ts"
import { serveSide } from "./serve-side.ts"

const rowBytes = 1024
const digestBytes = 32

const [url, headBytes, payloadBytes] = process.argv.slice(2)
invariant(url !== undefined, "INV-07", { url: "missing" })
const owner = new Client(url)
await owner.connect()
await owner.query(bareTable)
await owner.query("create table if not exists one_row (id bigserial primary key, data bytea not null)")

const oneRowACommit = async (load: Load) => {
  const clients = Array.from({ length: load.inFlight }, () => new Client(url))
  await Promise.all(clients.map((client) => client.connect()))
  const free = [...clients]
  const data = randomBytes(rowBytes)
  const run = await keepInFlight(load, async () => {
    const client = free.pop()
    invariant(client !== undefined, "INV-07", { inFlight: load.inFlight })
    await client.query({ name: "one", text: "insert into one_row (data) values ($1)", values: [data] })
    free.push(client)
  })
  await Promise.all(clients.map((client) => client.end()))
  return run
}

const bareRow = (executionId: string, seq: number): BareRow => [
  executionId,
  seq,
  ...[Number(headBytes), digestBytes, digestBytes, digestBytes, Number(payloadBytes)].map((size) =>
    randomBytes(size),
  ),
]

const bareRows = async ({ count }: Load) => {
  const executionId = randomUUID()
  const rows = Array.from({ length: count }, (_, seq) => bareRow(executionId, seq))
  return runOf(await bareRate(url, rows), [])
}

serveSide({ ready: {}, answers: { oneRowACommit, bareRows }, close: () => owner.end() })
