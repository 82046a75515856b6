// A small world that runs executions with the real core: virtual time, a scripted outside, a real sealed trace.
// Owns: what the tests of this folder share. Does not own: any expectation.

import {
  CapabilityName,
  ContractRef,
  Environment,
  ExecutionId,
  Fence,
  HumanId,
  IntentId,
  Plan,
  PrincipalId,
  RoleName,
  SemVer,
  StepKey,
  TenantId,
  Time,
  WorkerId,
  addMs,
  canonicalBytes,
  emptyHead,
  ok,
  sealEntries,
  type ChainMember,
  type Decision,
  type Digest,
  type Duration,
  type EffectClass,
  type Fact,
  type Json,
  type Obligations,
  type PlanStep,
  type PolicyRequest,
  type Refusal,
  type Result,
  type Tier,
  type TraceEntry,
  type Verdict,
} from "@counterfoil/contracts"
import { digestOf, hex, mintId, planIdOf } from "@counterfoil/contracts/digest"
import type { HandlerAnswer, ProbeAnswer, TallyReviews } from "@counterfoil/contracts/ports"
import { requestFacts } from "../src/facts/approval-statement.ts"
import { consume } from "../src/facts/consume.ts"
import type { ContractFacts, ContractLookup } from "../src/state/contract-facts.ts"
import { control, type ControlCommand } from "../src/facts/control.ts"
import { evolve } from "../src/state/evolve.ts"
import type { Execution, IllegalEntry } from "../src/state/execution.ts"
import { executionStatus } from "../src/state/execution-status.ts"
import { lookAhead } from "../src/due/next-work.ts"
import { outcomeFacts, probeFacts } from "../src/facts/outcome-facts.ts"
import { decidedFacts, decidedOf, policyRequestOf } from "../src/facts/policy-question.ts"
import { review, type ReviewCommand } from "../src/facts/review.ts"
import type { Dispatch, Work } from "../src/facts/work.ts"

export const start = Time.parse("2026-11-21T10:00:00.000Z")
export const environment = Environment.parse("production")
export const tenant = TenantId.parse("acme")
export const executionId = ExecutionId.parse("exe_01kaz3v8g0e8r4n2t6w0y3b5d7")
export const requester = PrincipalId.parse("agt_01kaz3v8g0e8r4n2t6w0y3b5d7")
export const worker = WorkerId.parse("wrk_01kaz3v8g0e8r4n2t6w0y3b5d7")
export const ana = HumanId.parse("hum_01kaz3v8g0e8r4n2t6w0y3b5aa")
export const ben = HumanId.parse("hum_01kaz3v8g0e8r4n2t6w0y3b5bb")
export const finance = RoleName.parse("finance")
const capability = CapabilityName.parse("control-plane.core")
const version = SemVer.parse("1.0.0")
const nothing = digestOf("counterfoil.test.v1", "nothing")

const chain: readonly ChainMember[] = [
  { id: requester, kind: "agent", tenant, enabled: true, owner: null, roles: [], grants: [] },
]

/** A contract named by its effect class: `t.keyed@1`. Its input and output are any JSON but the text "unfit". */
export function factsOf(effect: EffectClass, given: Partial<ContractFacts> = {}): ContractFacts {
  const ref = ContractRef.parse(`test.${effect}@1`)
  const parse = (value: Json): ReturnType<ContractFacts["parseInput"]> =>
    value === "unfit"
      ? { ok: false, error: [{ at: "", code: "value", message: "This value is not allowed here." }] }
      : ok(value)
  return {
    pin: { ref, version, digest: digestOf("counterfoil.contract.v2", ref) },
    formerDigest: digestOf("counterfoil.contract.v1", ref),
    effect,
    irreversible: false,
    floor: null,
    deadlineMs: 30_000,
    attemptsMax: 3,
    windowMs: effect === "keyed" ? 3_600_000 : null,
    settleMs: effect === "probeable" ? 10_000 : null,
    resource: null,
    announces: null,
    preview: [{ label: "All", at: "" }],
    observes: null,
    policyInput: () => ({}),
    parseInput: parse,
    parseOutput: parse,
    ...given,
  }
}

