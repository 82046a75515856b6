// A rollout of other contracts over a store with work in it: a trace of its own, an event, and a view for operators.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { call, must } from "@counterfoil/cli"
import { ownVersion, startAll, type Started } from "@counterfoil/server/process"
import { ownLock, reportRollout } from "@counterfoil/gate"
import type { RegisteredHandlers } from "@counterfoil/handlers"
import { implement, succeeded } from "@counterfoil/contracts/ports"
import { engineWasmUrl, openWasmEngine } from "@counterfoil/policy"
import { readBundle, rederive } from "@counterfoil/replay"
import { startEmbedded, type EmbeddedDatabase } from "@counterfoil/store"
import {
  addMs,
  contractOfDocument,
  defineCapability,
  defineQuery,
  Digest,
  RoleName,
  SemVer,
  text,
  type Json,
  type Submitted,
  type ContractDocument,
  type JsonObject,
  type contractDrift,
  type evidenceExport,
  type executionList,
  type traceGet,
} from "@counterfoil/contracts"
import { approve, openRequests, readExecution, submitDraft } from "../support/asking.ts"
import { newDataFolder, type DataFolder } from "../support/data-folder.ts"
import { effectCapability, effectHandlers, effectRef, type EffectName } from "../support/effect-handlers.ts"
import { openLedger } from "../support/ledger.ts"
import { addSomeone, type Person } from "../support/people.ts"
import { until } from "../support/until.ts"
import { z } from "zod"

/** Releases of the same contracts: how long an attempt may take, and the tags, which are in no digest and which policy sees. */
const releases = {
  first: { deadline: "PT5S", tags: ["test"] },
  second: { deadline: "PT9S", tags: ["test"] },
  tagged: { deadline: "PT5S", tags: ["test", "money"] },
  reworded: { deadline: "PT5S", tags: ["test"] },
} as const

let folder: DataFolder
let database: EmbeddedDatabase
let started: Started
let ownerToken: string
let agent: Person
let ana: Person

function contractsOf(release: keyof typeof releases): RegisteredHandlers {
  const { deadline, tags } = releases[release]
  const ledger = openLedger(join(folder.path, "ledger.jsonl"))
  const made = effectHandlers(ledger, deadline, () => Promise.resolve())
  const handlers = made.handlers.map((handler) => {
    const { contract } = handler
    const meta = { ...contract.meta, tags: [...tags] }
    const words = release === "reworded" ? reworded(contract.document) : {}
    const said = contractOfDocument({
      ...contract.document,
      ...words,
      meta: JSON.parse(JSON.stringify(meta)) as Json,
    })
    if (said === null) throw new Error("the changed document is one")
    const { document, documentDigest, version, digest, formerDigest, pin } = said.contract
    const made = { document, documentDigest, version, digest, formerDigest, pin }
    return { ...handler, contract: { ...contract, meta, ...made } }
  })
  return { ...made, handlers, contracts: handlers.map(({ contract }) => contract) }
}

interface Start {
  readonly keepsContracts?: boolean
  readonly only?: (ref: string) => boolean
  readonly more?: RegisteredHandlers
}
const nothing: RegisteredHandlers = { handlers: [], contracts: [], capabilities: [] }
/** What people read of a contract, written otherwise: its patch version, the order of what is required, an example in its input. */
function reworded({ input, auth }: ContractDocument): ContractDocument {
  const [schema, callers] = [input, auth] as [JsonObject, JsonObject]
  const turned = (list: Json | undefined): Json => (Array.isArray(list) ? (list as Json[]).toReversed() : [])
  return {
    version: "1.0.9",
    input: { ...schema, required: turned(schema["required"]), examples: [{ label: "b", point: "none" }] },
    auth: { ...callers, kinds: turned(callers["kinds"]) },
  }
}

