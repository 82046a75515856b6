// The simulated PostgreSQL: one memory store, reached by every process over a connection that may fail.
// Owns: the faults of commits and connections, batches as a real lane has them, and the book. Does not own: rows (store).
// A process that died while its statement was on the way: the statement may still run, and its result is lost.

import { msOfTime, timeFromMs, type Environment, type Time } from "@counterfoil/contracts"
import {
  OutcomeUnknown,
  StoreUnavailable,
  type Append,
  type AppendAnswer,
  type Claim,
  type LockedDecision,
  type LockedExecution,
  type PolicyChange,
  type TraceStore,
} from "@counterfoil/contracts/ports"
import { createDatabaseClock, GroupCommitter, type DatabaseClock } from "@counterfoil/store"
import { memoryStore } from "@counterfoil/store/test"
import { fenceOf, noteLease, type Book, type LockedFacts } from "./book.ts"
import type { Swarm } from "./faults.ts"
import type { Host } from "./host.ts"
import { startMs, type VirtualTime } from "./virtual-time.ts"

/** What the database is made of. */
export interface DatabaseParts {
  readonly environment: Environment
  readonly time: VirtualTime
  readonly swarm: Swarm
  readonly book: Book
  /** Who may review in which role right now, by the directory's rows: `human role`. */
  readonly reviewersNow: () => ReadonlySet<string>
}

/** The database: `direct` is the store itself, for the outside and the checks. */
export interface Database {
  readonly direct: TraceStore
  now(): Time
  /** The port of one process, with the clock that its answers discipline. */
  connect(host: Host, driftPerMille: number): { readonly store: TraceStore; readonly clock: DatabaseClock }
}

type Told =
  | { readonly kind: "answered"; readonly answer: AppendAnswer }
  | { readonly kind: "failed"; readonly error: Error }

