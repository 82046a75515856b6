// The plan again: from what was asked, through draft and compiler, to bytes and ids.
// Owns: `intent.received`, `plan.compiled` and `plan.rejected`. Does not own: the compiler (planner).
// Keeps INV-08: the draft is drawn again where the plan function's code is here, and taken as recorded where it is not.

import {
  canonical,
  canonicalBytes,
  parseInput,
  type Contract,
  type ContractPin,
  type Json,
  type Payloads,
  type PlanDraft,
  type PlanRejection,
  type Result,
} from "@counterfoil/contracts"
import { inputDigestOf } from "@counterfoil/contracts/digest"
import {
  compilePlan,
  interpretIntent,
  parseDraft,
  singleStepDraft,
  type CompiledPlan,
} from "@counterfoil/planner"
import { derived, given, undue, unknown, type Derived, type Question } from "./derivation.ts"

type Asked = Payloads["controlPlane.intent.received@1"]

/** The intent's own part: the contract that it names is the one documented. Everything else in it is a fact. */
export function deriveIntent(asked: Asked, sources: Question["sources"]): Derived {
  const ref = "contract" in asked.as ? asked.as.contract : undefined
  if (ref !== asked.contract?.ref) return undue("the pin is not that of the contract asked for")
  if (asked.contract === undefined || sources.contracts.has(asked.contract)) return given
  return unknown("contract", nameOf(asked.contract))
}

/** What the compiler makes of the intent. */
export function derivePlan({
  execution,
  entry,
  fact,
  sources,
}: Question<"controlPlane.plan.compiled@1">): Derived {
  const recorded = fact.payload
  const missing = recorded.contracts.find((pin) => !sources.contracts.has(pin))
  if (missing !== undefined) return unknown("contract", nameOf(missing))
  const drawn = draw(execution.intent, sources, recorded.draft)
  if (drawn === null) return unknown("contract", execution.intent.contract?.ref ?? "the intent's contract")
  const compiled = compile(drawn, execution.createdAt, recorded.capabilities, sources)
  if (!compiled.ok)
    return undue(
      `the draft does not compile: ${compiled.error[0]?.code ?? "no draft"} at ${compiled.error[0]?.at ?? ""}`,
    )
  const { plan, planId, planDigest, draft, draftDigest, contracts, capabilities } = compiled.value
  return derived({
    kind: fact.kind,
    payload: {
      planId,
      planDigest,
      draftDigest,
      draft,
      plan,
      origin: plan.origin,
      author: entry.head.principal.id,
      compilerVersion: plan.compiler,
      contracts,
      stepCount: plan.steps.length,
      capabilities,
      onFailure: drawn.onFailure,
    },
  })
}

/** Why nothing was compiled. Which capabilities were held is not recorded, so a rejection for lack of one cannot be derived. */
export function deriveRejection({
  execution,
  fact,
  sources,
}: Question<"controlPlane.plan.rejected@1">): Derived {
  const { rejections } = fact.payload
  if (rejections.some(({ code }) => code === "CAPABILITY_MISSING"))
    return unknown("grants", "capabilities held when the plan was compiled")
  const drawn = draw(execution.intent, sources, null)
  if (drawn === null) return unknown("code", execution.intent.contract?.ref ?? "the interpreter")
  const held = sources.contracts.registry.contracts.map(({ capability }) => capability)
  const compiled = compile(drawn, execution.createdAt, held, sources)
  if (compiled.ok) return undue("the draft compiles")
  const { as } = execution.intent
  const draft = "draft" in as ? as.draft : drawn.draft.ok ? drawn.draft.value : undefined
  if (fact.payload.draft !== undefined && canonical(fact.payload.draft) !== canonical(draft ?? null))
    return undue("the draft is not the one that was asked for or drawn")
  // Hints name what the caller may see, which depends on its grants: codes and places are what was decided.
  const same = sameReasons(rejections, compiled.error)
  return same ? given : derived({ kind: fact.kind, payload: { ...fact.payload, rejections: compiled.error } })
}

/** The contract asked for when its plan function is not here, so that the recorded draft has to be believed; null otherwise. */
export function draftTaken(
  execution: Question["execution"],
  { contracts }: Question["sources"],
): string | null {
  const { as } = execution.intent
  // What a caller drafted is its own, and an interpreter's answer is a fact.
  if (!("contract" in as) || !contracts.lacks(as.contract).includes("plan")) return null
  const contract = contracts.registry.find(as.contract)
  return contract === undefined ? as.contract : nameOf(contract)
}

/** A contract and its version, as people name them. */
export const nameOf = ({ ref, version }: Pick<ContractPin, "ref" | "version">): string => `${ref} ${version}`

interface Drawn {
  readonly draft: Result<PlanDraft, readonly PlanRejection[]>
  readonly origin: "contract" | "draft" | "model"
  readonly intent: Parameters<typeof compilePlan>[0]["intent"]
  readonly onFailure: "stop" | "undo"
}

function draw(
  intent: Question["execution"]["intent"],
  sources: Question["sources"],
  recorded: PlanDraft | null,
): Drawn | null {
  const { as } = intent
  if ("draft" in as) return { draft: parseDraft(as.draft), origin: "draft", intent: null, onFailure: "stop" }
  if ("text" in as)
    return recorded === null
      ? null
      : { draft: { ok: true, value: recorded }, origin: "model", intent: null, onFailure: "stop" }
  const contract = sources.contracts.registry.find(as.contract)
  if (contract === undefined || contract.kind === "event") return null
  const input = parsedInput(contract, as.input)
  if (input === null) return null
  const asked = { contract: contract.pin, input, inputDigest: inputDigestOf(canonicalBytes(input)) }
  if (contract.kind !== "intent")
    return {
      draft: { ok: true, value: singleStepDraft(contract, input) },
      origin: "contract",
      intent: asked,
      onFailure: "stop",
    }
  const lacking = sources.contracts.lacks(contract.ref).includes("plan")
  if (lacking && recorded === null) return null
  const draft =
    lacking && recorded !== null
      ? { ok: true as const, value: recorded }
      : interpretIntent({ contract, input })
  return { draft, origin: "contract", intent: asked, onFailure: contract.onFailure }
}

function compile(
  { draft, origin, intent }: Drawn,
  asOf: Question["now"],
  held: Payloads["controlPlane.plan.compiled@1"]["capabilities"],
  { contracts }: Question["sources"],
): Result<CompiledPlan, readonly PlanRejection[]> {
  return draft.ok
    ? compilePlan({ draft: draft.value, origin, intent, contracts: contracts.registry, held, asOf })
    : draft
}

function parsedInput(contract: Exclude<Contract, { kind: "event" }>, input: Json): Json | null {
  const parsed = parseInput(contract, input)
  return parsed.ok ? parsed.value : null
}

const sameReasons = (a: readonly PlanRejection[], b: readonly PlanRejection[]): boolean =>
  a.length === b.length && a.every(({ code, at }, index) => b[index]?.code === code && b[index].at === at)
