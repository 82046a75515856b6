// Part of check 8, what approvals depend on: the requester, the plan, and the verdicts. Each digest is made again, and a verdict is for
// the step, the chain and the moment that its entry says. What the rules say, only deciding again can tell.

import { Fault } from "./fault.ts"
import { digestOf, planIdOf, stepIdOf } from "./formulas.ts"
import {
  isObject,
  jcs,
  memberOf,
  numberAt,
  objectAt,
  objectsAt,
  textAt,
  textsAt,
  type Json,
  type JsonObject,
} from "./json.ts"
import { covers, obligationsOf } from "./quorum.ts"
import { kindOfId } from "./chain.ts"
import type { Entry } from "./read-lines.ts"

/** The kind of the first entry. */
export const received = "controlPlane.intent.received@1"
/** The kind of the plan's entry. */
export const compiled = "controlPlane.plan.compiled@1"
/** The kind of an entry for a draft that did not become a plan. */
export const rejected = "controlPlane.plan.rejected@1"
/** The kind of a verdict. */
export const decided = "controlPlane.policy.decided@1"

/** A payload with the entry that carries it. */
export interface Stated {
  readonly seq: number
  readonly time: string
  readonly head: JsonObject
  readonly payload: JsonObject
}

/** Who asked for what is done here. */
export interface AskedIntent {
  readonly owner: JsonObject
  readonly requester: string
  readonly onBehalfOf: string | null
  readonly chain: readonly JsonObject[]
  /** False where someone has to say start. */
  readonly startsByItself: boolean
}

/** The plan, and what its entry says of it. */
export interface Planned {
  readonly planDigest: string
  readonly author: string
  readonly steps: ReadonlyMap<string, JsonObject>
}

/** Throws when two values differ; `at` is the place of the recorded one. */
export function same(seq: number, at: string, recorded: Json | undefined, computed: Json | undefined): void {
  const [was, is] = [jcs(recorded ?? null), jcs(computed ?? null)]
  if (was !== is)
    throw new Fault("it differs from what it has to be", { seq, at, recorded: was, computed: is })
}

/** The payload of an entry; only asked for where all payloads are here. */
export function stated({ seq, time, head, payload }: Entry): Stated {
  if (payload === null) throw new Fault("its payload is not here", { seq })
  return { seq, time, head, payload }
}

/** The first entry and no other is the intent, asked by the first of its chain, for the last of it. */
export function checkAsked(header: JsonObject, entry: Entry | undefined): AskedIntent {
  if (entry?.kind !== received)
    throw new Fault("the trace does not begin with an intent", { seq: 1, at: "/head/kind" })
  const { seq, head, payload } = stated(entry)
  checkPinned(seq, payload)
  const chain = objectsAt(payload, "requesterChain")
  const principal = objectAt(head, "principal")
  const ids = chain.map((member) => textAt(member, "id"))
  const behalf = memberOf(head, "onBehalfOf")
  const onBehalfOf = typeof behalf === "string" ? behalf : null
  same(seq, "/payload/requesterChain/0/id", ids[0], textAt(principal, "id"))
  same(seq, "/head/onBehalfOf", onBehalfOf, ids.length > 1 ? ids.at(-1) : null)
  if (new Set(ids).size !== ids.length)
    throw new Fault("a principal is in the chain twice", { seq, at: "/payload/requesterChain" })
  chain.forEach((member, i) => {
    const at = `/payload/requesterChain/${i}`
    same(seq, `${at}/kind`, member["kind"], kindOfId(textAt(member, "id")))
    same(seq, `${at}/tenant`, member["tenant"], header["tenant"])
    objectsAt(member, "grants").forEach((grant, j) => {
      same(seq, `${at}/grants/${j}/principal`, grant["principal"], member["id"])
    })
  })
  const startsByItself = payload["start"] === "auto"
  return { owner: header, requester: textAt(principal, "id"), onBehalfOf, chain, startsByItself }
}

/** Who asks for a contract pins it, and no one else pins one: without the pin its plan could be any. */
function checkPinned(seq: number, payload: JsonObject): void {
  const ref = memberOf(objectAt(payload, "as"), "contract")
  const pin = memberOf(payload, "contract")
  if (ref === null) same(seq, "/payload/contract", pin, null)
  else same(seq, "/payload/contract/ref", isObject(pin) ? memberOf(pin, "ref") : null, ref)
}

/** The plan is the one digested, written by the requester, and its steps name contracts that are pinned. */
export function checkPlan({ requester }: AskedIntent, { seq, payload }: Stated): Planned {
  const plan = objectAt(payload, "plan")
  const planDigest = digestOf("counterfoil.plan.v1", plan)
  same(seq, "/payload/planDigest", payload["planDigest"], planDigest)
  same(seq, "/payload/planId", payload["planId"], planIdOf(planDigest))
  same(seq, "/payload/author", payload["author"], requester)
  const steps = objectsAt(plan, "steps")
  same(seq, "/payload/stepCount", payload["stepCount"], steps.length)
  const pins = new Set(objectsAt(payload, "contracts").map((pin) => jcs(pin)))
  for (const step of steps) {
    const undo = memberOf(step, "undo")
    for (const call of undo === null ? [step] : [step, objectAt(step, "undo")])
      if (!pins.has(jcs(pinOf(call))))
        throw new Fault("a step calls a contract that is not pinned", { seq, at: "/payload/contracts" })
  }
  return { planDigest, author: requester, steps: new Map(steps.map((step) => [textAt(step, "key"), step])) }
}