const start = async (
  release: keyof typeof releases,
  { keepsContracts = false, only = () => true, more = nothing }: Start = {},
): Promise<void> => {
  const all = contractsOf(release)
  const extra = {
    handlers: [...all.handlers.filter(({ contract }) => only(contract.ref)), ...more.handlers],
    capabilities: [...all.capabilities, ...more.capabilities],
  }
  const contracts = extra.handlers.map(({ contract }) => contract)
  started = await startAll(
    {
      data: folder.path,
      host: "127.0.0.1",
      port: 0,
      metricsPort: 0,
      logLevel: "silent",
      keepsContracts,
      extra: { ...extra, contracts },
    },
    {
      DATABASE_URL: database.url,
      DATABASE_OWNER_URL: database.ownerUrl,
      DATABASE_ERASER_URL: database.eraserUrl,
    },
  )
}
const restart = async (release: keyof typeof releases, how?: Start): Promise<void> => {
  await started.plane.close()
  await start(release, how)
}

/** The result of deriving an execution again, from the bundle that the server makes of it now. */
async function replayed(executionId: string): Promise<string> {
  const opened = openWasmEngine(readFileSync(new URL(engineWasmUrl())))
  if (!opened.ok) throw new Error("the engine is the one that was tested")
  const path = `/executions/${executionId}/evidence`
  const exported = await must(
    call<z.infer<typeof evidenceExport.output>>(started.plane.url, ana, "POST", path, {}),
  )
  const bundle = readBundle(new TextEncoder().encode(exported.bundle))
  if (!bundle.ok) throw new Error("the bundle is one")
  const { registry } = started.plane
  const report = rederive(bundle.value, { installed: registry, engine: opened.value, mode: "recorded" })
  return report.ok ? report.value.result : `fault at ${report.error.seq}`
}

const step = (name: EffectName) => ({
  key: name,
  contract: effectRef(name),
  input: { label: name, point: "none" },
})
type View = z.infer<typeof contractDrift.output>
const view = () => must(call<View>(started.plane.url, ana, "GET", "/contracts/drift?limit=50"))
/** Everything that was rolled out, the newest first, when its traces have ended. */
const rollouts = () =>
  until("end of every rollout", 20_000, async () => {
    const all = (await view()).rollouts
    return all.every(({ drift }) => drift !== undefined) ? all : null
  })

beforeAll(async () => {
  folder = newDataFolder("drift-rollout")
  database = await startEmbedded({ dataDir: join(folder.path, "database"), log: () => undefined })
  await start("first")
  ownerToken = started.ownerToken ?? ""
  const core = "control-plane.core"
  agent = await addSomeone(started, { kind: "agent", name: "bot", capabilities: [core, effectCapability] })
  ana = await addSomeone(started, {
    kind: "human",
    name: "ana",
    roles: ["approver"],
    reach: "tenant",
    capabilities: [core, "control-plane.approval", "control-plane.audit"],
  })
}, 60_000)

afterAll(async () => {
  await started.plane.close()
  await database.stop()
  folder.remove()
})

