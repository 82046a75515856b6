// What the simulated control plane can do: one contract of each effect class, with short times, and an intent over them.
// Owns: these contracts, their registry and the policies. Does not own: the providers behind them (outside.ts).
// Deadlines, windows and time-outs are seconds, so that a run sees all of them pass.

import {
  controlPlaneCapabilities,
  controlPlaneContracts,
  defaultModeMap,
  defineCapability,
  defineCommand,
  defineIntent,
  defineQuery,
  Duration,
  makeRegistry,
  mark,
  output,
  ref,
  step,
  Time,
  type PolicySource,
  type PolicyText,
  type Registry,
} from "@counterfoil/contracts"
import { defaultPolicySource, loadPolicySet, type CedarEngine, type PolicySet } from "@counterfoil/policy"
import { z } from "zod"
import { engine as installed } from "../replay/world.ts"

const meta = (title: string) => ({
  title,
  goal: `A contract of the simulator: ${title}.`,
  context: "Exists in the simulator alone, where its provider keeps a ledger.",
  owners: ["tests"],
  tags: ["test"],
  stability: "stable" as const,
})

/** How long the provider of `sim.pay@1` keeps a key. */
export const windowMs = 120_000
/** How long after a deadline a probe of `sim.book@1` tells the truth. */
export const settleMs = 9_000

/** The capability that gives all of them. */
export const workCapability = "sim.work"
const deadline = Duration.parse("PT10S")
const common = { version: "1.0.0", capability: workCapability, limits: { deadline, attempts: 3 } }
const amount = mark(z.int().min(1).max(1_000_000), ["policy"])
const input = z.strictObject({ amount, about: z.string().max(100).default("nothing") })
const done = z.strictObject({ id: z.string().max(100) })
const examples = [{ title: "one", input: { amount: 5 } }]
const preview = [
  { label: "amount", at: "/amount" },
  { label: "about", at: "/about" },
]

const look = defineQuery({
  ...common,
  name: "sim.look",
  meta: meta("Look something up"),
  input,
  output: z.strictObject({ id: z.string().max(100), items: z.array(z.string().max(20)).max(20) }),
  examples,
})
const put = defineCommand({
  ...common,
  name: "sim.put",
  meta: meta("Put something in a place"),
  effect: "natural",
  input,
  output: done,
  preview,
  examples,
})
const unpay = defineCommand({
  ...common,
  name: "sim.unpay",
  meta: meta("Give money back"),
  effect: "natural",
  input: z.strictObject({ of: z.string().max(100) }),
  output: done,
  examples: [{ title: "one", input: { of: "x" } }],
})
const pay = defineCommand({
  ...common,
  name: "sim.pay",
  meta: meta("Pay"),
  effect: "keyed",
  window: "PT2M",
  input,
  output: done,
  undo: { contract: "sim.unpay@1", input: { of: { $from: "output", at: "/id" } } },
  preview,
  examples,
})
const book = defineCommand({
  ...common,
  name: "sim.book",
  meta: meta("Book a seat"),
  effect: "probeable",
  probe: { settle: "PT9S" },
  input,
  output: done,
  preview,
  examples,
})
const send = defineCommand({
  ...common,
  name: "sim.send",
  meta: meta("Send a letter"),
  effect: "unsafe",
  irreversible: false,
  input,
  output: done,
  preview,
  examples,
})
const wire = defineCommand({
  ...common,
  name: "sim.wire",
  meta: meta("Wire money"),
  effect: "unsafe",
  irreversible: true,
  input,
  output: done,
  preview,
  examples,
})
const order = defineIntent({
  name: "sim.order",
  version: "1.0.0",
  meta: meta("Order something"),
  capability: workCapability,
  onFailure: "undo",
  input: z.strictObject({ amount: z.int().min(1).max(1_000_000), put: z.int().min(1).max(1_000_000) }),
  output: z.strictObject({ paid: z.string(), put: z.string() }),
  examples: [{ title: "one", input: { amount: 5, put: 5 } }],
  plan: ({ amount: price, put: placedAmount }) => {
    const seen = step("seen", look, { amount: 1, about: "the customer" }, { because: "what there is" })
    const paid = step(
      "paid",
      pay,
      { amount: price, about: ref(seen, "id") },
      { undo: true, because: "the customer asked" },
    )
    const placed = step(
      "placed",
      put,
      { amount: placedAmount, about: ref(paid, "id") },
      { because: "paid for" },
    )
    return { steps: [seen, paid, placed], output: output({ paid: ref(paid, "id"), put: ref(placed, "id") }) }
  },
})

/** The contracts that a step can call, by name. */
export const callables = { look, put, pay, unpay, book, send, wire } as const
/** The intent contract. */
export const orderRef = order.ref

/** Everything that is registered. */
export const registry: Registry = makeRegistry(
  [...controlPlaneContracts, ...Object.values(callables), order],
  [...controlPlaneCapabilities, defineCapability({ name: workCapability, requires: [], meta: meta("Work") })],
)

/** What amounts mean to the policies below; the checker decides by them again, without Cedar. */
export const amounts = {
  /** Above it people look. */
  freeMax: 100,
  /** Forbidden for people: a chain that is judged for its agent alone would let it through. */
  notForPeople: 666,
  /** A rule about it fails while it is evaluated: an error that must deny, even when another rule permits. */
  broken: 777,
  /** Above it nothing is paid, by policy version. */
  caps: [5_000, 3_000],
  /** Forbidden in the layer freeze, by its version; no wish uses it. */
  frozen: [424_242, 424_243],
} as const

