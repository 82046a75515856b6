import { readFileSync } from "node:fs"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  approvalList,
  controlPlaneCapabilities,
  controlPlaneContracts,
  defaultModeMap,
  Environment,
  executionGet,
  executionList,
  ExecutionId,
  GrantId,
  makeRegistry,
  PrincipalId,
  SessionId,
  TenantId,
  Time,
  traceGet,
  type Callable,
} from "@counterfoil/contracts"
import { isWithin, type Directory, type OwnedExecution } from "@counterfoil/contracts/ports"
import {
  defaultPolicySource,
  engineWasmUrl,
  loadPolicySet,
  openWasmEngine,
  type PolicySet,
} from "@counterfoil/policy"
import { memoryStore } from "@counterfoil/store/test"
import { decidedOn } from "./admit.ts"
import { aboutOf, authorise, type Authority } from "./authorise.ts"
import type { Caller } from "./caller.ts"
import { mayReadEvents } from "./may-read-events.ts"
import { isWholeTenant, reachOf } from "./reach.ts"
import { aboutSeveral, alsoShowTrace, rowsBy } from "./showing.ts"

const acme = TenantId.parse("acme")
const environment = Environment.parse("test")
const now = Time.parse("2026-11-21T10:00:00.000Z")
const later = Time.parse("2026-11-22T10:00:00.000Z")
const muchLater = Time.parse("2026-12-21T10:00:00.000Z")
const idOf = (n: number): string => `01kaz3v8g0e8r4n2t6w0y3b5${String(n).padStart(2, "0")}`
const [mia, ana] = [PrincipalId.parse(`hum_${idOf(1)}`), PrincipalId.parse(`hum_${idOf(2)}`)]
const bot = PrincipalId.parse(`agt_${idOf(3)}`)
const exe = (n: number): ExecutionId => ExecutionId.parse(`exe_${idOf(10 + n)}`)
const reads: readonly Callable[] = [executionGet, traceGet, approvalList]
const never = (): never => {
  throw new Error("the test is put together wrongly")
}

const caller: Caller = {
  tenant: acme,
  principal: mia,
  kind: "human",
  name: "mia",
  owner: null,
  mintedBy: null,
  origin: null,
  roles: [],
  session: SessionId.parse(`ses_${idOf(1)}`),
  assurance: "session",
  channel: "http",
  traceparent: null,
}

/** Rules that distinguish executions, each in one of Cedar's ways to do so. */
const named = (n: number): string => `Counterfoil::Resource::"execution:${exe(n)}"`
const action = ({ ref }: Callable): string => `Counterfoil::Action::"${ref}"`
const texts: readonly ((read: Callable, n: number) => string)[] = [
  () => `permit (principal, action in Counterfoil::Action::"effect.read", resource);`,
  (read) => `forbid (principal, action == ${action(read)}, resource);`,
  (read, n) => `forbid (principal, action == ${action(read)}, resource == ${named(n)});`,
  (_read, n) => `forbid (principal, action in Counterfoil::Action::"effect.read", resource)
    when { [${named(n)}, ${named(n + 1)}].contains(resource) };`,
  (read, n) => `forbid (principal, action == ${action(read)}, resource) unless { resource == ${named(n)} };`,
  (_read, n) => `forbid (principal == Counterfoil::Human::"${mia}", action, resource)
    when { resource in [${named(n)}, ${named(n + 2)}] };`,
  (read) =>
    `forbid (principal, action == ${action(read)}, resource in Counterfoil::ResourceKind::"execution");`,
  () => `forbid (principal, action, resource) when { context.call.grant.expiresInSeconds < 100000 };`,
]

const engine = openWasmEngine(readFileSync(new URL(engineWasmUrl())))
if (!engine.ok) throw new Error("the engine is not the known one")
const registry = makeRegistry(controlPlaneContracts, controlPlaneCapabilities)
const sets = new Map<string, PolicySet>()