/** Opens an empty database. */
export function openDatabase(parts: DatabaseParts): Database {
  const { environment, time, book } = parts
  const now = (): Time => timeFromMs(startMs + Math.floor(time.now()))
  const direct = memoryStore(environment, now)
  return {
    direct,
    now,
    connect: (host, driftPerMille) => {
      const clock = createDatabaseClock(now(), () => time.now() * (1 + driftPerMille / 1_000))
      return { clock, store: portOf(parts, direct, now, host, clock) }
    },
  }

  function portOf(
    { swarm }: DatabaseParts,
    store: TraceStore,
    clockOf: () => Time,
    host: Host,
    clock: DatabaseClock,
  ): TraceStore {
    const lane = {
      together: (batch: readonly Append[]): Promise<readonly Told[]> =>
        host.reach("append", async () => {
          if (swarm.strikes("store.poisoned")) {
            if (batch.length > 1) throw new StoreUnavailable("a member is poisoned")
            return batch.map(() => failed(new StoreUnavailable("this member is poisoned")))
          }
          if (swarm.strikes("store.refused")) return batch.map(() => failed(new StoreUnavailable("not now")))
          if (swarm.strikes("store.lostBefore")) return batch.map(() => failed(new OutcomeUnknown("lost")))
          const told: Told[] = []
          for (const append of batch)
            told.push({ kind: "answered", answer: await commit(store, append, null) })
          return swarm.strikes("store.lostAfter") ? batch.map(() => failed(new OutcomeUnknown("lost"))) : told
        }),
    }
    const committer = new GroupCommitter<Append, Told>({
      lanes: [lane, lane],
      keyOf: ({ executionId }) => executionId,
      weightOf: ({ entries }) => entries.length,
    })
    const read = <T>(name: string, run: () => Promise<T>): Promise<T> =>
      host.reach(name, () => {
        if (swarm.strikes("store.refused")) throw new StoreUnavailable("not now")
        return run()
      })
    return {
      ...store,
      append: async (append) => {
        const askedMs = clock.elapsedMs()
        const told = await committer.submit(append)
        if (told.kind === "failed") throw told.error
        if (told.answer.kind === "appended") clock.observe(told.answer.now, askedMs)
        return told.answer
      },
      locked: (tenant, executionId, decide) =>
        host.reach("locked", () => {
          if (swarm.strikes("store.refused")) throw new StoreUnavailable("serialization failure")
          return underLock(store, tenant, executionId, decide, host)
        }),
      activatePolicy: (tenant, change) =>
        read("activate", async () => moved(await store.activatePolicy(tenant, change), change)),
      governing: (tenant, change) =>
        host.reach("governing", async () => {
          if (swarm.strikes("store.refused")) throw new StoreUnavailable("not now")
          const answer = await store.governing(tenant, (governing) =>
            change({
              ...governing,
              policySource: async () => {
                const live = await governing.policySource()
                // The transaction takes its time; a session that ends meanwhile has written nothing.
                await host.hold()
                return live
              },
              activatePolicy: async (next) => moved(await governing.activatePolicy(next), next),
            }),
          )
          if (swarm.strikes("store.lostAfter")) throw new OutcomeUnknown("the answer to a commit was lost")
          return answer
        }),
      trace: (tenant, executionId, range) => read("trace", () => store.trace(tenant, executionId, range)),
      entriesAmong: (tenant, executionIds, which) =>
        read("trace", () => store.entriesAmong(tenant, executionIds, which)),
      execution: (tenant, executionId) => read("execution", () => store.execution(tenant, executionId)),
      madeUnder: (key) => read("madeUnder", () => store.madeUnder(key)),
      approval: (tenant, approvalId) => read("approval", () => store.approval(tenant, approvalId)),
      policySource: (tenant) => read("policy", () => store.policySource(tenant)),
      claim: (worker, limit, seconds, ...full) =>
        read("claim", async () => {
          const claims = await store.claim(worker, limit, seconds, ...full)
          for (const { executionId, fence } of claims) {
            const before = book.standing.get(executionId)
            const until = before?.leaseUntil ?? null
            // The database counts whole milliseconds.
            const heldUntil = until !== null && until > time.now() + 1 ? until : null
            book.claims.push({ at: time.now(), executionId, fence, worker, heldUntil })
            noteLease(book, executionId, { fence, worker, until: time.now() + seconds * 1_000 })
            say("claim", executionId, fence)
          }
          return claims
        }),
      renew: (worker, claims, seconds) =>
        read("renew", async () => {
          const lost = await store.renew(worker, claims, seconds)
          for (const { executionId, fence } of claims) {
            const isHeld = fence === fenceOf(book, executionId)
            const kept = !lost.includes(executionId)
            book.renewals.push({ at: time.now(), executionId, isHeld, kept })
            if (kept && isHeld)
              noteLease(book, executionId, { fence, worker, until: time.now() + seconds * 1_000 })
          }
          return lost
        }),
      release: (worker, claim) =>
        read("release", async () => {
          await store.release(worker, claim)
          freed(claim)
        }),
      passOn: (worker, claim) =>
        read("passOn", async () => {
          await store.passOn(worker, claim)
          freed(claim)
        }),
      standing: (tenant, requester, most) => read("standing", () => store.standing(tenant, requester, most)),
      nextWakeAt: () => read("nextWakeAt", () => store.nextWakeAt()),
      now: async () => {
        const askedMs = clock.elapsedMs()
        const time = await read("now", async () => clockOf())
        clock.observe(time, askedMs)
        return time
      },
    }
  }

  function moved(done: boolean, { source }: PolicyChange): boolean {
    if (!done) return false
    const lastOf = (layer: string): string =>
      source.texts.findLast((text) => text.layer === layer)?.name ?? "none"
    book.moves.push({ at: time.now(), layers: { tenant: lastOf("tenant"), freeze: lastOf("freeze") } })
    return true
  }

  async function underLock<T>(
    store: TraceStore,
    tenant: Parameters<TraceStore["locked"]>[0],
    executionId: Parameters<TraceStore["locked"]>[1],
    decide: (locked: LockedExecution) => Promise<LockedDecision<T>>,
    host: Host,
  ): Promise<T | null> {
    const { swarm } = parts
    let written: Append | null = null
    let seen: LockedFacts | null = null
    const answer = await store.locked<T>(tenant, executionId, async (locked) => {
      seen = { policySetDigest: locked.policySetDigest, reviewers: parts.reviewersNow(), at: time.now() }
      const decision = await decide(locked)
      await host.hold()
      written = decision.append
      if (swarm.strikes("store.lostBefore")) {
        written = null
        throw new OutcomeUnknown("the answer to a commit was lost, and nothing was written")
      }
      return decision
    })
    if (written !== null) note(written, seen)
    if (swarm.strikes("store.lostAfter")) throw new OutcomeUnknown("the answer to a commit was lost")
    return answer
  }

  function freed({ executionId, fence }: Claim): void {
    if (fenceOf(book, executionId) === fence)
      noteLease(book, executionId, { fence, worker: null, until: null })
  }

  async function commit(
    store: TraceStore,
    append: Append,
    locked: LockedFacts | null,
  ): Promise<AppendAnswer> {
    const answer = await store.append(append)
    if (answer.kind === "appended") note(append, locked)
    return answer
  }

  function note(append: Append, locked: LockedFacts | null): void {
    const { executionId, create, execution, fence } = append
    const at = time.now()
    const seconds = create?.leaseTo?.seconds
    const before = book.standing.get(executionId)
    book.commits.push({ at, time: now(), append, fence: before?.fence ?? fence, locked })
    const ended = execution.endedAt !== null
    book.standing.set(executionId, {
      fence: before?.fence ?? fence,
      worker: ended ? null : (create?.leaseTo?.worker ?? before?.worker ?? null),
      leaseUntil: ended ? null : seconds === undefined ? (before?.leaseUntil ?? null) : at + seconds * 1_000,
      wakeAt: execution.wakeAt === null ? null : msOfTime(execution.wakeAt) - startMs,
    })
    for (const { head } of append.entries) say(head.kind, head.executionId, head.seq)
  }

  function say(what: string, executionId: string, number: number): void {
    book.lines.push(`${time.now()} ${what} ${executionId} ${number}`)
  }
}

const failed = (error: Error): Told => ({ kind: "failed", error })
/** A time as virtual milliseconds. */
export const virtualMs = (time: Time): number => msOfTime(time) - startMs
