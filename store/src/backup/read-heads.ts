// Every execution of all tenants with the head that its row claims, and with its entries, for a check of the whole store.
// Owns: reading them by the owner's login, in pages. Does not own: the check.

import type { Digest, ExecutionId, TenantId, TraceEntry, TraceHead } from "@counterfoil/contracts"
import type { Kysely } from "kysely"
import { openKysely } from "../database/connect.ts"
import type { Schema } from "../database/schema.ts"
import { digestOfColumn } from "../postgres/digest-columns.ts"
import { readEntries } from "../postgres/read-entries.ts"

/** An execution and where its trace must end. */
export interface StoredHead {
  readonly tenant: TenantId
  readonly executionId: ExecutionId
  readonly head: TraceHead
}

/** The same with its trace. */
export interface StoredTrace extends StoredHead {
  readonly entries: readonly TraceEntry[]
}

const pageMax = 1_000

/** Heads, ascending by id. */
export async function* readHeads(ownerUrl: string): AsyncGenerator<StoredHead> {
  const db = openOwner(ownerUrl)
  try {
    yield* headsOf(db)
  } finally {
    await db.destroy()
  }
}

/** Heads with their traces, one in memory at a time, ascending by id. */
export async function* readTraces(ownerUrl: string): AsyncGenerator<StoredTrace> {
  const db = openOwner(ownerUrl)
  try {
    for await (const stored of headsOf(db))
      yield { ...stored, entries: await readEntries(db, stored.tenant, stored.executionId, null) }
  } finally {
    await db.destroy()
  }
}

const openOwner = (url: string): Kysely<Schema> =>
  openKysely<Schema>({ url, role: null, tenant: "*", connectionsMax: 1 })

async function* headsOf(db: Kysely<Schema>): AsyncGenerator<StoredHead> {
  let after = ""
  for (;;) {
    const rows = await db
      .selectFrom("execution")
      .select(["tenant", "execution_id", "head_seq", "head_hash"])
      .where("execution_id", ">", after)
      .orderBy("execution_id")
      .limit(pageMax)
      .execute()
    for (const row of rows) {
      const hash: Digest = digestOfColumn(row.head_hash)
      yield {
        tenant: row.tenant as TenantId,
        executionId: row.execution_id as ExecutionId,
        head: { seq: row.head_seq, hash },
      }
    }
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.execution_id
  }
}