/** The shipped base with these rules above it; the first of them lets every principal read. */
function setWith(rules: readonly string[]): PolicySet {
  const text = rules
    .map((rule, i) => `@id("tenant.rule-${i}") @reason("a rule of this test") ${rule}`)
    .join("\n")
    .replace("@reason", '@tier("low") @reason')
  const known = sets.get(text)
  if (known !== undefined) return known
  const loaded = loadPolicySet({
    source: {
      texts: [
        ...defaultPolicySource().texts.filter(({ layer }) => layer === "base"),
        { layer: "tenant", name: "test.cedar", text },
      ],
      modeMap: defaultModeMap,
    },
    registry,
    engine: engine.ok ? engine.value : never(),
    now,
  })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error, null, 1))
  sets.set(text, loaded.value)
  return loaded.value
}
const scope = fc.record(
  {
    level: fc.constantFrom("own" as const, "team" as const, "tenant" as const),
    contracts: fc.subarray(
      [...reads, executionList].map(({ ref }) => ref),
      { minLength: 1 },
    ),
    resources: fc.subarray(
      [...[0, 1, 2].map((n) => `execution:${exe(n)}`), "execution:*", "repository:demo"],
      { minLength: 1 },
    ),
  },
  { requiredKeys: ["level"] },
)
const grants = fc.array(fc.record({ scope, expiresAt: fc.constantFrom(now, later, muchLater, muchLater) }), {
  maxLength: 3,
})
const readsByName = { get: executionGet, trace: traceGet, queue: approvalList } as const
const rules = fc.array(
  fc.record({
    text: fc.integer({ min: 1, max: texts.length - 1 }),
    read: fc.constantFrom("get" as const, "trace" as const, "queue" as const),
    n: fc.nat({ max: 3 }),
  }),
  { maxLength: 2 },
)
const textOf = ({ text, read, n }: { text: number; read: keyof typeof readsByName; n: number }): string =>
  texts[text]?.(readsByName[read], n) ?? never()
const openToAll = texts[0]?.(executionGet, 0) ?? never()
const rows: readonly OwnedExecution[] = [0, 1, 2, 3, 4].flatMap((n) => [
  { executionId: exe(n), requester: ana, onBehalfOf: null },
  { executionId: exe(n), requester: mia, onBehalfOf: null },
  { executionId: exe(n), requester: bot, onBehalfOf: mia },
  { executionId: exe(n), requester: bot, onBehalfOf: ana },
])

type MadeUp = typeof grants extends fc.Arbitrary<infer G> ? G : never

async function directoryWith(made: MadeUp, capabilities: readonly Callable[]): Promise<Directory> {
  const { directory } = memoryStore(environment, () => now)
  await directory.addPrincipal({
    id: mia,
    tenant: acme,
    kind: "human",
    name: "mia",
    enabled: true,
    owner: null,
    roles: [],
    addedAt: now,
    addedBy: null,
  })
  for (const [i, given] of made.entries())
    for (const [j, { capability }] of capabilities.entries()) {
      const grantId = GrantId.parse(`grn_${idOf(20 + 10 * i + j)}`)
      const grant = { ...given, grantId, principal: mia, capability, source: "owner" } as const
      await directory.giveGrant(acme, grant, ana, "for a test")
    }
  return directory
}

/** Read as someone else's by a grant that a rule refuses for its age, and as the caller's own by one that lasts. */
const refusedByAge: [MadeUp, [{ text: number; read: "get"; n: number }]] = [
  [
    { scope: { level: "own" }, expiresAt: muchLater },
    { scope: { level: "tenant" }, expiresAt: later },
  ],
  [{ text: 7, read: "get", n: 0 }],
]

