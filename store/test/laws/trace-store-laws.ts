// The laws of the TraceStore port: what every store, in memory or on PostgreSQL, must do.
// Owns: the sentences. Does not own: how a store is opened, nor laws that only a database can break.

import {
  addMs,
  emptyHead,
  type ContractRef,
  type ApprovalId,
  type ApprovalStatus,
  type Digest,
  type ExecutionId,
  type PrincipalId,
  type TenantId,
  type Time,
  type WorkerId,
} from "@counterfoil/contracts"
import {
  everyApproval,
  everyExecution,
  everyRow,
  firstsPerClaim,
  isWithin,
  StoreUnavailable,
  type Append,
  type ExecutionFilter,
  type ExecutionSet,
  type InboxRow,
  type Page,
  type Position,
  type Reach,
  type TraceStore,
} from "@counterfoil/contracts/ports"
import { beforeEach, describe, expect, test } from "vitest"
import {
  sampleAppend,
  sampleApproval,
  sampleDigest,
  sampleId,
  sampleNext,
  sampleTenant,
  type SampleOptions,
} from "./sample-append.ts"

const long = { timeout: 20_000 }
const past = "2020-01-01T00:00:00.000Z"
const early = past as Time
const future = "2120-01-01T00:00:00.000Z"
const source = {
  texts: [{ layer: "base", name: "base.cedar", text: "permit(principal, action, resource);" }],
  modeMap: {
    format: "counterfoil.mode-map/1",
    default: { low: "autonomous", medium: "assist", high: "assist" },
    overrides: [],
    exceptions: [],
  },
} as const

