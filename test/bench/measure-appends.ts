// Trace entries a second through the store's group commit, beside bare multi-row inserts of the same bytes.
// Owns: both rates and their ratio. Does not own: the entries (recorded-appends.ts).
// The bare side writes one table and knows no fence, head, projection or key: it is what server and disk allow.

import { invariant, type TraceEntry } from "@counterfoil/contracts"
import { Client } from "pg"
import type { Installation } from "./installation.ts"
import type { Measure } from "./measure.ts"
import { readRecorded, type Recorded } from "./recorded-appends.ts"

const inFlight = 64
const bareConnections = 4
const rowsPerCommit = 100

/** The table of the bare side. */
export const bareTable = `create table if not exists bare (execution_id text not null, seq int not null, head bytea not null,
  digest bytea not null, prev_hash bytea not null, hash bytea not null, payload bytea not null, primary key (execution_id, seq))`

/** Measures both in turns; the bare side before and after, so that a drift of the machine hits both. */
export async function appendsBesideInserts(installation: Installation, executions: number): Promise<Measure> {
  const make = await readRecorded(installation)
  await installation.owner.query(bareTable)
  return async () => {
    const rows = () => entriesOf(made(make, executions)).map(rowOf)
    const before = await bareRate(installation.ownerUrl, rows())
    const ours = await appendRate(installation, made(make, executions))
    const after = await bareRate(installation.ownerUrl, rows())
    const bare = (before + after) / 2
    return [
      { figure: "trace entries appended", unit: "/s", value: ours },
      { figure: "bare rows of the same bytes", unit: "/s", value: bare },
      { figure: "appended ÷ bare", unit: "", value: ours / bare },
    ]
  }
}

const made = (make: () => Recorded, count: number): readonly Recorded[] => Array.from({ length: count }, make)
const entriesOf = (all: readonly Recorded[]): readonly TraceEntry[] =>
  all.flatMap((appends) => appends.flatMap(({ entries }) => entries))

/** Entries a second through the store's group commit. */
export async function appendRate(
  { plane: { store } }: Installation,
  all: readonly Recorded[],
): Promise<number> {
  const begunMs = performance.now()
  await inParallel(inFlight, all, async (appends) => {
    for (const append of appends) {
      const { kind } = await store.append(append)
      invariant(kind === "appended", "INV-07", { kind })
    }
  })
  return (entriesOf(all).length / (performance.now() - begunMs)) * 1000
}

/** Rows a second into `bareTable`, many in a statement and a commit. */
export async function bareRate(url: string, rows: readonly BareRow[]): Promise<number> {
  const batches = Array.from({ length: Math.ceil(rows.length / rowsPerCommit) }, (_, i) =>
    rows.slice(i * rowsPerCommit, (i + 1) * rowsPerCommit),
  )
  const clients = Array.from({ length: bareConnections }, () => new Client(url))
  await Promise.all(clients.map((client) => client.connect()))
  const begunMs = performance.now()
  let next = 0
  await Promise.all(
    clients.map(async (client) => {
      for (let batch = batches[next++]; batch !== undefined; batch = batches[next++])
        await client.query(insertOf(batch))
    }),
  )
  const perSecond = (rows.length / (performance.now() - begunMs)) * 1000
  await Promise.all(clients.map((client) => client.end()))
  return perSecond
}

/** The columns of `bareTable`, in order. */
export type BareRow = readonly (string | number | Buffer)[]

const rowOf = ({ head, headBytes, digest, prevHash, hash, payloadBytes }: TraceEntry): BareRow => [
  head.executionId,
  head.seq,
  Buffer.from(headBytes),
  ...[digest, prevHash, hash].map((text) => Buffer.from(text.slice("sha256:".length), "hex")),
  Buffer.from(payloadBytes ?? []),
]

const insertOf = (rows: readonly BareRow[]) => ({
  name: `bare-${rows.length}`,
  text: `insert into bare values ${rows.map((row, i) => `(${row.map((_, j) => `$${i * row.length + j + 1}`).join(",")})`).join(",")}`,
  values: rows.flat(),
})

async function inParallel<T>(
  inFlightMax: number,
  all: readonly T[],
  act: (one: T) => Promise<void>,
): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    for (let one = all[next++]; one !== undefined; one = all[next++]) await act(one)
  }
  await Promise.all(Array.from({ length: inFlightMax }, worker))
}