describe("contracts that were rolled out", () => {
  let held = ""
  let request = ""
  let done = ""

  test("a first start, and a start with the same contracts, tell nothing", async () => {
    await restart("first")
    expect(await rollouts()).toEqual([])
    expect(await view()).toMatchObject({
      live: { looked: { open: 0 }, executions: { count: 0 } },
      rollouts: [],
    })
  }, 60_000)

  test("INV-14 a rollout that changes contracts has a trace, with what it does to work that is under way", async () => {
    const { url } = started.plane
    held = (await submitDraft(url, agent, "held", [step("unsafe")])).executionId
    request = await until(
      "a request",
      10_000,
      async () => (await openRequests(url, ana, held))[0]?.approvalId ?? null,
    )
    done = (await submitDraft(url, agent, "done", [step("pure")])).executionId
    await until("an end", 20_000, async () =>
      (await readExecution(url, ana, done)).status === "completed" ? true : null,
    )
    await restart("second")
    const [rollout, ...others] = await rollouts()
    expect(others).toEqual([])
    expect(rollout).toMatchObject({
      status: "completed",
      drift: {
        counts: { notChecked: 0 },
        live: {
          approvals: {
            count: 1,
            first: [{ contract: effectRef("unsafe"), approvalId: request, executionId: held }],
          },
          executions: {
            count: 1,
            first: [{ contract: effectRef("unsafe"), executionId: held, status: "waiting" }],
          },
          traces: { count: 0 },
          recorded: { count: 1, first: [{ contract: effectRef("pure"), executionId: done }] },
          users: { count: 2 },
        },
      },
    })
    const changed = rollout?.drift?.worst.map(({ contract }) => contract)
    expect(changed).toContain(effectRef("unsafe"))
  }, 60_000)

  test("INV-08 what was recorded before is derived again identically, with the contracts that it was made with", async () => {
    for (const executionId of [held, done]) expect(await replayed(executionId)).toBe("identical")
  }, 60_000)

  test("the event in that trace says the same, and names the locks by their digests", async () => {
    const [rollout] = await rollouts()
    const path = `/executions/${rollout?.executionId}/trace?includePayloads=true`
    const { entries } = await must(call<z.infer<typeof traceGet.output>>(started.plane.url, ana, "GET", path))
    const drifted = entries.filter(({ kind }) => kind === "controlPlane.contract.drifted@1")
    expect(drifted.map(({ payload }) => payload)).toEqual([
      { from: rollout?.from, to: rollout?.to, ...rollout?.drift },
    ])
  })

  test("the view names open work that cannot go on, and the queue says which request is void", async () => {
    expect(await view()).toMatchObject({
      live: {
        looked: { open: 1 },
        approvals: { count: 1, first: [{ approvalId: request }] },
        executions: { count: 1, first: [{ executionId: held }] },
      },
    })
    const [item] = await openRequests(started.plane.url, ana, held)
    if (item === undefined) throw new Error("there was no request")
    const because = "RESUME_REFUSED"
    expect(item).toMatchObject({
      approvalId: request,
      contractChanged: true,
      canReview: { allowed: false, because },
    })
    expect(await approve(started.plane.url, ana, item)).toMatchObject({ problem: { code: because } })
    expect(await openRequests(started.plane.url, ana, held)).toMatchObject([
      { status: "open", quorum: { met: [] } },
    ])
  })

  test("a start with the same contracts again tells nothing more, and the contracts of before are a rollout of their own", async () => {
    await restart("second")
    expect(await rollouts()).toHaveLength(1)
    await restart("first")
    const [back, ...earlier] = await rollouts()
    expect(earlier).toHaveLength(1)
    expect(back).toMatchObject({ drift: { live: { approvals: { count: 0 }, executions: { count: 0 } } } })
    const [item] = await openRequests(started.plane.url, ana, held)
    expect(item).not.toHaveProperty("contractChanged")
  }, 60_000)
})

describe("a start that would remove contracts", () => {
  test("INV-02 is refused while open work needs them, with their names and the flag; what no work needs may go", async () => {
    const { store } = started.plane
    const before = await store.contractLocks.inForce(started.tenant)
    await started.plane.close()
    const without = (removed: EffectName) =>
      start("first", { keepsContracts: true, only: (ref) => ref !== effectRef(removed) })
    await expect(without("unsafe")).rejects.toThrow(
      `This start would remove contracts that open work needs: ${effectRef("unsafe")}. Start with the same handlers as before (--handlers FILE, or handlers.json in the data folder); with --remove-contracts`,
    )
    await without("pure")
    expect((await started.plane.store.contractLocks.inForce(started.tenant))?.number).toBe(
      (before?.number ?? 0) + 1,
    )
    await restart("first")
  }, 60_000)
})

