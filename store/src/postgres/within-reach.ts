// A reach as a condition in SQL, so that rows outside it are neither read nor counted.
// Owns: the condition. Does not own: the meaning of a reach (contracts, ports/reach.ts); the laws compare both.
// Keeps INV-10: the caller of a list sees, counts and pages through only these rows.

import type { ExecutionSet, Reach } from "@counterfoil/contracts/ports"
import { sql, type RawBuilder } from "kysely"

/** The condition on a table with the columns of an execution's owner; null when it would leave no row out. */
export function withinReach(reach: Reach | null, table: string): RawBuilder<boolean> | null {
  if (reach === null) return null
  const { principal, own, others } = reach
  if (isSame(own, others)) return isEverything(own) ? null : isIn(own, table)
  const requester = sql.ref(`${table}.requester`)
  const onBehalfOf = sql.ref(`${table}.on_behalf_of`)
  const isOwn = sql<boolean>`(${requester} = ${principal} or ${onBehalfOf} = ${principal})`
  const isOthers = sql<boolean>`(${requester} <> ${principal} and ${onBehalfOf} is distinct from ${principal})`
  const parts = [...partOf(isOwn, own, table), ...partOf(isOthers, others, table)]
  return parts.length === 0 ? sql<boolean>`false` : sql<boolean>`(${sql.join(parts, sql` or `)})`
}

/** One half of the condition; none when that half holds no execution. */
function partOf(
  whose: RawBuilder<boolean>,
  set: ExecutionSet,
  table: string,
): readonly RawBuilder<boolean>[] {
  if (set.kind === "only" && set.ids.length === 0) return []
  return isEverything(set) ? [whose] : [sql<boolean>`(${whose} and ${isIn(set, table)})`]
}

function isIn({ kind, ids }: ExecutionSet, table: string): RawBuilder<boolean> {
  const column = sql.ref(`${table}.execution_id`)
  const all = sql`array[${sql.join(ids)}]::text[]`
  if (ids.length === 0) return kind === "only" ? sql<boolean>`false` : sql<boolean>`true`
  return kind === "only" ? sql<boolean>`${column} = any(${all})` : sql<boolean>`${column} <> all(${all})`
}

const isEverything = ({ kind, ids }: ExecutionSet): boolean => kind === "allBut" && ids.length === 0
const isSame = (a: ExecutionSet, b: ExecutionSet): boolean =>
  a.kind === b.kind && a.ids.length === b.ids.length && a.ids.every((id) => b.ids.includes(id))
