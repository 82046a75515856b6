// The TraceStore port in memory, for tests and the simulator: the same laws, virtual time, no database.
// Owns: rows, leases and the log as plain maps. Does not own: time, which it is given.
// It keeps the values that it receives: values are immutable everywhere, so a reader can change nothing.

import {
  firstsPerClaim,
  isWithin,
  StoreUnavailable,
  type ActivePolicy,
  type Append,
  type AppendAnswer,
  type ApprovalFilter,
  type ApprovalRow,
  type BlobRow,
  type Claim,
  type ExecutionFilter,
  type ExecutionRow,
  type InboxRow,
  type LockedDecision,
  type LockedExecution,
  type Page,
  type PolicyChange,
  type Position,
  type ReachedEntry,
  type TraceStore,
} from "@counterfoil/contracts/ports"
import {
  addMs,
  approvalStatusAt,
  invariant,
  type ApprovalId,
  type Digest,
  type Environment,
  type ExecutionId,
  type Fence,
  type Json,
  type TenantId,
  type Time,
  type TraceEntry,
  type WorkerId,
} from "@counterfoil/contracts"
import { checkFits } from "../../src/append-fits.ts"
import { memoryCallbacks } from "./memory-callbacks.ts"
import { memoryDirectory } from "./memory-directory.ts"

interface Stored {
  readonly row: ExecutionRow
  readonly fence: Fence
  readonly lease: { readonly worker: WorkerId; readonly until: Time } | null
  readonly goesFirst: boolean
}

interface Remembered {
  readonly executionId: ExecutionId
  readonly requestDigest: Digest
  readonly answer: Json
}