describe("a capability that comes with other contracts", () => {
  const meta = {
    title: "Read a parcel",
    goal: "The text of the test comes back.",
    context: "Only for tests of rollouts.",
    owners: ["tests"],
    tags: ["test"],
    stability: "experimental" as const,
  }
  const shipping = defineCapability({ name: "shipping.use", requires: [], meta })
  const body = z.strictObject({ parcel: text(20, 1) })
  const parcelRead = defineQuery({
    name: "shipping.parcel.read",
    version: "1.0.0",
    capability: shipping.name,
    meta,
    input: body,
    output: body,
    examples: [{ title: "one", input: { parcel: "a" }, output: { parcel: "a" } }],
  })
  const more: RegisteredHandlers = {
    handlers: [implement(parcelRead, ({ parcel }) => Promise.resolve(succeeded({ parcel })))],
    contracts: [parcelRead],
    capabilities: [shipping],
  }
  /** Everyone's grants of it. */
  const held = async () =>
    (await started.plane.store.directory.grants(started.tenant, null)).filter(
      ({ capability }) => capability === shipping.name,
    )

  test("INV-01 is held by each owner, with a trace that replays and says so; by no one else, and once", async () => {
    const { store, tenant } = { ...started, store: started.plane.store }
    const owners = (await store.directory.principals(tenant)).filter(({ roles }) =>
      roles.includes(RoleName.parse("owner")),
    )
    expect(owners).toHaveLength(1)
    for (const time of ["first", "again"]) {
      await restart("first", { more })
      const grants = await held()
      expect([time, grants.map(({ principal, scope }) => [principal, scope])]).toEqual([
        time,
        owners.map(({ id }) => [id, { level: "tenant" }]),
      ])
    }
    const [grant] = await held()
    const { items } = await must(
      call<z.infer<typeof executionList.output>>(
        started.plane.url,
        ana,
        "GET",
        "/executions?contract=controlPlane.capability.introduce@1",
      ),
    )
    expect(items.map(({ status }) => status)).toEqual(["completed"])
    const executionId = items[0]?.executionId ?? ""
    const path = `/executions/${executionId}/trace?includePayloads=true`
    const { entries } = await must(call<z.infer<typeof traceGet.output>>(started.plane.url, ana, "GET", path))
    const given = entries.filter(({ kind }) => kind === "controlPlane.grant.given@1")
    expect(given.map(({ payload }) => payload)).toEqual([
      {
        grantId: grant?.grantId,
        principal: owners[0]?.id,
        capability: shipping.name,
        scope: { level: "tenant" },
        expiresAt: grant?.expiresAt,
        reason: "it came with the contracts of this start",
      },
    ])
    expect(await replayed(executionId)).toBe("identical")
  }, 60_000)

  test("can be given on by an owner, and is used by whom it was given to", async () => {
    const { url } = started.plane
    const input = {
      key: "ship",
      principal: agent.id,
      principalKind: "agent",
      capability: shipping.name,
      expiresAt: addMs(started.plane.store.clock.now(), 86_400_000),
      reason: "it sends parcels",
    }
    expect(
      await must(
        call<Submitted>(url, { token: ownerToken }, "POST", "/grants/give", { ...input, wait: "PT5S" }),
      ),
    ).toMatchObject({ status: "completed" })
    const parcel = { key: "read", contract: parcelRead.ref, input: { parcel: "a" } }
    const { executionId } = await submitDraft(url, agent, "parcel", [parcel])
    await until("an end", 20_000, async () =>
      (await readExecution(url, ana, executionId)).status === "completed" ? true : null,
    )
  }, 60_000)

  test("that an owner lost again is not given back by a start with the same contracts", async () => {
    const grant = (await held()).find(({ principal }) => principal !== agent.id)
    const { directory } = started.plane.store
    if (grant === undefined) throw new Error("it was given")
    await directory.revokeGrant(started.tenant, grant.grantId, started.plane.store.clock.now())
    await restart("first", { more })
    expect((await held()).map(({ principal }) => principal)).toEqual([agent.id])
    await restart("first")
  }, 60_000)
})

describe("tags that were rolled out", () => {
  test("INV-08 make another lock of the same registry, and each trace is derived with the tags of its time", async () => {
    const { url } = started.plane
    const { digest } = started.plane.registry
    const before = (await submitDraft(url, agent, "before-tags", [step("pure")])).executionId
    await restart("tagged")
    expect(started.plane.registry.digest).toBe(digest)
    const after = (await submitDraft(started.plane.url, agent, "after-tags", [step("pure")])).executionId
    for (const executionId of [before, after]) {
      await until("an end", 20_000, async () =>
        (await readExecution(started.plane.url, ana, executionId)).status === "completed" ? true : null,
      )
      expect(await replayed(executionId)).toBe("identical")
    }
    const [rollout] = await rollouts()
    expect(rollout?.drift?.counts).toEqual({ breaking: 0, risky: 0, safe: 7, notChecked: 0 })
    await restart("first")
  }, 60_000)
})