export const effects: readonly EffectClass[] = ["pure", "read", "natural", "keyed", "probeable", "unsafe"]
/** Every contract of this world. */
export const contracts: ContractLookup = (ref) => known.get(ref) ?? null
const known = new Map(effects.map((effect) => factsOf(effect)).map((facts) => [facts.pin.ref, facts]))

export type StepSketch = Partial<Omit<PlanStep, "key" | "effect" | "undo" | "needs" | "after">> & {
  readonly key: string
  readonly effect?: EffectClass
  readonly needs?: readonly string[]
  readonly after?: readonly string[]
  readonly undo?: EffectClass
}

const keys = (names: readonly string[] = []): readonly StepKey[] =>
  names.map((name) => StepKey.parse(name)).sort()

function planStep({ key, effect = "keyed", needs, after, undo, ...rest }: StepSketch): PlanStep {
  const { pin } = factsOf(effect)
  return {
    key: StepKey.parse(key),
    contract: pin.ref,
    version,
    contractDigest: pin.digest,
    effect,
    capability,
    floor: "low",
    skillDigest: null,
    irreversible: false,
    taint: [],
    resource: null,
    input: { of: key },
    needs: keys(needs),
    after: keys(after),
    when: null,
    each: null,
    undo:
      undo === undefined
        ? null
        : {
            contract: factsOf(undo).pin.ref,
            version,
            contractDigest: factsOf(undo).pin.digest,
            effect: undo,
            capability,
            floor: "low",
            input: { undo: { $from: key, at: "" } },
          },
    attempt: { deadline: "PT30S" as Duration, max: 3 },
    ...rest,
  }
}

/** A plan with these steps, in this order. */
export function planOf(sketches: readonly StepSketch[], given: Partial<Plan> = {}): Plan {
  return Plan.parse({
    format: "counterfoil.plan/1",
    compiler: 1,
    origin: "draft",
    intent: null,
    bounds: { deadline: "P30D", instances: 2_000, parallel: 16 },
    capabilities: [capability],
    output: null,
    steps: sketches.map(planStep),
    ...given,
  })
}

/** What the world around the core does. Every part has a peaceful default. */
export interface Script {
  readonly onFailure?: "stop" | "undo"
  readonly start?: "auto" | "manual"
  decide?(request: PolicyRequest, key: string): Decision
  /** `crash`: the process dies before it records an outcome. */
  answer?(dispatch: Dispatch): HandlerAnswer | "crash"
  probe?(stepId: string): ProbeAnswer
  readonly obligations?: Partial<Obligations>
  readonly tier?: Tier
  /** Who owns the agent that asks when its steps are decided. */
  readonly owner?: HumanId
}

/** Counts each person's latest approval, one person a slot, without regard to roles. */
export const tallyAll: TallyReviews = (obligations, reviews) => {
  const latest = new Map(reviews.map((one) => [one.human, one.decision]))
  const humans = [...latest].filter(([, decision]) => decision === "approve").map(([human]) => human)
  const slots = obligations.quorum.flatMap(({ role, count }) => Array.from({ length: count }, () => role))
  const met = slots.slice(0, humans.length).flatMap((role, index) => {
    const human = humans[index]
    return human === undefined ? [] : [{ role, human }]
  })
  const missing = obligations.quorum.flatMap(({ role, count }) => {
    const open = count - met.filter((slot) => slot.role === role).length
    return open > 0 ? [{ role, count: open }] : []
  })
  return { needed: obligations.quorum, met, missing }
}

/** A running world. `step` does one thing; `run` goes on until only people have something to do. */
export class World {
  execution: Execution | null = null
  readonly entries: TraceEntry[] = []
  readonly calls: Dispatch[] = []
  /** The calls that were sent. */
  readonly sent: Dispatch[] = []
  /** What was offered, one word each, for tests of order. */
  readonly offered: string[] = []
  now = start
  readonly #script: Script
  #minted = 0

