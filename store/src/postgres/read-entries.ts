// Turns stored rows back into trace entries.
// Owns: the query for a range of a trace and the parsing of its bytes. Does not own: verifying the chain (replay).

import type { EntryHead, EntryKind, ExecutionId, Json, TenantId, TraceEntry } from "@counterfoil/contracts"
import { sql, type Kysely, type Selectable, type SqlBool } from "kysely"
import type { EntryTable, Schema } from "../database/schema.ts"
import { digestOfColumn } from "../database/digest-columns.ts"

/** Bounds of a read: from this `seq` on, at most this many entries. */
interface TraceRange {
  readonly fromSeq: number
  readonly limit: number
}

/** Entries of one execution, ascending by `seq`; a payload that has expired is null. */
export async function readEntries(
  db: Kysely<Schema>,
  tenant: TenantId,
  executionId: ExecutionId,
  range: TraceRange | null,
): Promise<readonly TraceEntry[]> {
  const all = db
    .selectFrom("entry")
    .leftJoin("payload", (join) =>
      join.onRef("payload.execution_id", "=", "entry.execution_id").onRef("payload.seq", "=", "entry.seq"),
    )
    .selectAll("entry")
    .select("payload.bytes as payload")
    .where("entry.execution_id", "=", executionId)
    .where("entry.tenant", "=", tenant)
    .orderBy("entry.seq")
  const rows = await (
    range === null ? all : all.where("entry.seq", ">=", range.fromSeq).limit(range.limit)
  ).execute()
  return rows.map(entryOf)
}

/** Entries of several executions: those at one place, or those of one kind. Sorted by execution, then by `seq`. */
export async function readEntriesAmong(
  db: Kysely<Schema>,
  tenant: TenantId,
  executionIds: readonly ExecutionId[],
  which: { readonly seq: number } | { readonly kind: EntryKind },
): Promise<readonly TraceEntry[]> {
  const among = db
    .selectFrom("entry")
    .leftJoin("payload", (join) =>
      join.onRef("payload.execution_id", "=", "entry.execution_id").onRef("payload.seq", "=", "entry.seq"),
    )
    .selectAll("entry")
    .select("payload.bytes as payload")
    .where("entry.tenant", "=", tenant)
    .where(sql<SqlBool>`entry.execution_id = any(${executionIds})`)
    .orderBy("entry.execution_id")
    .orderBy("entry.seq")
  if ("seq" in which) return (await among.where("entry.seq", "=", which.seq).execute()).map(entryOf)
  // A head is canonical JSON, so its kind has this one spelling. No text in it can contain that spelling, because quotes are escaped.
  const written = Buffer.from(`"kind":${JSON.stringify(which.kind)}`)
  return (await among.where(sql<SqlBool>`position(${written} in entry.head) > 0`).execute()).map(entryOf)
}

const decoder = new TextDecoder()

/** One stored row as the entry that was written; the bytes are those that were hashed. */
export function entryOf(row: Selectable<EntryTable> & { readonly payload: Uint8Array | null }): TraceEntry {
  return {
    head: JSON.parse(decoder.decode(row.head)) as EntryHead,
    headBytes: row.head,
    payload: row.payload === null ? null : (JSON.parse(decoder.decode(row.payload)) as Json),
    payloadBytes: row.payload,
    digest: digestOfColumn(row.digest),
    prevHash: digestOfColumn(row.prev_hash),
    hash: digestOfColumn(row.hash),
  }
}
