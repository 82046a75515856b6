// What every kind of caller is shown of the same executions, by reading, listing and following them, on both doors.
// The table is what is answered; the tests beside it say that the columns agree. Nothing here changes an execution.

import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { connect, type NatsConnection } from "@nats-io/transport-node"
import fc from "fast-check"
import {
  approvalList,
  executionApprove,
  executionGet,
  executionList,
  TenantId,
  traceGet,
  type ExecutionId,
} from "@counterfoil/contracts"
import { startNatsServer, type NatsServer } from "../support/nats-server.ts"
import { activateRules } from "../support/activate-rules.ts"
import { addSomeone, giveGrants, type Person } from "../support/people.ts"
import { startTestPlane, type TestPlane } from "../support/test-plane.ts"
import { untilAnswered } from "../nats/nats-plane.ts"
import { grantOneExecution, kinds, makeCallers, type Caller, type Kind } from "./callers.ts"
import { putAside, shownTo, views, type Shown, type ShownWorld } from "./shown.ts"
import { settledSubjects, states, submitSubjects, type State, type Subjects } from "./subjects.ts"
import { tableOf } from "./table.ts"

let server: NatsServer
let connection: NatsConnection
let plane: TestPlane
let callers: readonly Caller[]
let world: ShownWorld
const shown = new Map<Kind, Shown>()
/** The executions of `approver` and of `one execution`, as the two that tell the callers apart. */
const subjects = new Map<"theirs" | "others", Subjects>()

beforeAll(async () => {
  server = await startNatsServer()
  plane = await startTestPlane("shown", "PT1S", () => new Promise(() => undefined), {
    env: { NATS_URL: server.url },
  })
  connection = await connect({ servers: server.url })
  await untilAnswered(connection)
  callers = await makeCallers(plane.started)
  const core = ["control-plane.core", "ledger.use"]
  const bystander = await addSomeone(plane.started, { kind: "agent", name: "bystander", capabilities: core })
  const auditor = await addSomeone(plane.started, {
    kind: "human",
    name: "auditor",
    capabilities: [...core, "control-plane.approval", "control-plane.audit"],
  })
  for (const [name, requester] of [
    ["theirs", bystander],
    ["others", bystander],
  ] as const) {
    const ids = await submitSubjects(plane.url, requester, name)
    subjects.set(name, await settledSubjects(plane.url, auditor, ids))
  }
  await grantOneExecution(plane.started, callers, subjectOf("theirs", "held"))
  world = {
    url: plane.url,
    connection,
    ids: [...subjects.keys()].flatMap((name) => states.map((state) => subjectOf(name, state))),
    requests: [...subjects.values()].flatMap(({ requests }) => [...requests.held, ...requests.rejectable]),
  }
  await putAside(world, plane.started.tenant, bystander, auditor)
  for (const { kind, person } of callers) {
    const tenant = kind === "other tenant" ? TenantId.parse("elsewhere") : plane.started.tenant
    shown.set(kind, await shownTo(world, person, tenant))
  }
}, 120_000)

afterAll(async () => {
  await connection.close()
  await plane.close()
  await server.close()
})

function subjectOf(name: "theirs" | "others", state: State): ExecutionId {
  const found = subjects.get(name)
  if (found === undefined) throw new Error(`nothing was prepared for ${name}`)
  return found.of[state].executionId
}

const of = (kind: Kind): Shown => {
  const found = shown.get(kind)
  if (found === undefined) throw new Error(`${kind} was not asked`)
  return found
}

describe("what each kind of caller is shown", () => {
  test("is what the table says: of how many executions, or why of none", async () => {
    const rows = kinds.map((kind) => [kind, ...views.map((view) => cell(of(kind), view))])
    await expect(tableOf([["", ...views], ...rows])).toMatchFileSnapshot("lists-and-streams.txt")
  })

  test.each(kinds)(
    "INV-10 %s lists and follows what it reads, and gets the stream and the subject of what it audits",
    (kind) => {
      const { ids } = of(kind)
      // Lists alone give nothing: what they list cannot be read.
      expect(ids.list).toEqual(kind === "lists alone" ? [] : ids.read)
      expect(ids.follow).toEqual(ids.read)
      expect(ids.stream).toEqual(ids.trace)
      expect(ids.subject).toEqual(ids.list.filter((id) => ids.trace.includes(id)))
    },
  )

  test.each(kinds)("INV-06 INV-10 %s may decide what it sees, and nothing else is there", (kind) => {
    const { ids, refused } = of(kind)
    expect(ids.approve).toEqual(refused.approve === undefined ? ids.queue : [])
  })

  test.each(kinds)("INV-10 %s is shown the same over NATS as over HTTP", (kind) => {
    const { ids, refused } = of(kind)
    const doors = [
      ["read", "read NATS"],
      ["trace", "trace NATS"],
      ["list", "list NATS"],
      ["queue", "queue NATS"],
    ] as const
    for (const [http, nats] of doors)
      expect([http, ids[nats], refused[nats]]).toEqual([http, ids[http], refused[http]])
  })

  test.each(kinds)("INV-10 what a list leaves out for %s is in no count and no total", (kind) => {
    const { ids, counts } = of(kind)
    expect(counts.executions ?? 0).toBe(ids.list.length)
    expect(counts.requests ?? 0).toBe(counts.pagedRequests ?? 0)
  })
})