/** An empty store of one environment; `now` is its clock and must never go back. */
export function memoryStore(environment: Environment, now: () => Time): TraceStore {
  const executions = new Map<ExecutionId, Stored>()
  const traces = new Map<ExecutionId, readonly TraceEntry[]>()
  const approvals = new Map<ApprovalId, ApprovalRow>()
  const inbox = new Map<string, Remembered>()
  const blobs = new Map<Digest, BlobRow>()
  const passedOn = new Set<string>()
  const policies = new Map<TenantId, ActivePolicy>()
  const log: { readonly tenant: TenantId; readonly executionId: ExecutionId; readonly seq: number }[] = []
  // The last holder of each row's lock: the next caller waits for it.
  const locks = new Map<ExecutionId, Promise<unknown>>()
  // The same for changes of a tenant's governing state, with their results.
  const tenants = new Map<TenantId, Promise<unknown>>()
  const changes = new Map<string, Json>()
  const directory = memoryDirectory(now)
  const callbacks = memoryCallbacks(now)

  const exclusively = <T>(executionId: ExecutionId, run: () => T | Promise<T>): Promise<T> =>
    oneAfterAnother(locks, executionId, run)
  const movePolicy = (tenant: TenantId, { from, digest, source }: PolicyChange): boolean => {
    if ((policies.get(tenant)?.digest ?? null) !== from) return false
    policies.set(tenant, { digest, source })
    return true
  }
  const find = (tenant: TenantId, executionId: ExecutionId): Stored | null => {
    const stored = executions.get(executionId)
    return stored?.row.tenant === tenant ? stored : null
  }
  const entriesOf = (tenant: TenantId, executionId: ExecutionId): readonly TraceEntry[] =>
    find(tenant, executionId) === null ? [] : (traces.get(executionId) ?? [])
  const openIn = ({ executionId }: ExecutionRow, at: Time): number =>
    [...approvals.values()].filter((row) => row.executionId === executionId && isOpenAt(row, at)).length
  const isFree = ({ lease }: Stored): boolean => lease === null || lease.until <= now()

  const write = (append: Append): AppendAnswer => {
    const stored = find(append.tenant, append.executionId)
    if (append.create === null) {
      const fits =
        stored !== null &&
        stored.fence === append.fence &&
        stored.row.head.seq === append.expect.seq &&
        stored.row.head.hash === append.expect.hash
      if (!fits) return { kind: "stale" }
    } else {
      const known = inbox.get(inboxKey(append.create.inbox))
      if (known !== undefined)
        return { kind: "sameKey", executionId: known.executionId, requestDigest: known.requestDigest }
      if (executions.has(append.executionId)) return { kind: "stale" }
      const { inbox: key } = append.create
      inbox.set(inboxKey(key), {
        executionId: append.executionId,
        requestDigest: key.requestDigest,
        answer: null,
      })
    }
    const leaseTo = append.create?.leaseTo ?? null
    const lease =
      leaseTo === null
        ? (stored?.lease ?? null)
        : { worker: leaseTo.worker, until: addMs(now(), leaseTo.seconds * 1_000) }
    const { execution: row } = append
    executions.set(append.executionId, {
      row,
      fence: append.fence,
      lease: row.endedAt === null ? lease : null,
      goesFirst: append.create?.goesFirst ?? stored?.goesFirst ?? false,
    })
    traces.set(append.executionId, [...(traces.get(append.executionId) ?? []), ...append.entries])
    for (const approval of append.approvals) approvals.set(approval.approvalId, approval)
    for (const blob of append.blobs) blobs.set(blob.digest, blob)
    if (append.callback !== null) callbacks.add(append, append.callback)
    for (const { head } of append.entries)
      log.push({ tenant: append.tenant, executionId: append.executionId, seq: head.seq })
    return { kind: "appended", now: now() }
  }

  const decideLocked = async <T>(
    { row, fence }: Stored,
    decide: (locked: LockedExecution) => Promise<LockedDecision<T>>,
  ): Promise<T> => {
    const { tenant, executionId, head } = row
    const policy = policies.get(tenant)
    invariant(policy !== undefined, "INV-02", { policyActivated: false })
    const decision = await decide({
      fence,
      head,
      now: now(),
      row,
      policySetDigest: policy.digest,
      directory,
      trace: async () => entriesOf(tenant, executionId),
      approval: async (approvalId) => ofTenant(approvals.get(approvalId), tenant),
      remembered: async (key) => {
        const known = inbox.get(inboxKey(key))
        return known === undefined ? null : { requestDigest: known.requestDigest, answer: known.answer }
      },
    })
    const { append, remember } = decision
    if (remember !== null && inbox.has(inboxKey(remember.key)))
      throw new StoreUnavailable("the key was used a moment ago")
    if (append !== null) {
      checkFits(append, environment)
      invariant(write(append).kind === "appended", "INV-07", {
        executionId,
        expected: append.expect.seq,
        fence: append.fence,
      })
    }
    if (remember !== null) {
      inbox.set(inboxKey(remember.key), {
        executionId,
        requestDigest: remember.key.requestDigest,
        answer: remember.answer,
      })
    }
    return decision.answer
  }

  return {
    append: async (append) => {
      checkFits(append, environment)
      return exclusively(append.executionId, () => write(append))
    },
    locked: (tenant, executionId, decide) =>
      exclusively(executionId, async () => {
        const stored = find(tenant, executionId)
        return stored === null ? null : decideLocked(stored, decide)
      }),
    trace: async (tenant, executionId, range) => {
      const entries = entriesOf(tenant, executionId)
      return range === undefined
        ? entries
        : entries.filter(({ head }) => head.seq >= range.fromSeq).slice(0, range.limit)
    },
    entriesAmong: async (tenant, executionIds, which) =>
      [...new Set(executionIds)]
        .toSorted()
        .flatMap((executionId) =>
          entriesOf(tenant, executionId).filter(({ head }) =>
            "seq" in which ? head.seq === which.seq : head.kind === which.kind,
          ),
        ),
    execution: async (tenant, executionId) => find(tenant, executionId)?.row ?? null,
    executions: async (filter, after, limit) => {
      const rows = [...executions.values()]
        .map(({ row }) => (filter.at === null ? row : { ...row, pendingApprovals: openIn(row, filter.at) }))
        .filter((row) => matchesExecution(row, filter))
      return pageOf(rows, (row) => ({ value: row[filter.sort], id: row.executionId }), after, limit, -1)
    },
    approval: async (tenant, approvalId) => ofTenant(approvals.get(approvalId), tenant),
    approvals: async (filter, after, limit) => {
      const rows = [...approvals.values()].filter((row) => matchesApproval(row, filter))
      return pageOf(rows, (row) => ({ value: row.expiresAt, id: row.approvalId }), after, limit, 1)
    },
    lastRejected: async ({ tenant, requester, contract, inputDigest }, except) =>
      [...approvals.values()]
        .filter(
          (row) =>
            row.status === "rejected" &&
            row.executionId !== except &&
            row.tenant === tenant &&
            row.requester === requester &&
            row.contract.ref === contract &&
            row.inputDigest === inputDigest,
        )
        .toSorted((a, b) => compare([b.approvalId, ""], [a.approvalId, ""]))[0] ?? null,
    standing: async (tenant, requester, max) => {
      const open = [...approvals.values()].filter(
        (row) => row.tenant === tenant && isOpenAt(row, now()) && row.requester === requester,
      )
      return {
        openExecutions: Math.min(
          max.executions,
          [...executions.values()].filter(({ row }) => row.tenant === tenant && row.endedAt === null).length,
        ),
        openRequests: Math.min(max.requests, open.length),
        firstExpiry: open.map(({ expiresAt }) => expiresAt).toSorted()[0] ?? null,
      }
    },
    madeUnder: async (key) => {
      const known = inbox.get(inboxKey(key))
      return known === undefined
        ? null
        : { executionId: known.executionId, requestDigest: known.requestDigest }
    },
    approvalCounts: async (tenant, reach, at) => {
      const open = [...approvals.values()].filter(
        (row) => row.tenant === tenant && isOpenAt(row, at) && isWithin(reach, row),
      )
      const countIn = (tier: ApprovalRow["tier"]): number => open.filter((row) => row.tier === tier).length
      return { low: countIn("low"), medium: countIn("medium"), high: countIn("high") }
    },
    claim: async (worker, limit, leaseSeconds, full = []) => {
      const due = [...executions.values()].filter(
        (stored) =>
          (stored.row.wakeAt ?? "~") <= now() &&
          isFree(stored) &&
          // As `for update skip locked` does: an execution whose row is locked waits for the next claim.
          !locks.has(stored.row.executionId) &&
          !passedOn.has(`${stored.row.executionId} ${worker}`),
      )
      const firsts = inTurns(due.filter(({ goesFirst }) => goesFirst)).filter(
        ({ turn }) => turn < firstsPerClaim,
      )
      const others = inTurns(
        due.filter(({ goesFirst, row }) => !goesFirst && full !== "all" && !full.includes(row.tenant)),
      )
      return [...firsts, ...others].slice(0, limit).map(({ stored }): Claim => {
        const { row } = stored
        const fence = (stored.fence + 1) as Fence
        executions.set(row.executionId, {
          ...stored,
          fence,
          lease: { worker, until: addMs(now(), leaseSeconds * 1_000) },
        })
        return { tenant: row.tenant, executionId: row.executionId, fence, head: row.head }
      })
    },
    renew: async (worker, claims, leaseSeconds) =>
      claims.flatMap(({ executionId, fence }) => {
        const stored = executions.get(executionId)
        if (stored === undefined || stored.fence !== fence || stored.lease?.worker !== worker)
          return [executionId]
        executions.set(executionId, {
          ...stored,
          lease: { worker, until: addMs(now(), leaseSeconds * 1_000) },
        })
        return []
      }),
    release: async (worker, { executionId, fence }) => {
      const stored = executions.get(executionId)
      if (stored?.fence === fence && stored.lease?.worker === worker)
        executions.set(executionId, { ...stored, lease: null })
    },
    passOn: async (worker, { executionId, fence }) => {
      const stored = executions.get(executionId)
      if (stored?.fence !== fence || stored.lease?.worker !== worker) return
      executions.set(executionId, { ...stored, lease: null })
      passedOn.add(`${executionId} ${worker}`)
    },
    nextWakeAt: async () => {
      const due = [...executions.values()].flatMap(({ row, lease }) =>
        row.wakeAt === null ? [] : [lease !== null && lease.until > row.wakeAt ? lease.until : row.wakeAt],
      )
      return due.toSorted()[0] ?? null
    },
    blob: async (digest) => blobs.get(digest) ?? null,
    putBlobs: async (rows) => {
      for (const row of rows) blobs.set(row.digest, row)
    },
    policySource: async (tenant) => policies.get(tenant) ?? null,
    activatePolicy: async (tenant, change) => movePolicy(tenant, change),
    governing: (tenant, change) =>
      oneAfterAnother(tenants, tenant, () =>
        change({
          directory,
          policySource: async () => policies.get(tenant) ?? null,
          activatePolicy: async (next) => movePolicy(tenant, next),
          made: async (key) => changes.get(`${tenant} ${key}`) ?? null,
          remember: async (key, output) => {
            changes.set(`${tenant} ${key}`, output)
          },
        }),
      ),
    sequenced: async (tenant, position, limit, reach) =>
      log
        .flatMap((logged, i): readonly ReachedEntry[] => {
          const entry =
            logged.tenant === tenant && i >= position
              ? traces.get(logged.executionId)?.[logged.seq - 1]
              : undefined
          const row = executions.get(logged.executionId)?.row
          if (entry === undefined || row === undefined) return []
          return [{ position: i + 1, entry: isWithin(reach, row) ? entry : null }]
        })
        .slice(0, limit),
    logEnd: async (tenant) => log.findLastIndex((logged) => logged.tenant === tenant) + 1,
    erasePayloads: async (tenant, what) => {
      let [payloads, erased] = [0, 0]
      for (const { row } of executions.values()) {
        const named =
          "executionId" in what
            ? row.executionId === what.executionId
            : (row.endedAt ?? "~") < what.endedBefore
        if (row.tenant !== tenant || row.endedAt === null || !named) continue
        const entries = traces.get(row.executionId) ?? []
        const present = entries.filter((entry) => entry.payloadBytes !== null).length
        payloads += present
        erased += present > 0 ? 1 : 0
        traces.set(
          row.executionId,
          entries.map((entry) => ({ ...entry, payload: null, payloadBytes: null })),
        )
      }
      return { payloads, executions: erased }
    },
    directory,
    callbacks,
    now: async () => now(),
  }
}

