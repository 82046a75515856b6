// Stored rows back to trace entries.
// Owns: the query for a range of a trace and the parsing of its bytes. Does not own: verifying the chain (replay).

import type { EntryHead, ExecutionId, Json, TenantId, TraceEntry } from "@counterfoil/contracts"
import type { Kysely, Selectable } from "kysely"
import type { EntryTable, Schema } from "../database/schema.ts"
import { digestOfColumn } from "./digest-columns.ts"

/** Bounds of a read: from this `seq` on, at most so many entries. */
export interface TraceRange {
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
