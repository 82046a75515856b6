// The decision: from the facts of a request to a verdict, step by step: who asks, grants, rules, mode, obligations.
// Owns: their order, and that every way out of it but one is a denial. Does not own: the engine's answer (authorize.ts).
// Keeps INV-02 (a verdict names exactly its input and rules), INV-04 (an unclear case is denied) and INV-05 (high is never allowed).

import {
  classFloor,
  higherTier,
  PolicyRequest,
  type BlockReason,
  type Digest,
  type Grant,
  type ModeMap,
  type RuleId,
  type Tier,
  type Verdict,
} from "@counterfoil/contracts"
import { digestOf } from "@counterfoil/contracts/digest"
import type { Rule } from "../rules/rule.ts"
import { authorize } from "./authorize.ts"
import { chainIsKnown, contextsOf } from "./cedar-call.ts"
import { decisionStepsMax, stepsOfDecision } from "./decision-steps.ts"
import { grantFor } from "./grants.ts"
import { modeFor } from "./mode.ts"
import { breakGlassObligations, obligationsFor } from "./obligations.ts"
import type { Slice } from "./slice.ts"
import type { SliceCache } from "./slice-cache.ts"
import { policyRequestDigestOf, verdictOf, type VerdictFinding, type SetFacts } from "./verdict.ts"

/** What decisions are made with: one activated set, its slices and the engine behind them. */
export interface Deciding {
  readonly slices: ReadonlyMap<string, Slice>
  readonly modeMap: ModeMap
  readonly set: SetFacts
  readonly cache: SliceCache
}

/** Decides one request. Total: it never throws, and what it cannot read it denies as `invalidRequest`. */
export function decide(deciding: Deciding, request: PolicyRequest): Verdict {
  try {
    const requestDigest = policyRequestDigestOf(request)
    const slice = deciding.slices.get(request.contract.ref)
    const grants = request.chain.map((member) => grantFor(member, request))
    const held = grants.filter((grant) => grant !== null)
    const finding = find(deciding, request, slice, grants)
    return verdictOf({
      request,
      requestDigest,
      finding,
      set: deciding.set,
      sliceDigest: slice?.digest ?? noSlice,
      grants: held.map(({ grantId }) => grantId),
    })
  } catch {
    // The request is not JSON, or not even of its type: nothing of it can be trusted, and nothing is allowed.
    return unreadable(deciding, request)
  }
}

function find(
  deciding: Deciding,
  request: PolicyRequest,
  slice: Slice | undefined,
  grants: readonly (Grant | null)[],
): VerdictFinding {
  const floor = higherTier(request.floor.tier, classFloor(request.effect, request.irreversible))
  if (!chainIsKnown(request)) return deny("invalidRequest", floor)
  const held = grants.filter((grant) => grant !== null)
  if (held.length < request.chain.length) return deny("grantMissing", floor)
  if (slice === undefined) return deny("invalidRequest", floor)
  if (stepsOfDecision(slice.size, request) > decisionStepsMax) return deny("invalidRequest", floor)
  const contexts = contextsOf(request, slice.action, held)
  if (contexts === null) return deny("invalidRequest", floor)
  const determining = new Set<RuleId>()
  for (const [index, member] of request.chain.entries()) {
    const context = contexts[index]
    if (context === undefined) return deny("invalidRequest", floor)
    const answer = authorize(deciding.cache, slice, { request, index, member, context })
    switch (answer.kind) {
      case "allow":
        for (const id of answer.reasons) determining.add(id)
        break
      case "forbidden":
        return { ...deny("forbidden", floor), forbids: answer.reasons }
      case "policyError":
        return { ...deny("policyError", floor), errors: answer.errors }
      case "noMatch":
      case "invalidRequest":
      case "engineError":
        return deny(answer.kind, floor)
    }
  }
  return settled(
    deciding.modeMap,
    request,
    floor,
    slice.rules.filter(({ id }) => determining.has(id)),
  )
}

/** Allowed by every rule and for every member: what is left is whether people have to look. */
function settled(
  map: ModeMap,
  request: PolicyRequest,
  floor: Tier,
  permits: readonly Rule[],
): VerdictFinding {
  const tier = permits.reduce<Tier>((highest, permit) => higherTier(highest, permit.tier), floor)
  const mode = modeFor(map, tier, request)
  const session = openSession(request)
  if (mode === "blocked" && !session) return deny("modeBlocked", tier)
  const determining = permits.map(({ id }) => id)
  const asks = permits.some(({ ask }) => ask.quorum !== null)
  if (mode === "autonomous" && tier !== "high" && !asks)
    return { kind: "allow", tier, mode, determining, obligations: null, underBreakGlass: false }
  const obligations = obligationsFor(tier, floor, permits)
  return {
    kind: "hold",
    tier,
    determining,
    underBreakGlass: session,
    mode: mode === "blocked" ? "assist" : mode,
    obligations: session ? breakGlassObligations(obligations) : obligations,
  }
}

const openSession = ({ breakGlass, call }: PolicyRequest): boolean =>
  breakGlass !== null && breakGlass.expiresAt > call.now

const deny = (because: BlockReason, tier: Tier): Extract<VerdictFinding, { kind: "deny" }> => ({
  kind: "deny",
  because,
  tier,
  forbids: [],
  errors: [],
})

/** Takes the place of a slice or a digest that does not exist. */
const noSlice: Digest = digestOf("counterfoil.policy-slice.v1")

/** A denial that repeats of the request only what has the right form. */
function unreadable(deciding: Deciding, request: unknown): Verdict {
  const { contract, inputDigest } = PolicyRequest.shape
  const given = contract.safeParse(field(request, "contract"))
  const input = inputDigest.safeParse(field(request, "inputDigest"))
  return {
    core: {
      decision: "deny",
      tier: "high",
      mode: "blocked",
      blockReason: "invalidRequest",
      determining: [],
      forbids: [],
      floor: { tier: "high", because: [] },
      obligations: null,
      sliceDigest: noSlice,
      chain: [],
      breakGlassId: null,
      contractDigest: given.data?.digest ?? noSlice,
      inputDigest: input.data ?? noSlice,
    },
    circumstances: { ...deciding.set, requestDigest: noSlice, errors: [], grants: [] },
  }
}

function field(value: unknown, name: string): unknown {
  try {
    return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined
  } catch {
    // A getter of the value threw; the value behind it is not read.
    return undefined
  }
}
