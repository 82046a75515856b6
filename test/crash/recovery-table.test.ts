// The recovery table in whole processes: SIGKILL between dispatch and outcome, at K09, K10 and K11, for every effect class.
// The judge is the ledger, which is outside of the control plane and outlives it.

import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { call, must } from "@counterfoil/cli"
import type { ExecutionView } from "@counterfoil/contracts"
import { approve, openRequests, readExecution, submitDraft } from "../support/asking.ts"
import { startCrashPlane, type CrashPeople, type CrashPlane } from "../support/crash-plane.ts"
import { newDataFolder } from "../support/data-folder.ts"
import { effectNames, effectRef, type EffectName } from "../support/effect-handlers.ts"
import { openLedger } from "../support/ledger.ts"
import { until } from "../support/until.ts"

const folder = newDataFolder("recovery")
const ledger = openLedger(join(folder.path, "ledger.jsonl"))
const points = ["k09", "k10", "k11"] as const
const held: readonly EffectName[] = ["probeable", "unsafe"]
/** Long enough for every call to have started before the kill, short enough to be over when the lease has lapsed. */
const settings = {
  data: folder.path,
  ledger: join(folder.path, "ledger.jsonl"),
  deadline: "PT10S",
  part: null,
}

let plane: CrashPlane
let people: CrashPeople
const executions = new Map<EffectName, string>()

beforeAll(async () => {
  plane = await startCrashPlane({ ...settings, armed: true })
  if (plane.people === null) throw new Error("the folder was not empty")
  people = plane.people
  for (const name of effectNames) {
    const steps = points.map((point) => ({
      key: point,
      contract: effectRef(name),
      input: { label: `${name}-${point}`, point: point.toUpperCase() },
    }))
    const through = (key: string) => ({
      key,
      contract: effectRef("pure"),
      input: { label: `${name}-${key}`, point: "none" },
    })
    const { executionId } = await submitDraft(plane.url, people.agent, `recovery-${name}`, [
      ...steps,
      { ...through("dependant"), after: ["k09"] },
      through("sibling"),
    ])
    executions.set(name, executionId)
  }
  const requests = await until("request for every held step", 10_000, async () => {
    const items = await openRequests(plane.url, people.ana)
    return items.length === held.length * points.length ? items : null
  })
  for (const item of requests) await must(approve(plane.url, people.ana, item))
  await until("stop of every call", 15_000, () =>
    plane.stopped().length === effectNames.length * points.length ? true : null,
  )
  await plane.go()
  plane = await startCrashPlane({ ...settings, armed: false })
}, 90_000)

afterAll(async () => {
  await plane.stop()
  folder.remove()
})

const read = async (name: EffectName): Promise<ExecutionView> =>
  readExecution(plane.url, people.ana, executions.get(name) ?? "")
const stepOf = (view: ExecutionView, key: string) => {
  const found = view.steps?.find((step) => step.key === key)
  if (found === undefined) throw new Error(`there is no step ${key}`)
  return found
}
const count = (label: string, what: string) =>
  ledger.lines().filter((line) => line.label === label && line.what === what).length

/** One line a class and point: what the ledger saw and the status of the step. */
async function table(): Promise<string> {
  const rows = await Promise.all(
    effectNames.map(async (name) => {
      const view = await read(name)
      return points.map((point) => {
        const label = `${name}-${point}`
        const { status, generation } = stepOf(view, point)
        const seen = ["call", "effect", "probe"].map((what) => `${what} ${count(label, what)}`).join("  ")
        return `${name.padEnd(10)} ${point.toUpperCase()}  ${seen}  ${status}, generation ${generation}`
      })
    }),
  )
  return `${rows.flat().join("\n")}\n`
}

const ended = (name: EffectName, statuses: readonly string[]) =>
  until(`end of ${name}`, 60_000, async () => {
    const view = await read(name)
    const still = view.steps?.some(({ status }) =>
      ["running", "retrying", "ready", "cleared"].includes(status),
    )
    return still === false && statuses.includes(view.status) ? view : null
  })

describe("SIGKILL between dispatch and outcome", () => {
  test(
    "INV-01 INV-03 each effect class recovers as its row of the recovery table says",
    { timeout: 90_000 },
    async () => {
      for (const name of effectNames) await ended(name, ["completed", "inDoubt"])
      await expect(await table()).toMatchFileSnapshot("recovery-table.txt")
    },
  )

  test.each(["brief", "unsafe"] as const)(
    "INV-09 while a step of %s is in doubt its dependant waits and its sibling finishes",
    async (name) => {
      const view = await read(name)
      expect(stepOf(view, "k09").status).toBe("inDoubt")
      expect(stepOf(view, "dependant").status).toBe("pending")
      expect(stepOf(view, "sibling").status).toBe("completed")
      expect(count(`${name}-dependant`, "call")).toBe(0)
    },
  )

  test(
    "INV-03 a person's resolution lets it go on: what did not happen runs again under a new key, what happened does not",
    { timeout: 60_000 },
    async () => {
      for (const name of ["brief", "unsafe"] as const) {
        for (const point of points) {
          const { stepId, generation, attempt } = stepOf(await read(name), point)
          const label = `${name}-${point}`
          const said =
            point === "k09" ? { outcome: "didNotHappen" } : { outcome: "happened", output: { label } }
          await must(
            call(plane.url, people.ana, "POST", `/executions/${executions.get(name) ?? ""}/resolve`, {
              key: `resolve-${label}`,
              stepId,
              generation,
              attempt,
              ...said,
              evidence: [{ kind: "statement", ref: "the ledger of the tests" }],
              reason: "the ledger was read line by line",
            }),
          )
        }
      }
      const again = await until("request for the new generation", 10_000, async () => {
        const [item] = await openRequests(plane.url, people.ana)
        return item ?? null
      })
      expect(again.stepKey).toBe("k09")
      await must(approve(plane.url, people.ana, again))
      for (const name of ["brief", "unsafe"] as const) {
        await ended(name, ["completed"])
        for (const point of points) expect(count(`${name}-${point}`, "effect")).toBe(1)
      }
      const keys = ledger.lines().filter(({ label, what }) => label === "unsafe-k09" && what === "call")
      expect(new Set(keys.map(({ key }) => key)).size).toBe(2)
    },
  )
})