/** Runs after all earlier calls under the same key. */
function oneAfterAnother<K, T>(
  last: Map<K, Promise<unknown>>,
  key: K,
  run: () => T | Promise<T>,
): Promise<T> {
  const turn = (last.get(key) ?? Promise.resolve()).then(run, run)
  const settled = turn
    .catch(() => undefined)
    .finally(() => {
      if (last.get(key) === settled) last.delete(key)
    })
  last.set(key, settled)
  return turn
}

// A larger count is of no use to a person; the database counts to the same limit.
const countedMax = 10_000

const inboxKey = (key: Omit<InboxRow, "requestDigest">): string =>
  [key.tenant, key.principal, key.contract, key.keyDigest].join(" ")

function ofTenant(row: ApprovalRow | undefined, tenant: TenantId): ApprovalRow | null {
  return row?.tenant === tenant ? row : null
}

// The oldest of each tenant first, then the second oldest of each. Turns count from 0.
function inTurns(due: readonly Stored[]): readonly { readonly stored: Stored; readonly turn: number }[] {
  const byAge = due.toSorted((a, b) =>
    compare([a.row.wakeAt ?? "", a.row.executionId], [b.row.wakeAt ?? "", b.row.executionId]),
  )
  const turns = new Map<TenantId, number>()
  return byAge
    .map((stored) => {
      const turn = turns.get(stored.row.tenant) ?? 0
      turns.set(stored.row.tenant, turn + 1)
      return { stored, turn }
    })
    .toSorted((a, b) => a.turn - b.turn)
}