describe("an execution that the caller does not reach", () => {
  test("INV-10 costs as many decisions and reads of the directory as one that does not exist, for all grants and rules", async () => {
    let refused = 0
    await fc.assert(
      fc.asyncProperty(grants, rules, async (made, chosen) => {
        const set = setWith([openToAll, ...chosen.map(textOf)])
        const directory = await directoryWith(made, reads)
        const steps: string[] = []
        const authority: Authority = {
          environment,
          now,
          directory: {
            ...directory,
            member: (...of) => {
              steps.push("member")
              return directory.member(...of)
            },
          },
          policies: {
            ...set,
            decide: (request) => {
              steps.push("decide")
              return set.decide(request)
            },
          },
        }
        for (const contract of reads)
          for (const row of rows) {
            const call = { caller, contract, input: {} }
            const foreign = await decidedOn(authority, call, row.executionId, aboutOf(row))
            const taken = steps.splice(0)
            const nowhere = await decidedOn(authority, call, row.executionId, null)
            const takenNowhere = steps.splice(0)
            if (foreign.ok) continue
            expect([contract.ref, row, takenNowhere]).toEqual([contract.ref, row, taken])
            expect(nowhere.ok ? "" : nowhere.error.code).toBe(foreign.error.code)
            refused += 1
          }
      }),
      { numRuns: 60, examples: [refusedByAge] },
    )
    expect(refused).toBeGreaterThan(100)
  })
})

describe("the reach of a caller by a read", () => {
  test("INV-10 holds an execution exactly when the read of it is allowed, for all grants and rules", async () => {
    let [allowed, denied] = [0, 0]
    await fc.assert(
      fc.asyncProperty(grants, rules, async (made, chosen) => {
        const policies = setWith([openToAll, ...chosen.map(textOf)])
        const directory = await directoryWith(made, reads)
        const authority: Authority = { environment, directory, policies, now }
        for (const read of reads) {
          const { reach, refusal, until } = await reachOf(authority, caller, read)
          let reachesAny = false
          for (const row of rows) {
            const decided = await authorise(authority, caller, read, {}, aboutOf(row))
            expect([read.ref, row, isWithin(reach, row)]).toEqual([read.ref, row, decided.ok])
            reachesAny ||= decided.ok
            if (decided.ok) allowed += 1
            else denied += 1
          }
          if (refusal !== null)
            expect([read.ref, refusal.code, reachesAny]).toEqual([read.ref, refusal.code, false])
          if (reachesAny) expect(until !== null && until > now).toBe(true)
          const isNarrowed = rows.some((row) => !isWithin(reach, row))
          if (isNarrowed) expect(isWholeTenant(reach)).toBe(false)
        }
      }),
      { numRuns: 100 },
    )
    // Both happen often, so the property is not vacuous.
    expect(Math.min(allowed, denied)).toBeGreaterThan(300)
  })

  test("INV-10 a tenant's stream shows exactly the executions whose traces may be read, and none is a refusal", async () => {
    await fc.assert(
      fc.asyncProperty(grants, rules, async (made, chosen) => {
        const policies = setWith([openToAll, ...chosen.map(textOf)])
        const directory = await directoryWith(made, [traceGet])
        const store = { ...memoryStore(environment, () => now), directory }
        const world = { environment, store, clock: { now: () => now }, policies: async () => policies }
        const following = await mayReadEvents({ world }, caller, null)
        for (const row of rows) {
          const decided = await authorise(
            { ...world, policies, directory, now },
            caller,
            traceGet,
            {},
            aboutOf(row),
          )
          const shown = following.ok && isWithin(following.value.reach, row)
          expect([row, shown]).toEqual([row, decided.ok])
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe("a decision about a row", () => {
  test("policy sees no field of the input, so that one decision can serve all rows that nothing names", () => {
    const shown = [...Object.values(rowsBy), ...reads]
    const marked = shown.filter(({ inputSchema }) => JSON.stringify(inputSchema).includes('"policy"'))
    expect(marked.map(({ ref }) => ref)).toEqual([])
  })

  test("every contract of the tables is one that is served", () => {
    const refs = new Set(registry.contracts.map(({ ref }) => ref))
    for (const ref of [...aboutSeveral, ...alsoShowTrace]) expect([ref, refs.has(ref)]).toEqual([ref, true])
  })
})