  constructor(plan: Plan, script: Script = {}) {
    this.#script = script
    this.write(
      {
        kind: "controlPlane.intent.received@1",
        payload: {
          intentId: IntentId.parse("int_01kaz3v8g0e8r4n2t6w0y3b5d7"),
          as: { draft: {} },
          keyDigest: nothing,
          channel: "http",
          assurance: "session",
          requesterChain: [],
          labels: [],
          start: script.start ?? "auto",
          minimumMode: "autonomous",
          registryDigest: nothing,
          runtime: { version, engineDigest: nothing },
        },
      },
      {
        kind: "controlPlane.plan.compiled@1",
        payload: {
          planId: planIdOf(planDigestOf(plan)),
          planDigest: planDigestOf(plan),
          draftDigest: nothing,
          draft: { format: "counterfoil.draft/1", steps: [] },
          plan,
          origin: "draft",
          author: requester,
          compilerVersion: 1,
          contracts: [],
          stepCount: plan.steps.length,
          capabilities: [capability],
          onFailure: script.onFailure ?? "stop",
        },
      },
    )
  }

  get state(): Execution {
    if (this.execution === null) throw new Error("the world has not begun")
    return this.execution
  }

  status(): string {
    return executionStatus(this.state)
  }

  stepOf(key: string, index: number | null = null, role: "do" | "undo" = "do"): Execution["steps"][number] {
    const step = this.state.steps.find((one) => one.key === key && one.index === index && one.role === role)
    if (step === undefined) throw new Error(`no step ${key}`)
    return step
  }

  /** Seals and evolves; throws where the core refuses. */
  write(...facts: readonly Fact[]): void {
    for (const fact of facts) {
      const refused = this.tryWrite(fact)
      if (refused !== null) throw new Error(`refused: ${JSON.stringify(refused)}`)
    }
  }

  /** Writes one fact, or says why it does not fit. */
  tryWrite(fact: Fact): IllegalEntry | null {
    const [entry] = sealEntries(
      {
        environment,
        tenant,
        executionId,
        after: this.execution?.head ?? emptyHead(environment, tenant, executionId),
        fence: Fence.parse(1),
        time: this.now,
        kindDigest: () => nothing,
      },
      [
        {
          ...fact,
          by: {
            principal: { id: requester, kind: "agent" },
            onBehalfOf: null,
            session: null,
            capabilitySource: null,
            breakGlassId: null,
            traceparent: null,
          },
        },
      ],
    )
    if (entry === undefined) throw new Error("nothing was sealed")
    const next = evolve(this.execution, { fact, head: entry.head, hash: entry.hash })
    if (!next.ok) return next.error
    this.execution = next.value
    this.entries.push(entry)
    return null
  }

  /** Does all that is due, and lets time pass while only time is missing, until people are needed or it is over. */
  run(until?: (world: World) => boolean): this {
    for (let round = 0; round < 20_000; round += 1) {
      if (until?.(this) === true) return this
      const { work, wakeAt } = lookAhead(this.state, this.now, contracts)
      const [first] = work
      if (first !== undefined) this.perform(first)
      else if (wakeAt === null || this.state.approvals.some(({ state }) => state.status === "open"))
        return this
      else this.now = wakeAt
    }
    throw new Error("the world does not come to rest")
  }