function matchesExecution(row: ExecutionRow, filter: ExecutionFilter): boolean {
  return (
    row.tenant === filter.tenant &&
    isWithin(filter.reach, row) &&
    (filter.status.length === 0 || filter.status.includes(row.status)) &&
    (filter.tier.length === 0 || (row.tier !== null && filter.tier.includes(row.tier))) &&
    (filter.contract === null || row.contract === filter.contract) &&
    (filter.requester === null || row.requester === filter.requester) &&
    (filter.label === null || row.labels.includes(filter.label)) &&
    (filter.inDoubt === null || row.inDoubt > 0 === filter.inDoubt) &&
    (filter.held === null || row.pendingApprovals > 0 === filter.held) &&
    (filter.from === null || row.createdAt >= filter.from) &&
    (filter.to === null || row.createdAt < filter.to)
  )
}

const isOpenAt = (row: ApprovalRow, at: Time): boolean => approvalStatusAt(row, at) === "open"

function matchesApproval(row: ApprovalRow, filter: ApprovalFilter): boolean {
  const status = filter.at === null ? row.status : approvalStatusAt(row, filter.at)
  return (
    row.tenant === filter.tenant &&
    isWithin(filter.reach, row) &&
    (filter.status.length === 0 || filter.status.includes(status)) &&
    (filter.tier.length === 0 || filter.tier.includes(row.tier)) &&
    (filter.contract === null || row.contract.ref === filter.contract) &&
    (filter.requester === null || row.requester === filter.requester) &&
    (filter.executionId === null || row.executionId === filter.executionId) &&
    (filter.expiresBefore === null || row.expiresAt < filter.expiresBefore)
  )
}

function pageOf<T>(
  rows: readonly T[],
  positionOf: (row: T) => Position,
  after: Position | null,
  limit: number,
  direction: 1 | -1,
): Page<T> {
  const order = (a: Position, b: Position): number => direction * compare([a.value, a.id], [b.value, b.id])
  const sorted = rows.toSorted((a, b) => order(positionOf(a), positionOf(b)))
  const rest = after === null ? sorted : sorted.filter((row) => order(positionOf(row), after) > 0)
  const items = rest.slice(0, limit)
  const last = items.at(-1)
  return {
    items,
    next: rest.length > limit && last !== undefined ? positionOf(last) : null,
    totalAtLeast: Math.min(rows.length, countedMax),
  }
}

function compare(a: readonly [string, string], b: readonly [string, string]): number {
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1
  if (a[1] === b[1]) return 0
  return a[1] < b[1] ? -1 : 1
}