const judged = ["look", "put", "pay", "book", "send", "wire"] as const
const rulesOf = (name: (typeof judged)[number], cap: number): string => {
  const action = `action == Counterfoil::Action::"sim.${name}@1"`
  return `@id("tenant.sim-${name}-cap") @reason("nothing above the cap")
forbid (principal, ${action}, resource) when { context.input.amount > ${cap} };
@id("tenant.sim-${name}-people") @reason("no person may have this")
forbid (principal is Counterfoil::Human, ${action}, resource) when { context.input.amount == ${amounts.notForPeople} };
${name === "look" || name === "wire" ? "" : heldRule(name, action)}`
}
const heldRule = (
  name: string,
  action: string,
): string => `@id("tenant.sim-${name}-large") @tier("medium") @reason("two teams look at a large amount")
@approve("finance:1, support-lead:1") @assurance("session") @timeout("PT5M, PT5M") @on_timeout("escalate") @escalate_to("owner") @grace("PT2S")
permit (principal, ${action}, resource) when { context.input.amount > ${amounts.freeMax} };
`

/** The versions that a policy source may be of. Those of the layer freeze forbid amounts that no wish uses. */
export interface PolicyVersions {
  readonly cap: number
  readonly freeze: number
}

/** Every combination of versions; the first is activated when a run begins. */
export const policyVersions: readonly PolicyVersions[] = [
  { cap: 0, freeze: 0 },
  { cap: 1, freeze: 0 },
  { cap: 0, freeze: 1 },
  { cap: 1, freeze: 1 },
]

/** What an activation of one layer names as its texts; the name of the last says which activation it was. */
export function layerTexts(
  layer: "tenant" | "freeze",
  { cap, freeze }: PolicyVersions,
  name: string,
): readonly PolicyText[] {
  if (layer === "freeze") return [{ layer, name, text: frozen(freeze) }]
  const above = amounts.caps[cap] ?? amounts.caps[0]
  const text = judged.map((each) => rulesOf(each, above)).join("\n")
  const shipped = defaultPolicySource().texts.filter((each) => each.layer === layer)
  return [...shipped, { layer, name, text }]
}

const frozen = (version: number): string => `@id("freeze.sim") @reason("nothing that anybody asks for")
forbid (principal, action == Counterfoil::Action::"sim.look@1", resource) when { context.input.amount == ${amounts.frozen[version] ?? amounts.frozen[0]} };
`

/** A policy source of these versions. */
export function policySource(versions: PolicyVersions): PolicySource {
  const base = defaultPolicySource().texts.filter(({ layer }) => layer !== "tenant")
  const free = (name: "book" | "send") => ({
    contract: callables[name].ref,
    medium: "autonomous" as const,
    owner: "tests",
    reason: "small amounts run without people",
    expires: Time.parse("2027-01-21T08:35:00.000Z"),
  })
  return {
    modeMap: { ...defaultModeMap, exceptions: [free("book"), free("send")] },
    texts: [
      ...base,
      ...layerTexts("tenant", versions, "tenant-0"),
      ...layerTexts("freeze", versions, "freeze-0"),
    ],
  }
}

/** The installed engine, which reports for one amount that a rule could not be evaluated and was left out. */
export const engine: CedarEngine = {
  ...installed,
  open: () => {
    const instance = installed.open()
    return {
      ...instance,
      statefulIsAuthorized: (call) => {
        const answer = instance.statefulIsAuthorized(call)
        const isBroken = hasBrokenInput(call.context["input"])
        return isBroken && answer.type === "success" ? withError(answer) : answer
      },
    }
  },
}

const hasBrokenInput = (input: unknown): boolean =>
  typeof input === "object" && input !== null && "amount" in input && input.amount === amounts.broken

type Answer = ReturnType<ReturnType<CedarEngine["open"]>["statefulIsAuthorized"]>

function withError(answer: Extract<Answer, { readonly type: "success" }>): Answer {
  const errors = [
    {
      policyId: "tenant.sim-broken",
      error: { message: "overflow", help: null, code: null, url: null, severity: null },
    },
  ]
  const { response } = answer
  return { ...answer, response: { ...response, diagnostics: { ...response.diagnostics, errors } } }
}

/** A policy set for each combination of versions, loaded once for all runs of a thread. */
export const policySets: readonly PolicySet[] = policyVersions.map((versions) => {
  const loaded = loadPolicySet({
    source: policySource(versions),
    registry,
    engine,
    now: Time.parse("2026-11-21T08:35:00.000Z"),
  })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error))
  return loaded.value
})

/** The set that a source makes, under any names of its texts; undefined for one that no administrator activates. */
export const policySetOf = (source: PolicySource): PolicySet | undefined =>
  policySets[policyVersions.findIndex((versions) => saidBy(policySource(versions)) === saidBy(source))]

const saidBy = ({ texts, modeMap }: PolicySource): string =>
  JSON.stringify([texts.map(({ layer, text }) => `${layer} ${text}`).toSorted(), modeMap])