/** Runs the laws against stores that `open` gives: each time an empty one. */
export function traceStoreLaws(name: string, open: () => Promise<TraceStore>): void {
  let store: TraceStore
  let tenant: TenantId
  const worker = sampleId<WorkerId>("wrk")
  const rival = sampleId<WorkerId>("wrk")
  beforeEach(async () => {
    store = await open()
    tenant = sampleTenant()
  })

  const put = async (append: Append): Promise<Append> => {
    expect((await store.append(append)).kind).toBe("appended")
    return append
  }
  const create = (options: Omit<SampleOptions, "tenant"> = {}): Promise<Append> =>
    put(sampleAppend({ tenant, ...options }))
  const seqs = async ({ tenant: of, executionId }: Append): Promise<readonly number[]> =>
    (await store.trace(of, executionId)).map((entry) => entry.head.seq)

  describe(`${name} keeps the laws of appending`, long, () => {
    test("INV-07 appended entries are read back byte for byte, and the answer contains the database's time", async () => {
      const append = sampleAppend({ tenant, entries: 3 })
      const answer = await store.append(append)
      expect(answer).toEqual({
        kind: "appended",
        now: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      })
      const trace = await store.trace(tenant, append.executionId)
      expect(
        trace.map((entry) => ({
          ...entry,
          headBytes: hex(entry.headBytes),
          payloadBytes: hex(entry.payloadBytes),
        })),
      ).toEqual(
        append.entries.map((entry) => ({
          ...entry,
          headBytes: hex(entry.headBytes),
          payloadBytes: hex(entry.payloadBytes),
        })),
      )
      expect(await store.execution(tenant, append.executionId)).toEqual(append.execution)
    })

    test("INV-07 an append under a stale fence changes nothing", async () => {
      const first = await create({ wakeAt: past })
      const [claim] = await store.claim(worker, 1, 30)
      expect(claim?.fence).toBe(1)
      expect(await store.append(sampleNext(first))).toEqual({ kind: "stale" })
      expect(await seqs(first)).toEqual([1])
      expect(await store.execution(tenant, first.executionId)).toEqual(first.execution)
      await put(sampleNext(first, { fence: 1 }))
      expect(await seqs(first)).toEqual([1, 2])
    })

    test("INV-07 two appends at one head: one wins, the other is answered as stale", async () => {
      const first = await create()
      const kinds = await Promise.all(
        ["a", "b"].map(async (note) => (await store.append(sampleNext(first, { note }))).kind),
      )
      expect(kinds.toSorted()).toEqual(["appended", "stale"])
      expect(await seqs(first)).toEqual([1, 2])
    })

    test("INV-07 an append after another history of the same length is stale", async () => {
      const first = await create()
      const other = sampleAppend({ tenant, executionId: first.executionId, note: "another history" })
      expect(await store.append(sampleNext(other))).toEqual({ kind: "stale" })
    })

    test("INV-07 an append whose entries do not continue each other is a bug, and its neighbours are written", async () => {
      const broken = sampleAppend({ tenant, entries: 2 })
      const [one, two] = broken.entries
      const gap: Append = { ...broken, entries: [two ?? one] }
      const neighbours = [sampleAppend({ tenant }), sampleAppend({ tenant })]
      const [first, middle, last] = await Promise.allSettled(
        [neighbours[0], gap, neighbours[1]].map((append) => store.append(append ?? gap)),
      )
      expect([first?.status, middle?.status, last?.status]).toEqual(["fulfilled", "rejected", "fulfilled"])
      expect(await seqs(broken)).toEqual([])
    })

    test("an execution that exists is not created again under another key", async () => {
      const first = await create()
      const again = sampleAppend({ tenant, executionId: first.executionId, key: "another key" })
      expect(await store.append(again)).toEqual({ kind: "stale" })
      const third = sampleAppend({ tenant, key: "another key" })
      expect((await store.append(third)).kind).toBe("appended")
    })

    test("a key that was used answers with its execution and body, and nothing is written", async () => {
      const first = await create({ key: "k", body: "one" })
      const second = sampleAppend({ tenant, key: "k", body: "two" })
      expect(await store.append(second)).toEqual({
        kind: "sameKey",
        executionId: first.executionId,
        requestDigest: sampleDigest("one"),
      })
      expect(await seqs(second)).toEqual([])
      expect(await store.execution(tenant, second.executionId)).toBeNull()
      const { inbox } = second.create ?? {}
      const unused = sampleAppend({ tenant, key: "unused" }).create?.inbox
      expect(inbox !== undefined && (await store.madeUnder(inbox))).toEqual({
        executionId: first.executionId,
        requestDigest: sampleDigest("one"),
      })
      expect(unused !== undefined && (await store.madeUnder(unused))).toBeNull()
    })

    test("a key used many times at once creates one execution", async () => {
      const tries = Array.from({ length: 8 }, () => sampleAppend({ tenant, key: "k" }))
      const answers = await Promise.all(tries.map((append) => store.append(append)))
      expect(answers.filter((answer) => answer.kind === "appended")).toHaveLength(1)
      const winner = tries[answers.findIndex((answer) => answer.kind === "appended")]?.executionId
      expect(
        new Set(answers.flatMap((answer) => (answer.kind === "sameKey" ? [answer.executionId] : []))),
      ).toEqual(new Set([winner]))
    })

    test("a key belongs to one principal and one tenant", async () => {
      await create({ key: "k" })
      await create({ key: "k", requester: "agt_01kaz3v8g0e8r4n2t6w0y3b5d9" as PrincipalId })
      await put(sampleAppend({ tenant: sampleTenant(), key: "k" }))
    })

    test("INV-07 many executions appending at once all keep a trace without gaps", async () => {
      const advance = async (): Promise<Append> => {
        let append = await create()
        for (let i = 0; i < 4; i += 1) append = await put(sampleNext(append, { entries: 2 }))
        return append
      }
      const ends = await Promise.all(Array.from({ length: 50 }, advance))
      for (const end of ends) {
        const trace = await store.trace(tenant, end.executionId)
        expect(trace.map((entry) => entry.head.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
        expect(trace.slice(1).every((entry, i) => entry.prevHash === trace[i]?.hash)).toBe(true)
      }
    })

    test("a range of a trace starts at its number and ends at its limit", async () => {
      const append = await create({ entries: 6 })
      const range = await store.trace(tenant, append.executionId, { fromSeq: 3, limit: 2 })
      expect(range.map((entry) => entry.head.seq)).toEqual([3, 4])
    })
  })

  describe(`${name} reads several traces at once`, long, () => {
    const resumed = "controlPlane.execution.resumed@1"
    const placesOf = async (which: Parameters<TraceStore["entriesAmong"]>[2], ids: readonly ExecutionId[]) =>
      (await store.entriesAmong(tenant, ids, which)).map(({ head }) => [head.executionId, head.seq] as const)

    test("by place or by kind, byte for byte, sorted by execution and place, each once", async () => {
      const made = [await create({ entries: 3 }), await create({ entries: 2 }), await create()]
      const [a, b] = made.map(({ executionId }) => executionId).toSorted()
      const ids = [b, a, b].flatMap((id) => (id === undefined ? [] : [id]))
      const lengthOf = (id: ExecutionId | undefined): number =>
        made.find(({ executionId }) => executionId === id)?.entries.length ?? 0
      expect(await placesOf({ seq: 1 }, ids)).toEqual([
        [a, 1],
        [b, 1],
      ])
      expect(await placesOf({ kind: resumed }, ids)).toEqual(
        [a, b].flatMap((id) => Array.from({ length: lengthOf(id) }, (_, at) => [id, at + 1])),
      )
      expect(await placesOf({ kind: "controlPlane.execution.paused@1" }, ids)).toEqual([])
      expect(await placesOf({ seq: 9 }, ids)).toEqual([])
      expect(await placesOf({ seq: 1 }, [])).toEqual([])
      const [first] = await store.entriesAmong(tenant, ids, { seq: 1 })
      const [same] = first === undefined ? [] : await store.trace(tenant, first.head.executionId)
      expect(first).toEqual(same)
    })

    test("INV-10 of its own tenant alone", async () => {
      const { executionId } = await create()
      const other = await put(sampleAppend({ tenant: sampleTenant() }))
      expect(await placesOf({ seq: 1 }, [executionId, other.executionId])).toEqual([[executionId, 1]])
      expect(await placesOf({ kind: resumed }, [other.executionId])).toEqual([])
    })
  })

  describe(`${name} keeps tenants apart`, long, () => {
    test("INV-10 another tenant sees no trace, no row and no approval, and can neither append nor lock", async () => {
      const executionId = sampleId<ExecutionId>("exe")
      const approval = sampleApproval(tenant, executionId, {})
      const mine = await create({ executionId, approvals: [approval] })
      const foreign = sampleTenant()
      await store.activatePolicy(foreign, { from: null, digest: sampleDigest("set"), source })
      expect(await store.trace(foreign, executionId)).toEqual([])
      expect(await store.execution(foreign, executionId)).toBeNull()
      expect(await store.approval(foreign, approval.approvalId)).toBeNull()
      expect((await store.executions({ ...everyExecution, tenant: foreign }, null, 10)).items).toEqual([])
      expect((await store.approvals({ ...everyApproval, tenant: foreign }, null, 10)).items).toEqual([])
      expect(await store.sequenced(foreign, 0, 10, null)).toEqual([])
      expect(await store.logEnd(foreign)).toBe(0)
      expect(
        await store.locked(foreign, executionId, () =>
          Promise.resolve({ append: null, remember: null, answer: "seen" }),
        ),
      ).toBeNull()
      const forged = sampleAppend({ tenant: foreign, executionId, after: mine.execution.head })
      expect(await store.append(forged)).toEqual({ kind: "stale" })
      expect(await store.erasePayloads(foreign, { executionId })).toEqual({ payloads: 0, executions: 0 })
      expect(await seqs(mine)).toEqual([1])
    })
  })

  describe(`${name} keeps the laws of locking`, long, () => {
    beforeEach(async () => {
      await store.activatePolicy(tenant, { from: null, digest: sampleDigest("set"), source })
    })

    test("INV-07 a decision sees the row as it is and appends under the fence it read, so the worker's next append is stale", async () => {
      const first = await create({ wakeAt: past })
      const [claim] = await store.claim(worker, 1, 30)
      const seen = await store.locked(tenant, first.executionId, async (locked) => ({
        append: sampleNext(first, { fence: locked.fence, note: "command" }),
        remember: null,
        answer: {
          fence: locked.fence,
          head: locked.head,
          row: locked.row,
          policy: locked.policySetDigest,
          trace: (await locked.trace()).length,
        },
      }))
      expect(seen).toEqual({
        fence: 1,
        head: first.execution.head,
        row: first.execution,
        policy: sampleDigest("set"),
        trace: 1,
      })
      expect(await store.append(sampleNext(first, { fence: claim?.fence ?? 0 }))).toEqual({ kind: "stale" })
      expect(await seqs(first)).toEqual([1, 2])
    })

    test("a decision that throws writes nothing and gives the row back", async () => {
      const first = await create()
      await expect(
        store.locked(tenant, first.executionId, () => Promise.reject(new Error("no"))),
      ).rejects.toThrow("no")
      await put(sampleNext(first))
    })

    test("a decision that appends nothing answers and leaves the head where it was", async () => {
      const first = await create()
      expect(
        await store.locked(tenant, first.executionId, () =>
          Promise.resolve({ append: null, remember: null, answer: 7 }),
        ),
      ).toBe(7)
      await put(sampleNext(first))
    })

    test("two decisions on one execution come one after the other, and the second sees what the first wrote", async () => {
      const first = await create()
      const decide = (): Promise<number | null> =>
        store.locked(tenant, first.executionId, (locked) =>
          Promise.resolve({
            append: sampleAppend({ tenant, executionId: first.executionId, after: locked.head }),
            remember: null,
            answer: locked.head.seq,
          }),
        )
      const answers = await Promise.all([decide(), decide(), decide()])
      expect(new Set(answers)).toEqual(new Set([1, 2, 3]))
      expect(await seqs(first)).toEqual([1, 2, 3, 4])
    })

    test("what a command answered to a key is remembered with its entries, for its tenant, principal and contract", async () => {
      const [first, second] = [await create(), await create()]
      const key = {
        ...sampleAppend({ tenant, key: "k", body: "b" }).create?.inbox,
        contract: "controlPlane.execution.cancel@1",
      } as InboxRow
      const command = (of: Append, remember: boolean): Promise<unknown> =>
        store.locked(tenant, of.executionId, async (locked) => ({
          append: null,
          remember: remember ? { key, answer: { cancelled: 1 } } : null,
          answer: await locked.remembered(key),
        }))
      expect(await command(first, true)).toBeNull()
      const known = { requestDigest: sampleDigest("b"), answer: { cancelled: 1 } }
      expect(await command(first, false)).toEqual(known)
      expect(await command(second, false)).toEqual(known)
      await expect(command(second, true)).rejects.toThrow(StoreUnavailable)
    })

    test("a decision sees an approval of its tenant, and writes its new state with the entries", async () => {
      const executionId = sampleId<ExecutionId>("exe")
      const approval = sampleApproval(tenant, executionId, {})
      const first = await create({ executionId, approvals: [approval] })
      const before = await store.locked(tenant, executionId, async (locked) => ({
        append: sampleNext(first, { approvals: [{ ...approval, status: "approved" }] }),
        remember: null,
        answer: await locked.approval(approval.approvalId),
      }))
      expect(before).toEqual(approval)
      expect((await store.approval(tenant, approval.approvalId))?.status).toBe("approved")
    })
  })

  describe(`${name} keeps the laws of leases`, long, () => {
    test("only what is due and free is claimed, each by one worker, and each claim raises the fence", async () => {
      const due = await create({ wakeAt: past })
      await create({ wakeAt: future })
      await create({ wakeAt: null })
      const claims = await store.claim(worker, 10, 30)
      expect(claims).toEqual([{ tenant, executionId: due.executionId, fence: 1, head: due.execution.head }])
      expect(await store.claim(rival, 10, 30)).toEqual([])
    })

    test("workers that claim at once share the work without sharing an execution", async () => {
      const made = await Promise.all(Array.from({ length: 20 }, () => create({ wakeAt: past })))
      const claims = (await Promise.all([store.claim(worker, 20, 30), store.claim(rival, 20, 30)])).flat()
      const more = await store.claim(worker, 20, 30)
      const ids = [...claims, ...more].map((claim) => claim.executionId)
      expect(ids.toSorted()).toEqual(made.map((append) => append.executionId).toSorted())
    })

    test("INV-07 a lapsed lease is claimed by another worker, and the earlier holder can neither append nor renew", async () => {
      const first = await create({ wakeAt: past })
      const earlier = await store.claim(worker, 1, 0)
      const [later] = await store.claim(rival, 1, 30)
      expect(later?.fence).toBe(2)
      expect(await store.append(sampleNext(first, { fence: 1 }))).toEqual({ kind: "stale" })
      expect(await store.renew(worker, earlier, 30)).toEqual([first.executionId])
    })

    test("a renewed lease is kept, a released one is free, and a release under an old fence does nothing", async () => {
      const { executionId } = await create({ wakeAt: past })
      const [claim] = await store.claim(worker, 1, 30)
      if (claim === undefined) throw new Error("nothing was claimed")
      expect(await store.renew(worker, [claim], 30)).toEqual([])
      await store.release(worker, { ...claim, fence: 0 as typeof claim.fence })
      expect(await store.claim(rival, 1, 30)).toEqual([])
      await store.release(worker, claim)
      expect((await store.claim(rival, 1, 30)).map((again) => again.executionId)).toEqual([executionId])
    })

    test("one tenant with much work does not keep another tenant waiting", async () => {
      await Promise.all(Array.from({ length: 30 }, () => create({ wakeAt: past })))
      const other = await put(sampleAppend({ tenant: sampleTenant(), wakeAt: "2021-01-01T00:00:00.000Z" }))
      const claims = await store.claim(worker, 2, 30)
      expect(claims.map((claim) => claim.tenant).toSorted()).toEqual([tenant, other.tenant].toSorted())
    })

    test("a tenant that has its share is left out, however much of it is due", async () => {
      await create({ wakeAt: past })
      const other = await put(sampleAppend({ tenant: sampleTenant(), wakeAt: past }))
      const claims = await store.claim(worker, 10, 30, [tenant])
      expect(claims.map((claim) => claim.executionId)).toEqual([other.executionId])
    })

    test("INV-10 what goes first is claimed before older work, and outside of the share of its tenant", async () => {
      await create({ wakeAt: "2021-01-01T00:00:00.000Z" })
      const made = await create({ wakeAt: past, goesFirst: true })
      const held = await create({ wakeAt: null, goesFirst: true })
      const idsOf = async (...asked: [number, (readonly TenantId[] | "all")?]) =>
        (await store.claim(worker, asked[0], 30, asked[1])).map(({ executionId }) => executionId)
      expect(await idsOf(1)).toEqual([made.executionId])
      // The order of its appends and the time that it was held change nothing.
      const later = await put(sampleNext(held, { wakeAt: past }))
      expect(await idsOf(10, [tenant])).toEqual([later.executionId])
      const last = await create({ wakeAt: past, goesFirst: true })
      expect(await idsOf(10, "all")).toEqual([last.executionId])
    })

    test("INV-10 one tenant with much that goes first does not keep another tenant waiting", async () => {
      await Promise.all(
        Array.from({ length: firstsPerClaim + 1 }, () => create({ wakeAt: past, goesFirst: true })),
      )
      const other = await put(sampleAppend({ tenant: sampleTenant(), wakeAt: past }))
      const claims = await store.claim(worker, firstsPerClaim + 1, 30)
      expect(claims.map(({ executionId }) => executionId)).toContain(other.executionId)
      expect((await store.claim(worker, firstsPerClaim + 1, 30)).length).toBe(1)
    })

    test("what a worker passed on is offered to others and not to it again", async () => {
      const { executionId } = await create({ wakeAt: past })
      const [claim] = await store.claim(worker, 1, 30)
      if (claim === undefined) throw new Error("nothing was claimed")
      await store.passOn(rival, claim)
      expect(await store.claim(rival, 1, 30)).toEqual([])
      await store.passOn(worker, claim)
      expect(await store.claim(worker, 1, 30)).toEqual([])
      expect((await store.claim(rival, 1, 30)).map((again) => again.executionId)).toEqual([executionId])
    })

    test("a creator may hold the first lease, and the end of an execution ends its lease", async () => {
      const first = await create({ wakeAt: past, fence: 1, leaseTo: { worker, seconds: 30 } })
      expect(await store.claim(rival, 1, 30)).toEqual([])
      const claim = { tenant, executionId: first.executionId, fence: first.fence, head: first.execution.head }
      expect(await store.renew(worker, [claim], 30)).toEqual([])
      const last = await put(sampleNext(first, { status: "completed", endedAt: past, wakeAt: null }))
      expect(await store.renew(worker, [claim], 30)).toEqual([last.executionId])
    })

    test("the next wake is the earliest of the free ones, or the end of a lease on a due one", async () => {
      expect(await store.nextWakeAt()).toBeNull()
      await create({ wakeAt: "2110-01-01T00:00:00.000Z" })
      await put(sampleAppend({ tenant: sampleTenant(), wakeAt: future }))
      expect(await store.nextWakeAt()).toBe("2110-01-01T00:00:00.000Z")
      await create({ wakeAt: past })
      expect(await store.nextWakeAt()).toBe(past)
      const before = await store.now()
      await store.claim(worker, 1, 30)
      const next = await store.nextWakeAt()
      expect(next !== null && next > before && next < future).toBe(true)
    })
  })

  describe(`${name} keeps the laws of lists`, long, () => {
    test("pages of any size hold each execution once, newest first", async () => {
      const times = Array.from({ length: 7 }, (_, i) => `2026-11-2${i}T00:00:00.000Z`)
      const made = await Promise.all([...times, times[3] ?? past].map((time) => create({ time })))
      const seen = await allPages((after) => store.executions({ ...everyExecution, tenant }, after, 3))
      const order = made
        .map((append) => append.execution)
        .toSorted((a, b) => (a.createdAt + a.executionId < b.createdAt + b.executionId ? 1 : -1))
      expect(seen.map((row) => row.executionId)).toEqual(order.map((row) => row.executionId))
      expect((await store.executions({ ...everyExecution, tenant }, null, 3)).totalAtLeast).toBe(8)
    })

    test("each filter of executions keeps what it says", async () => {
      const person = "hum_01kaz3v8g0e8r4n2t6w0y3b5d9" as PrincipalId
      const a = await create({
        status: "waiting",
        tier: "high",
        labels: ["x"],
        time: "2026-01-01T00:00:00.000Z",
        onBehalfOf: person,
      })
      const b = await create({
        status: "completed",
        tier: "low",
        inDoubt: 1,
        time: "2026-02-01T00:00:00.000Z",
        requester: person,
      })
      const find = async (filter: Partial<ExecutionFilter>): Promise<readonly string[]> =>
        (await store.executions({ ...everyExecution, tenant, ...filter }, null, 10)).items.map(
          (row) => row.executionId,
        )
      expect(await find({ status: ["waiting"] })).toEqual([a.executionId])
      expect(await find({ tier: ["low", "medium"] })).toEqual([b.executionId])
      expect(await find({ label: "x" })).toEqual([a.executionId])
      expect(await find({ inDoubt: true })).toEqual([b.executionId])
      expect(await find({ held: true })).toEqual([])
      expect(await find({ requester: person })).toEqual([b.executionId])
      expect(await find({ reach: ownOf(person) })).toEqual([b.executionId, a.executionId])
      expect(await find({ from: "2026-02-01T00:00:00.000Z" as Time })).toEqual([b.executionId])
      expect(await find({ to: "2026-02-01T00:00:00.000Z" as Time })).toEqual([a.executionId])
      expect(await find({ sort: "updatedAt" })).toEqual([b.executionId, a.executionId])
    })

    test("INV-10 lists, counts, totals, pages and the log hold exactly what is within a reach", async () => {
      const person = "hum_01kaz3v8g0e8r4n2t6w0y3b5d9" as PrincipalId
      const made: Append[] = []
      for (const whose of [
        { requester: person },
        { requester: person },
        { onBehalfOf: person },
        { onBehalfOf: person },
        {},
        { onBehalfOf: "hum_01kaz3v8g0e8r4n2t6w0y3b5e9" as PrincipalId },
        {},
      ]) {
        const executionId = sampleId<ExecutionId>("exe")
        const approvals = [sampleApproval(tenant, executionId, whose)]
        made.push(await create({ executionId, approvals, entries: 2, ...whose }))
      }
      const [a, b, c] = [0, 2, 4].map((i) => made[i]?.executionId).filter((id) => id !== undefined)
      const sets: readonly ExecutionSet[] = [
        { kind: "allBut", ids: [] },
        { kind: "only", ids: [] },
        { kind: "only", ids: [a, b, c].filter((id) => id !== undefined) },
        { kind: "allBut", ids: [a, c].filter((id) => id !== undefined) },
      ]
      const reaches = sets.flatMap((own) => sets.map((others): Reach => ({ principal: person, own, others })))
      for (const reach of reaches) {
        const ids = made
          .filter(({ execution }) => isWithin(reach, execution))
          .map(({ executionId }) => executionId)
          .toSorted()
        const filter = { ...everyExecution, tenant, reach }
        const listed = await allPages((after) => store.executions(filter, after, 2))
        expect([reach, listed.map(({ executionId }) => executionId).toSorted()]).toEqual([reach, ids])
        expect((await store.executions(filter, null, 2)).totalAtLeast).toBe(ids.length)
        const queue = await allPages((after) =>
          store.approvals({ ...everyApproval, tenant, reach }, after, 2),
        )
        expect(queue.map(({ executionId }) => executionId).toSorted()).toEqual(ids)
        expect(await store.approvalCounts(tenant, reach, early)).toEqual({
          low: 0,
          medium: ids.length,
          high: 0,
        })
        const log = await store.sequenced(tenant, 0, 50, reach)
        expect(log).toHaveLength(14)
        const shown = log.flatMap(({ entry }) => (entry === null ? [] : [entry.head.executionId]))
        expect([...new Set(shown)].toSorted()).toEqual(ids)
        expect(shown).toHaveLength(2 * ids.length)
      }
    })

    test("the queue is sorted by what expires first, counted by tier, and follows its requests", async () => {
      const executionId = sampleId<ExecutionId>("exe")
      const approvals = [3, 1, 2].map((day) =>
        sampleApproval(tenant, executionId, {
          tier: day === 1 ? "high" : "medium",
          inputDigest: sampleDigest(`input of day ${day}`),
          expiresAt: `2126-12-0${day}T00:00:00.000Z`,
        }),
      )
      const first = await create({ executionId, approvals })
      const queue = (): Promise<readonly string[]> =>
        allPages((after) => store.approvals({ ...everyApproval, tenant, status: ["open"] }, after, 2)).then(
          (rows) => rows.map((row) => row.expiresAt.slice(8, 10)),
        )
      expect(await queue()).toEqual(["01", "02", "03"])
      expect(await store.approvalCounts(tenant, null, early)).toEqual({ low: 0, medium: 2, high: 1 })
      const standing = (requests: number) =>
        store.standing(tenant, first.execution.requester, { executions: 9, requests })
      const firstExpiry = "2126-12-01T00:00:00.000Z"
      expect(await standing(9)).toEqual({ openExecutions: 1, openRequests: 3, firstExpiry })
      expect(await standing(2)).toEqual({ openExecutions: 1, openRequests: 2, firstExpiry })
      expect(await idsOf(store.approvals({ ...everyApproval, tenant, tier: ["high"] }, null, 9))).toEqual([
        approvals[1]?.approvalId,
      ])
      expect(
        await idsOf(
          store.approvals(
            { ...everyApproval, tenant, expiresBefore: "2126-12-02T00:00:00.000Z" as Time },
            null,
            9,
          ),
        ),
      ).toEqual([approvals[1]?.approvalId])
      const [held] = approvals
      if (held !== undefined) await put(sampleNext(first, { approvals: [{ ...held, status: "consumed" }] }))
      expect(await queue()).toEqual(["01", "02"])
      expect(await store.approvalCounts(tenant, null, early)).toEqual({ low: 0, medium: 1, high: 1 })
    })

    test("INV-02 a request whose time is over is expired and pends no more at that time, although its row still says open", async () => {
      const executionId = sampleId<ExecutionId>("exe")
      const [over, later] = ["2026-11-20T00:00:00.000Z", "2126-11-20T00:00:00.000Z"] as [Time, Time]
      const approvals = [over, later].map((expiresAt) =>
        sampleApproval(tenant, executionId, { expiresAt, inputDigest: sampleDigest(expiresAt) }),
      )
      const { execution } = await create({ executionId, approvals })
      const found = (status: ApprovalStatus[], at: Time | null): Promise<readonly string[]> =>
        allPages((after) => store.approvals({ ...everyApproval, tenant, status, at }, after, 2)).then(
          (rows) => rows.map(({ expiresAt }) => expiresAt),
        )
      const pending = async (at: Time | null, held: boolean | null = null): Promise<readonly number[]> =>
        (await store.executions({ ...everyExecution, tenant, held, at }, null, 9)).items.map(
          ({ pendingApprovals }) => pendingApprovals,
        )
      const before = addMs(over, -1)
      expect(await found(["open"], null)).toEqual([over, later])
      expect(await found(["open", "approved"], before)).toEqual([over, later])
      expect(await found(["expired"], before)).toEqual([])
      expect(await found(["open", "approved"], over)).toEqual([later])
      expect(await found(["expired", "rejected"], over)).toEqual([over])
      expect(await found(["open", "expired"], over)).toEqual([over, later])
      expect(await found(["consumed"], later)).toEqual([])
      expect(await store.approvalCounts(tenant, null, before)).toEqual({ low: 0, medium: 2, high: 0 })
      expect(await store.approvalCounts(tenant, null, over)).toEqual({ low: 0, medium: 1, high: 0 })
      expect([await pending(null), await pending(before), await pending(over), await pending(later)]).toEqual(
        [[2], [2], [1], [0]],
      )
      expect([await pending(over, true), await pending(later, true), await pending(later, false)]).toEqual([
        [1],
        [],
        [0],
      ])
      // The database's own clock is after the one and before the other.
      expect(await store.standing(tenant, execution.requester, { executions: 9, requests: 9 })).toEqual({
        openExecutions: 1,
        openRequests: 1,
        firstExpiry: later,
      })
    })
  })

  describe(`${name} keeps the laws of what was rejected`, long, () => {
    test("finds the newest rejected request of one requester for one input, and no waiting one", async () => {
      const [executionId, other] = [sampleId<ExecutionId>("exe"), sampleId<ExecutionId>("exe")]
      const inputDigest = sampleDigest("asked again and again")
      // Ids begin with their time, so the last one is the newest, even when another expires first.
      const begin = sampleId<ApprovalId>("apr").slice(0, -3)
      const numbered = (n: number): ApprovalId => `${begin}${String(n).padStart(3, "0")}` as ApprovalId
      const rejected = Array.from({ length: 230 }, (_, n) =>
        sampleApproval(tenant, executionId, {
          id: numbered(n),
          status: "rejected",
          inputDigest,
          expiresAt: new Date(Date.parse("2026-12-31T00:00:00.000Z") - n * 60_000).toISOString(),
        }),
      )
      const others = [
        sampleApproval(tenant, executionId, { id: numbered(500), inputDigest }),
        sampleApproval(tenant, executionId, { id: numbered(501), status: "rejected" }),
      ]
      await create({ executionId, approvals: [...rejected, ...others] })
      const mine = sampleApproval(tenant, other, { id: numbered(502), status: "rejected", inputDigest })
      await create({ executionId: other, approvals: [mine] })
      const { requester, contract } = mine
      const ask = { tenant, requester, contract: contract.ref, inputDigest }
      expect((await store.lastRejected(ask, other))?.approvalId).toBe(numbered(229))
      expect((await store.lastRejected(ask, executionId))?.approvalId).toBe(mine.approvalId)
      for (const foreign of [
        { ...ask, tenant: sampleTenant() },
        { ...ask, inputDigest: sampleDigest("another") },
        { ...ask, contract: "payments.refund@2" as ContractRef },
        { ...ask, requester: "agt_01kaz3v8g0e8r4n2t6w0y3b5zz" as PrincipalId },
      ])
        expect(await store.lastRejected(foreign, other)).toBeNull()
    })
  })

  describe(`${name} keeps the laws of texts, the log and erasure`, long, () => {
    test("a blob is found by its digest, whether it came with an append or alone, and may come again", async () => {
      const blob = {
        digest: sampleDigest("text"),
        mediaType: "text/plain",
        bytes: new Uint8Array([0, 255, 10]),
      }
      await create({ blobs: [blob] })
      await create({ blobs: [blob] })
      await store.putBlobs([blob, { ...blob, digest: sampleDigest("other") }])
      expect({
        ...(await store.blob(blob.digest)),
        bytes: hex((await store.blob(blob.digest))?.bytes ?? null),
      }).toEqual({ ...blob, bytes: "00ff0a" })
      expect(await store.blob(sampleDigest("other"))).not.toBeNull()
      expect(await store.blob(sampleDigest("absent"))).toBeNull()
    })

    test("the log holds each committed entry once, in the order of its execution, and goes on where a reader stopped", async () => {
      const appended = await Promise.all(Array.from({ length: 6 }, () => create({ entries: 3 })))
      await put(sampleAppend({ tenant: sampleTenant() }))
      await put(sampleNext(appended[0] ?? sampleAppend({ tenant })))
      const read: {
        readonly position: number
        readonly hash: Digest
        readonly id: string
        readonly seq: number
      }[] = []
      for (let position = 0; ;) {
        const batch = await store.sequenced(tenant, position, 4, null)
        if (batch.length === 0) break
        for (const { position: at, entry } of batch)
          if (entry !== null)
            read.push({ position: at, hash: entry.hash, id: entry.head.executionId, seq: entry.head.seq })
        position = batch.at(-1)?.position ?? 0
      }
      expect(read).toHaveLength(19)
      expect(read.every(({ position }, i) => i === 0 || position > (read[i - 1]?.position ?? 0))).toBe(true)
      for (const { executionId } of appended) {
        const trace = await store.trace(tenant, executionId)
        expect(read.filter(({ id }) => id === executionId).map(({ hash }) => hash)).toEqual(
          trace.map((entry) => entry.hash),
        )
      }
      expect(await store.sequenced(tenant, 0, 19, null)).toHaveLength(19)
      expect(await store.logEnd(tenant)).toBe(read.at(-1)?.position)
    })

    test("erasing takes the payloads of closed executions, and heads and chain stay", async () => {
      const open = await create({ entries: 2 })
      const closed = await create({ entries: 2, endedAt: "2026-01-01T00:00:00.000Z" })
      const late = await create({ endedAt: "2026-06-01T00:00:00.000Z" })
      expect(await store.erasePayloads(tenant, { executionId: open.executionId })).toEqual({
        payloads: 0,
        executions: 0,
      })
      expect(await store.erasePayloads(tenant, { endedBefore: "2026-03-01T00:00:00.000Z" as Time })).toEqual({
        payloads: 2,
        executions: 1,
      })
      const trace = await store.trace(tenant, closed.executionId)
      expect(trace.map(({ payload, payloadBytes, hash }) => ({ payload, payloadBytes, hash }))).toEqual(
        closed.entries.map(({ hash }) => ({ payload: null, payloadBytes: null, hash })),
      )
      expect(await store.erasePayloads(tenant, { executionId: closed.executionId })).toEqual({
        payloads: 0,
        executions: 0,
      })
      expect((await store.trace(tenant, late.executionId))[0]?.payload).not.toBeNull()
    })

    test("an execution that does not exist has an empty trace and no row", async () => {
      const id = sampleId<ExecutionId>("exe")
      expect(emptyHead(sampleAppend({ tenant }).execution.environment, tenant, id).seq).toBe(0)
      expect(await store.trace(tenant, id)).toEqual([])
      expect(await store.execution(tenant, id)).toBeNull()
      expect(await store.approval(tenant, sampleId<ApprovalId>("apr"))).toBeNull()
    })
  })
}

const ownOf = (principal: PrincipalId): Reach => ({
  principal,
  own: { kind: "allBut", ids: [] },
  others: { kind: "only", ids: [] },
})

const hex = (bytes: Uint8Array | null): string =>
  bytes === null ? "none" : Buffer.from(bytes).toString("hex")

async function allPages<T>(read: (after: Position | null) => Promise<Page<T>>): Promise<readonly T[]> {
  const items: T[] = []
  for await (const item of everyRow(read)) items.push(item)
  return items
}

async function idsOf(
  page: Promise<Page<{ readonly approvalId: ApprovalId }>>,
): Promise<readonly ApprovalId[]> {
  return (await page).items.map((row) => row.approvalId)
}