describe("with any grants and any rules", () => {
  const level = fc.constantFrom("own" as const, "tenant" as const, "tenant" as const, "tenant" as const)
  // Numbers name executions, which are not there yet when this is made up.
  const resources = fc.subarray(["0", "1", "2", "9", "10", "*"], { minLength: 1, maxLength: 4 })
  const contracts = fc.subarray(
    [executionGet, executionList, traceGet, approvalList, executionApprove].map(({ ref }) => ref),
    { minLength: 3 },
  )
  const scope = fc.oneof(
    { weight: 1, arbitrary: fc.record({ level }) },
    { weight: 3, arbitrary: fc.record({ level, resources }) },
    { weight: 1, arbitrary: fc.record({ level, contracts }) },
    { weight: 1, arbitrary: fc.record({ level, contracts, resources }) },
  )
  const forbid = fc.record({
    action: fc.constantFrom(
      ...[executionGet, traceGet, approvalList, executionApprove].map(
        ({ ref }) => `action == Counterfoil::Action::"${ref}"`,
      ),
      'action in Counterfoil::Action::"path.read"',
    ),
    resources: fc.option(fc.subarray(["0", "3", "8"], { minLength: 1 })),
  })

  test(
    "INV-10 a row is in the list exactly when the read answers, and its events are in the stream exactly when its trace may be read",
    { timeout: 120_000 },
    async () => {
      const { tenant } = plane.started
      let runs = 0
      const seen = { some: 0, none: 0 }
      await fc.assert(
        fc.asyncProperty(
          fc.array(scope, { minLength: 1, maxLength: 2 }),
          fc.array(forbid, { maxLength: 2 }),
          async (scopes, forbids) => {
            runs += 1
            const person = await addSomeone(plane.started, {
              kind: "human",
              name: `made up ${runs}`,
              roles: ["approver"],
            })
            for (const made of scopes)
              await giveGrants(plane.started, person.id, reading, {
                ...made,
                ...("resources" in made ? { resources: made.resources.map(executionNamed) } : {}),
              })
            await activateRules(
              plane.started,
              forbids.map((rule) => forbidOf(person, rule)),
            )
            const { ids, refused, counts } = await shownTo(world, person, tenant)
            const lists = refused.list === undefined
            if (lists) expect(ids.list).toEqual(ids.read)
            expect(ids["list NATS"]).toEqual(ids.list)
            expect(ids.stream).toEqual(ids.trace)
            expect(ids.subject).toEqual(ids.list.filter((id) => ids.trace.includes(id)))
            expect(counts.executions ?? ids.list.length).toBe(ids.list.length)
            expect(ids["queue NATS"]).toEqual(ids.queue)
            expect(ids.approve).toEqual(refused.approve === undefined ? ids.queue : [])
            // A stream of one execution also obeys a forbid on its trace.
            expect(ids.follow.filter((id) => !ids.read.includes(id))).toEqual([])
            seen[ids.read.length > 0 && ids.read.length < world.ids.length ? "some" : "none"] += 1
          },
        ),
        { numRuns: 12, seed: 20_261_121 },
      )
      await activateRules(plane.started, [])
      expect(seen.some).toBeGreaterThan(1)
    },
  )

  const reading = ["control-plane.core", "control-plane.audit", "control-plane.approval"]
  const executionNamed = (which: string): string =>
    `execution:${which === "*" ? "*" : (world.ids[Number(which)] ?? "")}`
  const forbidOf = (
    { id }: Person,
    { action, resources }: { readonly action: string; readonly resources: readonly string[] | null },
  ): string => {
    const named = resources?.map((which) => `Counterfoil::Resource::"${executionNamed(which)}"`) ?? []
    const when = named.length === 0 ? "" : ` when { [${named.join(", ")}].contains(resource) }`
    return `forbid (principal == Counterfoil::Human::"${id}", ${action}, resource)${when};`
  }
})

/** How many of the subjects a view shows; the refusal when it shows none and says why. */
const cell = ({ ids, refused }: Shown, view: (typeof views)[number]): string =>
  refused[view] ?? String(ids[view].length)