/** The contract of a step of the plan, as entries pin it. */
export const pinOf = (call: JsonObject): JsonObject => ({
  digest: textAt(call, "contractDigest"),
  ref: textAt(call, "contract"),
  version: textAt(call, "version"),
})

/** The call that a payload is about: the plan's step, or the step that undoes it. Its id has to be that of the place in the plan. */
export function callOf({ planDigest, steps }: Planned, { seq, payload }: Stated): JsonObject {
  const step = steps.get(textAt(payload, "key"))
  if (step === undefined) throw new Fault("the plan has no such step", { seq, at: "/payload/key" })
  same(seq, "/payload/stepId", payload["stepId"], stepIdOf(planDigest, payload))
  if (payload["role"] === "do") return step
  if (memberOf(step, "undo") === null)
    throw new Fault("the plan has no undo of this step", { seq, at: "/payload/role" })
  return objectAt(step, "undo")
}

const tiers = ["low", "medium", "high"]
const tierOf = (text: string): number => tiers.indexOf(text)

/** A verdict answers its own request, about this step, for this chain, now; and no verdict lowers what has to be asked (INV-05). */
export function checkVerdict(asked: AskedIntent, planned: Planned, about: Stated): void {
  const { seq, time, payload } = about
  const [request, verdict] = [objectAt(payload, "request"), objectAt(payload, "verdict")]
  const [core, circumstances] = [objectAt(verdict, "core"), objectAt(verdict, "circumstances")]
  const at = (path: string): string => `/payload/${path}`
  same(seq, at("requestDigest"), payload["requestDigest"], digestOf("counterfoil.policy-request.v1", request))
  same(seq, at("verdictDigest"), payload["verdictDigest"], digestOf("counterfoil.verdict.v1", core))
  const call = callOf(planned, about)
  same(seq, at("request/contract"), request["contract"], pinOf(call))
  same(seq, at("request/effect"), request["effect"], call["effect"])
  for (const field of ["environment", "tenant"])
    same(seq, at(`request/${field}`), request[field], asked.owner[field])
  const chain = objectsAt(request, "chain").map((member) => textAt(member, "id"))
  same(
    seq,
    at("request/chain"),
    chain,
    asked.chain.map((member) => textAt(member, "id")),
  )
  same(seq, at("request/call/now"), objectAt(request, "call")["now"], time)
  checkCore(seq, core, request)
  // A request that could not be read is denied, and its verdict repeats nothing of it.
  if (core["blockReason"] === "invalidRequest") return
  same(
    seq,
    at("verdict/circumstances/requestDigest"),
    circumstances["requestDigest"],
    payload["requestDigest"],
  )
  same(seq, at("verdict/core/inputDigest"), core["inputDigest"], request["inputDigest"])
  same(
    seq,
    at("verdict/core/contractDigest"),
    core["contractDigest"],
    objectAt(request, "contract")["digest"],
  )
  same(seq, at("verdict/core/chain"), core["chain"], chain)
  same(
    seq,
    at("verdict/core/floor/tier"),
    objectAt(core, "floor")["tier"],
    objectAt(request, "floor")["tier"],
  )
}

function checkCore(seq: number, core: JsonObject, request: JsonObject): void {
  const at = "/payload/verdict/core"
  const [decision, tier] = [textAt(core, "decision"), textAt(core, "tier")]
  const obligations = obligationsOf(core)
  const floors = [textAt(objectAt(request, "floor"), "tier"), classFloor(request)]
  if (floors.some((floor) => tierOf(tier) < tierOf(floor)))
    throw new Fault("the tier is below the floor of its contract", { seq, at: `${at}/tier`, recorded: tier })
  if ((decision === "hold") !== (obligations !== null))
    throw new Fault("a hold and only a hold asks something of people", { seq, at: `${at}/obligations` })
  if ((decision === "deny") !== (memberOf(core, "blockReason") !== null))
    throw new Fault("a denial and only a denial has a reason", { seq, at: `${at}/blockReason` })
  if (tier === "high" && decision === "allow")
    throw new Fault("tier high is never allowed without people", { seq, at: `${at}/decision` })
  if (memberOf(request, "breakGlass") !== null || memberOf(core, "breakGlassId") !== null)
    throw new Fault("a break-glass session is named, and nothing in a bundle shows one", {
      seq,
      at: `${at}/breakGlassId`,
    })
  if (tier !== "high" || obligations === null) return
  const people = objectsAt(obligations, "quorum").reduce((sum, slot) => sum + numberAt(slot, "count"), 0)
  if (
    people < 2 ||
    !covers(textAt(obligations, "assurance"), "key") ||
    !textsAt(obligations, "exclude").includes("agentOwner")
  )
    throw new Fault("tier high needs two people, their keys, and no one behind the requester", {
      seq,
      at: `${at}/obligations`,
    })
}

/** What a contract's effect class asks by itself. */
function classFloor(request: JsonObject): string {
  const effect = textAt(request, "effect")
  if (effect === "unsafe") return request["irreversible"] === true ? "high" : "medium"
  return effect === "probeable" ? "medium" : "low"
}
