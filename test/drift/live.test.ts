// What a change of a contract does to work in a store: a held request, a paused execution and a month of traces.

import { copyFileSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { call, must } from "@counterfoil/cli"
import { liveReportOf, lookAtLive, touchedOf } from "@counterfoil/gate"
import { startAll, type Started } from "@counterfoil/server/process"
import {
  contractOfDocument,
  defineIntent,
  registryOf,
  text,
  type Json,
  type Registry,
} from "@counterfoil/contracts"
import { openWasmEngine, engineWasmUrl } from "@counterfoil/policy"
import { openLiveStore, startEmbedded, type EmbeddedDatabase } from "@counterfoil/store"
import { Client } from "pg"
import { z } from "zod"
import { openRequests, readExecution, submitDraft } from "../support/asking.ts"
import { newDataFolder, type DataFolder } from "../support/data-folder.ts"
import { effectCapability, effectHandlers, effectRef, type EffectName } from "../support/effect-handlers.ts"
import { openLedger } from "../support/ledger.ts"
import { addSomeone, type Person } from "../support/people.ts"
import { runProgram } from "../support/program.ts"
import { rootFolder } from "../architecture/source-tree.ts"
import { until } from "../support/until.ts"

let folder: DataFolder
let database: EmbeddedDatabase
let plane: Started
let agent: Person
let held = ""
let heldRequest = ""
let paused = ""
const recorded: { [name: string]: string[] } = { pure: [], read: [] }
let old = ""
let drawnOnce = ""

const drawRef = "ledger.draw@1"
/** An intent whose plan is one step of a class. The class is in its code, so another code does not make another contract. */
const drawn = (name: EffectName) =>
  defineIntent({
    name: "ledger.draw",
    version: "1.0.0",
    meta: {
      title: "Draw a step",
      goal: "One line in the ledger of the tests, by a plan that code draws.",
      context: "Only for tests that change the code.",
      owners: ["drift-tests"],
      tags: ["test"],
      stability: "experimental",
    },
    capability: effectCapability,
    input: z.strictObject({ label: text(60, 1) }),
    output: z.strictObject({ label: text(60, 1) }),
    examples: [{ title: "one", input: { label: "one" } }],
    plan: ({ label }) => ({
      steps: [
        {
          key: "act",
          contract: effectRef(name),
          input: { label, point: "none" },
          after: [],
          when: null,
          each: null,
          undo: false,
          because: "the tests ask for it",
        },
      ],
      output: { $from: "act", at: "" },
    }),
  })

const step = (name: EffectName, key: string = name) => ({
  key,
  contract: effectRef(name),
  input: { label: key, point: "none" },
})

beforeAll(async () => {
  folder = newDataFolder("drift-live")
  database = await startEmbedded({ dataDir: join(folder.path, "database"), log: () => undefined })
  const effects = effectHandlers(openLedger(join(folder.path, "ledger.jsonl")), "PT5S", () =>
    Promise.resolve(),
  )
  plane = await startAll(
    {
      data: folder.path,
      host: "127.0.0.1",
      port: 0,
      metricsPort: 0,
      logLevel: "silent",
      extra: { ...effects, contracts: [...effects.contracts, drawn("pure")] },
    },
    {
      DATABASE_URL: database.url,
      DATABASE_OWNER_URL: database.ownerUrl,
      DATABASE_ERASER_URL: database.eraserUrl,
    },
  )
  const core = "control-plane.core"
  agent = await addSomeone(plane, { kind: "agent", name: "bot", capabilities: [core, effectCapability] })
  const ana = await addSomeone(plane, {
    kind: "human",
    name: "ana",
    roles: ["approver"],
    reach: "tenant",
    capabilities: [core, "control-plane.approval", "control-plane.audit"],
  })
  const { url } = plane.plane
  held = (await submitDraft(url, agent, "held", [step("unsafe")])).executionId
  heldRequest = await until(
    "a request",
    10_000,
    async () => (await openRequests(url, ana, held))[0]?.approvalId ?? null,
  )
  const manual = await submitDraft(url, agent, "paused", [step("natural")], { start: "manual" })
  paused = manual.executionId
  await must(call(url, ana, "POST", `/executions/${paused}/pause`, { key: "pause", reason: "wait for ana" }))
  const finished = (executionId: string) =>
    until("an end", 20_000, async () =>
      (await readExecution(url, ana, executionId)).status === "completed" ? true : null,
    )
  const finish = async (key: string, name: EffectName): Promise<string> => {
    const { executionId } = await submitDraft(url, agent, key, [step(name)])
    await finished(executionId)
    return executionId
  }
  for (const name of ["pure", "read"] as const)
    for (let n = 0; n < 3; n++) recorded[name]?.push(await finish(`${name}-${n}`, name))
  old = await finish("pure-old", "pure")
  const as = { contract: drawRef, input: { label: "drawn" } }
  drawnOnce = (
    await must(call<{ readonly executionId: string }>(url, agent, "POST", "/intents", { key: "drawn", as }))
  ).executionId
  await finished(drawnOnce)
  const owner = new Client({ connectionString: database.ownerUrl })
  await owner.connect()
  // A month: the first of each ended 29 days ago, and one before that.
  const ended = (days: number, executionId: string | undefined) =>
    owner.query("update execution set ended_at = now() - make_interval(days => $1) where execution_id = $2", [
      days,
      executionId,
    ])
  await ended(29, recorded["pure"]?.[0])
  await ended(29, recorded["read"]?.[0])
  await ended(40, old)
  await owner.end()
}, 120_000)

afterAll(async () => {
  await plane.close()
  await database.stop()
  folder.remove()
})

const limits: Json = { deadline: "PT9S", attempts: 2, inputBytes: 100, outputBytes: 100, inFlight: 1 }

/** The registry of the plane with one contract that has another deadline, or other words, and everything else as it is. */
function changing(
  name: EffectName | null,
  words: { readonly [field: string]: Json } | null = null,
): Registry {
  const { registry } = plane.plane
  const contracts = registry.contracts.map((contract) => {
    if (name === null || contract.ref !== effectRef(name)) return contract
    const meta = JSON.parse(JSON.stringify({ ...contract.meta, ...words })) as Json
    const said = words === null ? { version: "1.1.0", limits } : { meta }
    const made = contractOfDocument({ ...contract.document, ...said })
    if (made === null) throw new Error("the changed document is one")
    return made.contract
  })
  return registryOf(contracts, registry.capabilities)
}

/** The same contracts, one of which has other code. */
function recoded(): Registry {
  const { registry } = plane.plane
  const contracts = registry.contracts.map((contract) =>
    contract.ref === drawRef ? drawn("read") : contract,
  )
  expect(registryOf(contracts, registry.capabilities).digest).toBe(registry.digest)
  return registryOf(contracts, registry.capabilities)
}

const look = (name: EffectName | null, words: { readonly [field: string]: Json } | null = null) =>
  lookWith(changing(name, words))

async function lookWith(candidate: Registry) {
  const opened = openWasmEngine(readFileSync(new URL(engineWasmUrl())))
  if (!opened.ok) throw new Error("the engine is the one that was tested")
  const store = await openLiveStore(database.ownerUrl)
  try {
    const now = plane.plane.store.clock.now()
    return await lookAtLive({ store, candidate, engine: opened.value, derives: true, now })
  } finally {
    await store.close()
  }
}

describe("a change of a contract, in the work of a store", () => {
  test("that touches nothing names nothing, and says how far it looked", async () => {
    const report = liveReportOf(await look(null))
    expect(report).toEqual({
      days: 30,
      looked: { open: 2, ended: 7, replayed: 7, erased: 0, unreadable: 0, cut: false },
      approvals: { count: 0, first: [] },
      executions: { count: 0, first: [] },
      inDoubt: { count: 0, first: [] },
      traces: { count: 0, first: [] },
      recorded: { count: 0, first: [] },
      users: { count: 0, first: [] },
    })
  }, 60_000)

  test("voids the held request that is bound to it, and names who asked", async () => {
    const contract = effectRef("unsafe")
    const found = await look("unsafe")
    expect(found.approvals).toEqual([{ contract, approvalId: heldRequest, executionId: held }])
    expect(found.executions.map(({ executionId }) => executionId)).toEqual([held])
    expect(found.traces).toEqual([])
    expect(found.users).toMatchObject([{ contract, principal: agent.id, executions: 1 }])
  }, 60_000)

  test("voids a request whose rules would be asked about another group, though its contract is the same", async () => {
    const contract = effectRef("unsafe")
    const found = await look("unsafe", { tags: ["test", "money"] })
    expect(found.approvals).toEqual([{ contract, approvalId: heldRequest, executionId: held }])
    expect([found.executions, found.traces, found.inDoubt, found.users]).toEqual([[], [], [], []])
  }, 60_000)

  test("voids nothing when only words are others, or the tags of another contract", async () => {
    expect((await look("unsafe", { title: "Another title", owners: ["others"] })).approvals).toEqual([])
    expect((await look("natural", { tags: ["test", "money"] })).approvals).toEqual([])
  }, 60_000)

  test("keeps the paused execution that was planned with it from going on, and no other", async () => {
    const contract = effectRef("natural")
    const found = await look("natural")
    expect(found.executions).toEqual([{ contract, executionId: paused, status: "paused" }])
    expect([found.approvals, found.traces, found.inDoubt]).toEqual([[], [], []])
  }, 60_000)

  test("INV-08 names every trace of the last 30 days that was made with it, and derives each again from its own texts", async () => {
    const found = await look("pure")
    expect(found.recorded.map(({ executionId }) => executionId).toSorted()).toEqual(
      [...(recorded["pure"] ?? []), drawnOnce].toSorted(),
    )
    expect(found.recorded.map(({ executionId }) => executionId)).not.toContain(old)
    expect([found.approvals, found.executions, found.traces]).toEqual([[], [], []])
  }, 60_000)

  test("in the code that draws a plan keeps the traces that it drew from replaying, and no other", async () => {
    const found = await lookWith(recoded())
    expect(found.traces).toMatchObject([{ contract: drawRef, executionId: drawnOnce }])
    expect(found.traces[0]?.because).toMatch(/^entry 2 diverges/)
    expect([found.approvals, found.executions, found.recorded]).toEqual([[], [], []])
  }, 60_000)

  test("comes to one count for each contract and kind", async () => {
    expect(touchedOf(await look("pure")).map(({ kind, contract, count }) => [kind, contract, count])).toEqual(
      [
        ["recorded", effectRef("pure"), 4],
        ["users", effectRef("pure"), 1],
      ],
    )
  }, 60_000)
})

describe("counterfoil drift check --live", () => {
  const check = async (ownerUrl: string) => {
    const lock = join(folder.path, "baseline.lock.json")
    copyFileSync(join(rootFolder, "contracts.lock.json"), lock)
    const words = ["drift", "check", "--against", lock, "--live", "--format", "json"]
    const program = runProgram(words, join(folder.path, "home"), { DATABASE_URL: ownerUrl })
    const exit = await program.ended
    return { exit, report: JSON.parse(program.printed()) as Json }
  }

  test("is exit 3 when work cannot go on: this program has none of the contracts that the store's work was planned with", async () => {
    const { exit, report } = await check(database.ownerUrl)
    expect(report).toMatchObject({
      result: "findings",
      live: {
        approvals: { count: 1 },
        executions: { count: 2 },
        recorded: { count: 6 },
        traces: { count: 1, first: [{ executionId: drawnOnce }] },
      },
    })
    expect(exit).toBe(3)
  }, 60_000)

  test("is exit 1 and not checked when a trace in the store cannot be read", async () => {
    const owner = new Client({ connectionString: database.ownerUrl })
    await owner.connect()
    await owner.query("update payload set bytes = '{}' where execution_id = $1 and seq = 1", [
      recorded["read"]?.[2],
    ])
    await owner.end()
    const { exit, report } = await check(database.ownerUrl)
    expect(report).toMatchObject({
      result: "notChecked",
      notChecked: [
        { part: "live", why: "1 of the traces in the store cannot be read, so they were not checked." },
      ],
      live: { looked: { unreadable: 1 } },
    })
    expect(exit).toBe(1)
  }, 60_000)

  test("is exit 1 and not checked when the store cannot be reached", async () => {
    const { exit, report } = await check("postgres://nobody@127.0.0.1:1/none")
    expect(report).toMatchObject({ result: "notChecked", findings: [], notChecked: [{ part: "live" }] })
    expect(JSON.stringify(report)).toContain("ECONNREFUSED")
    expect(exit).toBe(1)
  }, 60_000)
})
