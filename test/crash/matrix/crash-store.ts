// The store of a process that is to be killed: the real one, with a place to stop before and after what it writes.
// Owns: which write is which point. Does not own: the store, the length of a lease (short-leases.ts), the kill.
// K11 stops before an append, K02, K05, K06, K07, K12 and K15 behind a commit, K01 and K08 between write and commit.

import type { Append } from "@counterfoil/contracts/ports"
import type { TraceEntry } from "@counterfoil/contracts"
import type { PostgresStore } from "@counterfoil/store"
import { shortLeases } from "../../support/short-leases.ts"
import { labelledCell, type CrashPoint } from "./cells.ts"
import type { Reach } from "./cell-handlers.ts"
import type { CommitTap } from "./commit-tap.ts"

/** What the wrapped store tells. */
export interface CrashDesk {
  readonly reach: Reach
  readonly tap: CommitTap
  /** True when this cell stops at this point in this life. */
  stopsAt(point: CrashPoint, cell: string): boolean
  /** An append that is to be written without a commit: it continues when all of them have arrived. */
  gather(append: Append): Promise<void>
}

/** Wraps a store. */
export function crashStore(real: PostgresStore, desk: CrashDesk): PostgresStore {
  const { store, leaveOut } = shortLeases(real)
  return {
    ...store,
    clock: store.clock,
    append: async (append) => {
      const cell = cellOf(append)
      const { before, written, after } = pointsOf(append.entries)
      for (const point of before) await desk.reach(point, cell)
      if (written.some((point) => desk.stopsAt(point, cell))) await desk.gather(append)
      const answer = await store.append(append)
      for (const point of after) await desk.reach(point, cell)
      return answer
    },
    locked: async (tenant, executionId, decide) => {
      let append: Append | null = null
      const run = () =>
        store.locked(tenant, executionId, async (locked) => {
          const decision = await decide(locked)
          append = decision.append
          return decision
        })
      const atCommit = async (): Promise<void> => {
        if (append === null) return
        for (const point of pointsOf(append.entries).written) {
          // The row is locked from here to the kill: a renewal would wait for it, and keep all others waiting.
          if (desk.stopsAt(point, cellOf(append))) leaveOut(executionId)
          await desk.reach(point, cellOf(append))
        }
      }
      const done = await desk.tap.atCommit(atCommit, run)
      await reachAll(desk, append)
      return done
    },
    claim: async (worker, limit, leaseSeconds, full) => {
      const claims = await store.claim(worker, limit, leaseSeconds, full)
      const kept = await Promise.all(
        claims.map(async (claim) => {
          const row = await store.execution(claim.tenant, claim.executionId)
          const cell = labelledCell(row?.labels ?? [])
          void desk.reach("k05", cell)
          return desk.stopsAt("k05", cell) ? [] : [claim]
        }),
      )
      return kept.flat()
    },
  }
}

/** Reaches the cells behind the commit of an append. */
async function reachAll(desk: CrashDesk, append: Append | null): Promise<void> {
  if (append === null) return
  for (const point of pointsOf(append.entries).after) await desk.reach(point, cellOf(append))
}

const cellOf = ({ execution }: Append): string => labelledCell(execution.labels)

interface Points {
  readonly before: readonly CrashPoint[]
  /** Points between the write of these entries and its commit. */
  readonly written: readonly CrashPoint[]
  readonly after: readonly CrashPoint[]
}

const none: Points = { before: [], written: [], after: [] }

/** The points around the append of these entries. */
function pointsOf(entries: readonly TraceEntry[]): Points {
  const found = entries.map(pointsOfEntry)
  return {
    before: found.flatMap(({ before }) => before),
    written: found.flatMap(({ written }) => written),
    after: found.flatMap(({ after }) => after),
  }
}

function pointsOfEntry({ head, payload }: TraceEntry): Points {
  const { key, role, source } = payload as {
    readonly key?: unknown
    readonly role?: unknown
    readonly source?: unknown
  }
  const undo = role === "undo"
  if (head.seq === 1) return { ...none, written: ["k01"], after: ["k02"] }
  if (head.kind === "controlPlane.execution.cancelRequested@1") return { ...none, after: ["k16c"] }
  if (head.kind === "controlPlane.approval.reviewed@1") return { ...none, after: ["k07"] }
  if (key !== "act") return none
  switch (String(head.kind)) {
    case "controlPlane.approval.requested@1":
      return { ...none, after: ["k06"] }
    case "controlPlane.execution.step.started@1":
      return { ...none, written: [undo ? "u08" : "k08"] }
    case "controlPlane.execution.step.completed@1":
      if (source === "probe") return { ...none, before: ["k14a"] }
      return { ...none, before: [undo ? "u11" : "k11"], after: [undo ? "u12" : "k12"] }
    case "controlPlane.execution.step.failed@1":
      return source === "probe" ? { ...none, before: ["k14a"] } : none
    case "controlPlane.execution.step.inDoubt@1":
      return { ...none, after: ["k15d"] }
    case "controlPlane.execution.step.resolved@1":
      return { ...none, after: ["k15r"] }
    default:
      return none
  }
}