describe("words that were rolled out", () => {
  test("INV-02 leave what was planned before as it is: its request is approved, its step runs, and it is derived again", async () => {
    const { url } = started.plane
    const { executionId } = await submitDraft(url, agent, "before-words", [step("unsafe")])
    const openOf = async () => (await openRequests(started.plane.url, ana, executionId))[0] ?? null
    const asked = await until("a request", 10_000, openOf)
    await restart("reworded")
    const item = await openOf()
    expect(item).toEqual(asked)
    expect(item).not.toHaveProperty("contractChanged")
    expect(await approve(started.plane.url, ana, asked)).toMatchObject({
      body: { results: [{ status: "approved" }] },
    })
    await until("an end", 20_000, async () =>
      (await readExecution(started.plane.url, ana, executionId)).status === "completed" ? true : null,
    )
    expect(await replayed(executionId)).toBe("identical")
    const [rollout] = await rollouts()
    expect(rollout?.drift?.live.executions.count).toBe(0)
    await restart("first")
  }, 60_000)
})

describe("INV-03 the trace of a rollout", () => {
  /** What the process reports with. */
  const world = () => {
    const { gate, store, random, registry } = started.plane
    return {
      gate,
      store,
      own: ownLock(registry, SemVer.parse(ownVersion())),
      clock: store.clock,
      random,
      tenant: started.tenant,
      tell: () => undefined,
    }
  }
  const inForce = async () => {
    const lock = await started.plane.store.contractLocks.inForce(started.tenant)
    if (lock === null) throw new Error("a start records a lock")
    return lock
  }
  /** Puts the contracts of the release before in force, as if this process had just come with its own. */
  const turnBack = async () => {
    const { store } = started.plane
    const { number, digest } = await inForce()
    const other = (await rollouts()).find(({ from }) => from !== digest)
    if (other === undefined) throw new Error("two releases were rolled out")
    expect(await store.contractLocks.record(started.tenant, number, Digest.parse(other.from))).toBe(true)
    return (await rollouts()).length
  }

  test("is written once when several processes start at the same moment", async () => {
    const before = await turnBack()
    await Promise.all([1, 2, 3].map(() => reportRollout(world())))
    expect(await rollouts()).toHaveLength(before + 1)
    expect((await inForce()).digest).toBe((await view()).lock)
  }, 60_000)

  test("is written once when the process ends before it has recorded the new lock", async () => {
    const before = await turnBack()
    const { contractLocks, ...store } = started.plane.store
    const record = () => Promise.reject(new Error("the process ended here"))
    const ending = { ...store, contractLocks: { ...contractLocks, record } }
    await expect(reportRollout({ ...world(), store: ending })).rejects.toThrow("ended here")
    await reportRollout(world())
    expect(await rollouts()).toHaveLength(before + 1)
  }, 60_000)

  test("is requested by a service without tokens, and by no other principal", async () => {
    const everybody = await started.plane.store.directory.principals(started.tenant)
    expect(everybody.filter(({ kind }) => kind === "service")).toMatchObject([{ name: "counterfoil" }])
    const tokens = await started.plane.store.directory.tokens(started.tenant)
    expect(tokens.filter(({ principal }) => principal.startsWith("svc_"))).toEqual([])
    const wanted = {
      principal: everybody.find(({ kind }) => kind === "service")?.id ?? null,
      label: "mine",
      days: 1,
    }
    expect(await call(started.plane.url, ana, "POST", "/tokens", wanted)).toMatchObject({
      kind: "problem",
      problem: { code: "GRANT_MISSING" },
    })
    const [rollout] = await rollouts()
    const body = { key: "mine", from: rollout?.from ?? null, to: rollout?.to ?? null }
    expect(await call(started.plane.url, ana, "POST", "/contracts/adopt", body)).toMatchObject({
      kind: "problem",
      problem: { code: "GRANT_MISSING" },
    })
  })
})
