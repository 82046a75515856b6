// Two hands on one approval at the same time, over HTTP and real PostgreSQL, in a few hundred seeded interleavings.
// In every order, the trace and the ledger agree: at most one consumption, and exactly as many calls as dispatches.

import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { call, must, type Said } from "@counterfoil/cli"
import { addMs, type ApprovalItem, type ExecutionView, type Json } from "@counterfoil/contracts"
import { diceOf, type Dice } from "../replay/dice.ts"
import { approve, openRequests, named, reject, submitDraft } from "../support/asking.ts"
import { effectCapability, effectRef } from "../support/effect-handlers.ts"
import { addSomeone, type Person } from "../support/people.ts"
import { startTestPlane, type TestPlane } from "../support/test-plane.ts"
import { headStart, until } from "../support/until.ts"

const racesEach = 40
/** The most that one hand lets the other go ahead. */
const headStartMsMax = 25
const atOnce = 6

let plane: TestPlane
let agent: Person
let ana: Person
let ben: Person
/** Watches, and takes no part. */
let cleo: Person

beforeAll(async () => {
  plane = await startTestPlane("races", "PT5S", async () => undefined)
  const core = "control-plane.core"
  const reviewing = [core, "control-plane.approval", "control-plane.audit"]
  agent = await addSomeone(plane.started, {
    kind: "agent",
    name: "bot",
    capabilities: [core, effectCapability],
  })
  const approver = (name: string) =>
    addSomeone(plane.started, { kind: "human", name, roles: ["approver"], capabilities: reviewing })
  ana = await approver("ana")
  ben = await approver("ben")
  cleo = await approver("cleo")
})

afterAll(async () => {
  await plane.close()
})

/** One hand: what it does to a request. */
type Hand = (item: ApprovalItem) => Promise<Said<Json | object>>

const yes =
  (who: () => Person): Hand =>
  (item) =>
    approve(plane.url, who(), item)
const no =
  (who: () => Person): Hand =>
  (item) =>
    reject(plane.url, who(), item)
const takeBack: Hand = (item) =>
  call(plane.url, ana, "POST", "/approvals/reject", {
    key: `back-${item.approvalId}`,
    items: [named(item)],
    decision: "withdraw",
    reason: "on second thought",
    reasonCode: "other",
  })
const cancel: Hand = ({ executionId }) =>
  call(plane.url, ana, "POST", `/executions/${executionId}/cancel`, {
    key: `stop-${executionId}`,
    reason: "not needed",
  })

interface Ended {
  readonly label: string
  readonly view: ExecutionView
  readonly started: number
}

/** Runs a race many times: each on an execution of its own, with head starts that follow from the seed. */
async function race(
  name: string,
  seed: number,
  hands: readonly [Hand, Hand],
  more: () => { readonly [field: string]: Json } = () => ({}),
): Promise<readonly Ended[]> {
  const dice = diceOf(seed)
  const numbers = Array.from({ length: racesEach }, (_, number) => number)
  const ended: Ended[] = []
  for (let from = 0; from < racesEach; from += atOnce) {
    const batch = numbers.slice(from, from + atOnce).map((number) => `${name}-${number}`)
    ended.push(...(await Promise.all(batch.map((label) => oneRace(label, dice, hands, more())))))
  }
  return ended
}

async function oneRace(
  label: string,
  dice: Dice,
  hands: readonly [Hand, Hand],
  more: { readonly [field: string]: Json },
): Promise<Ended> {
  const headStarts = hands.map(() => dice.below(headStartMsMax))
  const step = { key: "act", contract: effectRef("probeable"), input: { label, point: "none" } }
  const { executionId } = await submitDraft(plane.url, agent, label, [step], more)
  const [item] = await until("request", 10_000, async () => {
    const items = await openRequests(plane.url, cleo, executionId)
    return items.length > 0 ? items : null
  })
  if (item === undefined) throw new Error("there was no request")
  await Promise.all(
    hands.map(async (hand, at) => {
      await headStart(headStarts[at] ?? 0)
      return hand(item)
    }),
  )
  const view = await until(`end of ${label}`, 15_000, async () => {
    const found = await must(call<ExecutionView>(plane.url, cleo, "GET", `/executions/${executionId}`))
    return ["completed", "failed", "cancelled"].includes(found.status) ? found : null
  })
  const trace = await must(
    call<{ readonly entries: readonly { readonly kind: string }[] }>(
      plane.url,
      cleo,
      "GET",
      `/executions/${executionId}/trace?limit=200`,
    ),
  )
  const started = trace.entries.filter(({ kind }) => kind === "controlPlane.execution.step.started@1").length
  return { label, view, started }
}

/** What every race must keep, and how often each end came. */
function judged(ended: readonly Ended[]): { readonly [status: string]: number } {
  const calls = plane.ledger.lines().filter(({ what }) => what === "call")
  const count: Record<string, number> = {}
  for (const { label, view, started } of ended) {
    const asked = calls.filter((line) => line.label === label).length
    expect([label, view.status, started, asked]).toEqual([label, view.status, started, started])
    expect(started).toBeLessThanOrEqual(1)
    if (view.status === "completed") expect(started).toBe(1)
    if (view.status === "failed") expect(started).toBe(0)
    count[view.status] = (count[view.status] ?? 0) + 1
  }
  return count
}

describe("two hands on one approval", { timeout: 60_000 }, () => {
  test("INV-02 two approvals at once are consumed once and dispatched once", async () => {
    const ended = await race("yes-yes", 11, [yes(() => ana), yes(() => ben)])
    expect(judged(ended)).toEqual({ completed: racesEach })
  })

  test("INV-02 of an approval and a rejection at once one counts, and a rejected step is never dispatched", async () => {
    const ends = judged(await race("yes-no", 12, [yes(() => ana), no(() => ben)]))
    expect((ends["completed"] ?? 0) + (ends["failed"] ?? 0)).toBe(racesEach)
  })

  test("INV-02 an approval taken back while it is consumed either ran once or waits again", async () => {
    const undecided: Hand = async (item) => {
      const said = await takeBack(item)
      // Taken back in time, the request is open again: the other approver ends the race.
      if (said.kind === "answer") await no(() => ben)(item)
      return said
    }
    const ends = judged(await race("yes-back", 13, [yes(() => ana), undecided]))
    expect((ends["completed"] ?? 0) + (ends["failed"] ?? 0)).toBe(racesEach)
  })

  test("INV-09 a cancel against a consumption: what started is recorded, and after the cancel nothing starts", async () => {
    const ends = judged(await race("yes-cancel", 14, [yes(() => ana), cancel]))
    expect(Object.values(ends).reduce((sum, count) => sum + count, 0)).toBe(racesEach)
  })

  test("INV-02 an approval at the moment the intent's deadline passes is consumed once or not at all", async () => {
    const soon = () => ({ deadline: addMs(plane.started.plane.store.clock.now(), 300) })
    const late =
      (who: () => Person): Hand =>
      async (item) => {
        await headStart(Math.max(0, Date.parse(item.requestedAt) + 285 - Date.now()))
        return approve(plane.url, who(), item)
      }
    const ends = judged(await race("deadline", 15, [late(() => ana), late(() => ben)], soon))
    expect(Object.values(ends).reduce((sum, count) => sum + count, 0)).toBe(racesEach)
  })
})
