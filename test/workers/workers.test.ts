// Several real processes on one PostgreSQL: who may advance what, when one is gone, frozen, old, or busy for others.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { call, must } from "@counterfoil/cli"
import type { Person } from "../support/people.ts"
import { readExecution, submitDraft, type DraftStep } from "../support/asking.ts"
import { until } from "../support/until.ts"
import { openWorkersDatabase, type WorkersDatabase } from "./database.ts"
import { startOutside, type Outside } from "./outside.ts"
import { openProcesses, type Processes, type RunningProcess, type WorkPeople } from "./processes.ts"

let database: WorkersDatabase
let outside: Outside
let processes: Processes
let api: RunningProcess
let people: WorkPeople
let agent: Person

beforeAll(async () => {
  database = await openWorkersDatabase("workers")
}, 60_000)
beforeEach(async () => {
  outside = await startOutside(20)
  processes = openProcesses(database, outside.url)
  const started = await processes.start({ role: "api" })
  api = started
  people = started.people ?? people
  agent = first(people.agents)
}, 60_000)
afterEach(async () => {
  await processes.close()
  await outside.close()
})
afterAll(() => database.close())

const first = <T>(all: readonly T[]): T => {
  const [one] = all
  if (one === undefined) throw new Error("there are no people")
  return one
}
const note = (label: string, after: readonly string[] = []): DraftStep => ({
  key: label.slice(label.lastIndexOf("-") + 1),
  contract: "outside.note.write@1",
  input: { label },
  after,
})
const ended = (executionId: string, withinMs: number) =>
  until(`end of ${executionId}`, withinMs, async () => {
    const view = await readExecution(api.url, agent, executionId)
    return view.status === "completed" || view.status === "failed" ? view : null
  })
const chainOk = async (executionId: string): Promise<boolean> => {
  const path = `/executions/${executionId}/trace?limit=1000`
  const auditor = first(people.approvers)
  return (await must(call<{ readonly chainOk: boolean }>(api.url, auditor, "GET", path))).chainOk
}

describe("worker processes", { timeout: 120_000 }, () => {
  test("INV-03 INV-07 one that dies with work in hand is replaced by another, and each step happens once", async () => {
    const workers = [await processes.start({ role: "worker" }), await processes.start({ role: "worker" })]
    const ids = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        submitDraft(api.url, agent, `dies-${n}`, [note(`dies-${n}-a`), note(`dies-${n}-b`, ["a"])]),
      ),
    )
    await until("some effects", 20_000, () => (outside.happened.length > 10 ? true : null))
    await workers[0]?.kill()
    for (const { executionId } of ids) expect((await ended(executionId, 60_000)).status).toBe("completed")
    expect(outside.repeated()).toEqual([])
    expect(outside.happened).toHaveLength(80)
    for (const { executionId } of ids) expect(await chainOk(executionId)).toBe(true)
  })

  test("INV-07 one that was frozen beyond its lease writes nothing when it goes on", async () => {
    const frozen = await processes.start({ role: "worker" })
    const ids = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        submitDraft(api.url, agent, `frozen-${n}`, [note(`frozen-${n}-a`), note(`frozen-${n}-b`, ["a"])]),
      ),
    )
    await until("first effect", 20_000, () => (outside.happened.length > 0 ? true : null))
    frozen.freeze()
    await processes.start({ role: "worker" })
    for (const { executionId } of ids) expect((await ended(executionId, 60_000)).status).toBe("completed")
    frozen.thaw()
    // Its answers and appends of before come now, and meet the fences; it drains once they are through.
    await frozen.drain()
    expect(outside.repeated()).toEqual([])
    for (const each of ids) expect(await chainOk(each.executionId)).toBe(true)
  })

  test("INV-02 work stays with the contracts it was planned with: a process without them leaves it to one that has them", async () => {
    const old = await processes.start({ role: "worker", version: "old" })
    const { executionId } = await submitDraft(api.url, agent, "later", [
      { key: "later", contract: "outside.later.write@1", input: { label: "later" } },
    ])
    // A later execution, which needs nothing new, shows that the old process has examined both.
    const after = await submitDraft(api.url, agent, "plain", [note("plain-a")])
    expect((await ended(after.executionId, 30_000)).status).toBe("completed")
    expect((await readExecution(api.url, agent, executionId)).status).toBe("running")
    await processes.start({ role: "worker", version: "both" })
    expect((await ended(executionId, 30_000)).status).toBe("completed")
    expect(outside.happened.map(({ label }) => label).toSorted()).toEqual(["later", "plain-a"])
    await old.drain()
  })

  test("a drained process finishes what is under way and gives the rest back at once", async () => {
    const worker = await processes.start({ role: "worker", leases: "long" })
    const ids = await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        submitDraft(api.url, agent, `drain-${n}`, [note(`drain-${n}-a`), note(`drain-${n}-b`, ["a"])]),
      ),
    )
    await until("first effect", 20_000, () => (outside.happened.length > 0 ? true : null))
    await worker.drain()
    await processes.start({ role: "worker", leases: "long" })
    // Within less than a lease: no process waits for one to lapse.
    for (const { executionId } of ids) expect((await ended(executionId, 20_000)).status).toBe("completed")
    expect(outside.repeated()).toEqual([])
    expect(outside.happened).toHaveLength(60)
  })

  // The last one: it leaves thousands of steps behind.
  test("one tenant with 10,000 ready steps does not keep another tenant's step waiting behind them", async () => {
    const steps = (n: number) =>
      Array.from({ length: 250 }, (_, at) => ({ ...note(`busy-${n}-s${at}`), key: `s${at}` }))
    for (let n = 0; n < 40; n += 1) await submitDraft(api.url, agent, `busy-${n}`, steps(n))
    const other = await processes.start({ role: "api", tenant: "other" })
    const quiet = first(other.people?.agents ?? [])
    await processes.start({ role: "worker" })
    await until("work of the busy tenant", 60_000, () => (outside.happened.length > 100 ? true : null))
    const before = outside.happened.length
    await submitDraft(other.url, quiet, "quiet", [note("quiet-a")])
    const at = await until("effect of the other tenant", 60_000, () => {
      const found = outside.happened.findIndex(({ label }) => label === "quiet-a")
      return found === -1 ? null : found
    })
    // What the busy tenant had under way, and a few rounds more: not the thousands that were ready before it.
    expect(at - before).toBeLessThan(2_000)
    expect(at).toBeLessThan(5_000)
  })
})