  perform(work: Work): void {
    this.offered.push(work.kind)
    switch (work.kind) {
      case "append":
        return this.write(...work.facts)
      case "compile":
        throw new Error("there is a plan already")
      case "decide":
        return this.write(...decidedFacts(work.question, this.#decided(work.question)))
      case "request":
        return this.write(
          ...requestFacts(this.state, work, factsOfRef(work.question.contract.ref), {
            approvalId: this.mint("apr"),
            nonce: hex(new Uint8Array(32).fill(this.#minted)),
            now: this.now,
            chain,
            sameTeam: [],
            reasons: [],
          }),
        )
      case "dispatch":
        return this.dispatch(work)
      case "probe": {
        const step = this.state.steps.find(({ stepId }) => stepId === work.attempt.stepId)
        if (step === undefined) throw new Error("no such step")
        const answer = this.#script.probe?.(work.attempt.stepId) ?? { kind: "notFound" }
        const facts = probeFacts({
          execution: this.state,
          step,
          contract: work.attempt.contract,
          answer,
          now: this.now,
          unit: 0.5,
        })
        if (facts.kind === "append") this.write(...facts.facts)
      }
    }
  }

  dispatch(work: Dispatch): void {
    const decided = work.decideAgain ? this.#decided(work.question) : null
    const consumption = consume(this.state, work, {
      now: this.now,
      worker,
      decided,
      gone: [],
      tally: tallyAll,
    })
    this.write(...consumption.facts)
    if (consumption.kind !== "start") return
    const answer = this.#script.answer?.(work) ?? { kind: "succeeded", output: { done: work.question.key } }
    this.calls.push(work)
    if (answer === "crash" || answer.kind !== "notSent") this.sent.push(work)
    if (answer === "crash") return
    const step = this.state.steps.find(({ stepId }) => stepId === work.question.stepId)
    if (step === undefined) throw new Error("no such step")
    const outcome = outcomeFacts({
      execution: this.state,
      step,
      contract: work.contract,
      answer,
      now: this.now,
      unit: 0.5,
    })
    if (outcome.kind === "append") this.write(...outcome.facts)
  }

  /** One person's answer to the newest request; `then` changes it. */
  review(
    human: HumanId,
    decision: ReviewCommand["decision"],
    then: Partial<ReviewCommand> = {},
  ): ReturnType<typeof review> {
    const approval = this.state.approvals.at(-1)
    if (approval === undefined) throw new Error("no approval request is open")
    const answer = review(
      this.state,
      {
        approvalId: approval.approvalId,
        stepId: approval.stepId,
        approvalDigest: approval.approvalDigest,
        planDigest: approval.statement.planDigest,
        reviewId: this.mint("rev"),
        decision,
        human,
        roles: [finance],
        assurance: "session",
        method: "session",
        channel: "console",
        token: null,
        reason: null,
        reasonCode: null,
        note: null,
        signature: null,
        ...then,
      },
      this.now,
      tallyAll,
    )
    if (answer.ok) this.write(...answer.value.facts)
    return answer
  }

  control(command: ControlCommand): Result<readonly Fact[], Refusal> {
    const facts = control(this.state, command, contracts)
    if (facts.ok) this.write(...facts.value)
    return facts
  }

  pass(ms: number): this {
    this.now = addMs(this.now, ms)
    return this
  }

  mint<P extends "apr" | "rev">(prefix: P): ReturnType<typeof mintId<P>> {
    this.#minted += 1
    return mintId(prefix, this.#minted, new Uint8Array(10))
  }

  #decided(question: Parameters<typeof policyRequestOf>[1]): ReturnType<typeof decidedOf> {
    const owned = chain.map((member) => ({ ...member, owner: this.#script.owner ?? null }))
    const request = policyRequestOf(this.state, question, { chain: owned, now: this.now, breakGlass: null })
    return decidedOf(
      request,
      verdictOf(request, this.#script.decide?.(request, question.key) ?? "allow", this.#script),
    )
  }
}

export const planDigestOf = (plan: Plan): Digest => digestOf("counterfoil.plan.v1", canonicalBytes(plan))

function factsOfRef(ref: ContractRef): ContractFacts {
  const facts = contracts(ref)
  if (facts === null) throw new Error(`no contract ${ref}`)
  return facts
}

function verdictOf(request: PolicyRequest, decision: Decision, { obligations, tier }: Script): Verdict {
  const asked: Obligations = {
    quorum: [{ role: finance, count: 1 }],
    assurance: "session",
    timeouts: ["PT4H" as Duration],
    onTimeout: "expire",
    escalateTo: [],
    grace: "PT0S" as Duration,
    bulk: true,
    exclude: [],
    ...obligations,
  }
  return {
    core: {
      decision,
      tier: tier ?? (decision === "allow" ? "low" : "medium"),
      mode: decision === "hold" ? "assist" : "autonomous",
      blockReason: decision === "deny" ? "forbidden" : null,
      determining: [],
      forbids: [],
      floor: request.floor,
      obligations: decision === "hold" ? asked : null,
      contractDigest: request.contract.digest,
      inputDigest: request.inputDigest,
      sliceDigest: nothing,
      chain: [],
      breakGlassId: null,
    },
    circumstances: {
      requestDigest: nothing,
      policySetDigest: nothing,
      schemaDigest: nothing,
      modeMapDigest: nothing,
      adapter: 1,
      engine: { name: "cedar-wasm", version: "1.0.0", digest: nothing },
      errors: [],
      grants: [],
    },
  }
}
