// Real traces without a database: planner, policy and the executor's core driven in memory by one seed.
// Owns: the shell's part (time, answers of the outside, people, commands). Does not own: any decision.
// Everything that a worker may meet happens here: time-outs, crashes, probes, late answers, voids, cancels, retries.

import {
  addMs,
  CapabilityName,
  buildPolicyRequest,
  canonical,
  canonicalBytes,
  parseWith,
  contractMediaType,
  policySourceMediaType,
  Fence,
  GrantId,
  SessionId,
  PrincipalId,
  ReviewId,
  WorkerId,
  type Attribution,
  type BundleId,
  type Contract,
  type ExecutionId,
  type HumanId,
  type Fact,
  type Json,
  type PolicyRequest,
  type StepId,
  type Time,
  type TraceEntry,
} from "@counterfoil/contracts"
import { blobDigest, hex, inputDigestOf, mintId, utf8 } from "@counterfoil/contracts/digest"
import type { BlobRow, HandlerAnswer, ProbeAnswer } from "@counterfoil/contracts/ports"
import { beginTransition, executorAttribution, type Transition } from "@counterfoil/round"
import {
  consume,
  contractFactsOf,
  contractOf,
  control,
  decidedFacts,
  decidedOf,
  executionStatus,
  isLive,
  lookAhead,
  outcomeFacts,
  policyRequestOf,
  probeFacts,
  requestFacts,
  review,
  type ControlCommand,
  type ContractLookup,
  type Dispatch,
  type Execution,
  type OutcomeAnswer,
  type PolicyQuestion,
  type SentAttempt,
  type Step,
  type Work,
} from "@counterfoil/core"
import { compilePlan, interpretIntent, parseDraft, singleStepDraft } from "@counterfoil/planner"
import { canReview, tallyReviews, type PolicySet } from "@counterfoil/policy"
import { writeBundle, type Bundle, type WrittenBundle } from "@counterfoil/replay"
import { randomAsk } from "./ask.ts"
import { diceOf, type Dice } from "./dice.ts"
import {
  anyDigest,
  chainOf,
  contracts,
  engine,
  environment,
  ids,
  policySet,
  policySource,
  registry,
  reviewKeys,
  reviewers,
  runtime,
  signedReview,
  start,
  tenant,
} from "./world.ts"

/** One recorded execution with what its bundle carries. */
export interface Recording {
  readonly entries: readonly [TraceEntry, ...TraceEntry[]]
  readonly execution: Execution
}

/** How to record: rare events are made likely for a test that needs one. */
export interface RecordOptions {
  readonly seed: number
  readonly trouble?: number
  /** Another history of an execution that exists. */
  readonly as?: ExecutionId
}

const lookup: ContractLookup = (ref) => {
  const contract = registry.callable(ref)
  return contract === undefined ? null : contractFactsOf(contract)
}
const sources = [policySource(), policySource(400_000)] as const
const sets: readonly [PolicySet, PolicySet] = [policySet(sources[0]), policySet(sources[1])]
const kindDigest = (kind: string) => registry.event(kind)?.digest ?? anyDigest

/** Every text of this world: all contracts and both policy sources. */
export const blobs: readonly BlobRow[] = [
  ...registry.contracts.map((contract) => blobOf(contractMediaType, contract.document)),
  ...sources.map((source) => blobOf(policySourceMediaType, source)),
]

/** The texts that a bundle of a trace carries: all contracts, and the sources of the sets that decided. */
export function textsOf(entries: readonly TraceEntry[]): readonly BlobRow[] {
  const unused = sources.flatMap((source, i) => {
    const digest = sets[i]?.digest ?? ""
    const decided = entries.some(
      ({ head, payload }) =>
        head.kind === "controlPlane.policy.decided@1" && canonical(payload).includes(digest),
    )
    return decided ? [] : [blobOf(policySourceMediaType, source).digest]
  })
  return blobs.filter(({ digest }) => !unused.includes(digest))
}
function blobOf(mediaType: string, value: Json): BlobRow {
  const bytes = canonicalBytes(value)
  return { digest: blobDigest(bytes), mediaType, bytes }
}

/** The bundle of a recording. */
export function bundleOf(
  { entries }: Pick<Recording, "entries">,
  payloads: "all" | "none" = "all",
  texts: readonly BlobRow[] = textsOf(entries),
): WrittenBundle {
  const written = writeBundle({
    bundleId: "bun_01kaz3v8g0e8r4n2t6w0y3b5d7" as BundleId,
    createdAt: addMs(start, 86_400_000),
    createdBy: "counterfoil 0.1.0",
    payloads,
    entries,
    blobs: texts,
    keys: reviewKeys,
    engine: { name: engine.name, version: engine.version, digest: engine.digest },
  })
  if (!written.ok) throw new Error(written.error.code)
  return written.value
}

/** The same in memory, without its file: enough for a replay, and quick. */
export const bundleInMemory = (recording: Pick<Recording, "entries">): Bundle => ({
  ...bundleOf(recording, "all", []).bundle,
  blobs: textsOf(recording.entries).toSorted((a, b) => (a.digest < b.digest ? -1 : 1)),
})

/** Records one execution, from intent to the point where no one moves it any more. */
export function recordExecution({ seed, trouble = 0.04, as }: RecordOptions): Recording {
  const dice = diceOf(seed)
  const recorder = openRecorder(dice, as ?? mintId("exe", Date.parse(start) + seed, dice.bytes(10)))
  recorder.submit()
  for (let turn = 0; turn < turnsMax && recorder.turn(trouble); turn++);
  return recorder.recording()
}

const turnsMax = 400
const sessions = {
  asker: SessionId.parse("ses_01kaz3v8g0e8r4n2t6w0y3b5d7"),
  person: SessionId.parse("ses_01kaz3v8g0e8r4n2t6w0y3b5d8"),
} as const
const grantFor = (capability: "core" | "approval") => ({
  capability: CapabilityName.parse(`control-plane.${capability}`),
  grantId: GrantId.parse("grn_01kaz3v8g0e8r4n2t6w0y3b5d7"),
  source: "grant",
})
const noReason = "not needed"

interface Call {
  readonly dispatch: Dispatch
  readonly at: Time
  readonly answer: HandlerAnswer
}

function openRecorder(dice: Dice, executionId: ExecutionId) {
  const worker = WorkerId.parse("wrk_01kaz3v8g0e8r4n2t6w0y3b5d7")
  const requester: Attribution = {
    principal: { id: ids.bot, kind: "agent" },
    onBehalfOf: PrincipalId.parse(ids.mia),
    session: sessions.asker,
    capabilitySource: grantFor("core"),
    breakGlassId: null,
    traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  }
  const callerOf = (human: HumanId, capability: "core" | "approval"): Attribution => ({
    principal: { id: PrincipalId.parse(human), kind: "human" },
    onBehalfOf: null,
    session: sessions.person,
    capabilitySource: grantFor(capability),
    breakGlassId: null,
    traceparent: null,
  })
  const granted = !dice.chance(0.03)
  const entries: TraceEntry[] = []
  let now = start
  let fence = 0
  let policies = sets[0]
  let execution: Execution | null = null
  let calls: readonly Call[] = []
  let retries = 0

  const pass = (ms: number): void => {
    now = addMs(now, ms)
  }
  const state = (): Execution => {
    if (execution === null) throw new Error("nothing was submitted")
    return execution
  }
  const write = (facts: (draft: Transition) => void): void => {
    const draft = beginTransition(
      { environment, kindDigest },
      { tenant, executionId, fence: Fence.parse(fence), time: now },
      execution,
    )
    facts(draft)
    if (draft.isEmpty()) return
    entries.push(...draft.append({ wakeAt: null }).entries)
    execution = draft.execution()
  }
  const ask = (at: Execution, question: PolicyQuestion) => {
    const request = policyRequestOf(at, question, {
      chain: chainOf(question.capability, granted),
      now,
      breakGlass: null,
    })
    return decidedOf(request, policies.decide(request))
  }

  /** All pure work that is due, as the shell's `settle` does it. */
  const settle = (draft: Transition, by: Attribution, dispatches = true): void => {
    const busy = new Set<string>(calls.map(({ dispatch }) => dispatch.question.stepId))
    for (let wrote = true; wrote;) {
      wrote = false
      for (const work of lookAhead(draft.execution(), now, lookup).work) {
        wrote = perform(draft, by, work, busy, dispatches)
        if (wrote) break
      }
    }
  }
  const perform = (
    draft: Transition,
    by: Attribution,
    work: Work,
    busy: Set<string>,
    dispatches: boolean,
  ): boolean => {
    switch (work.kind) {
      case "append":
        draft.add(by, ...work.facts)
        return true
      case "decide":
        draft.add(by, ...decidedFacts(work.question, ask(draft.execution(), work.question)))
        return true
      case "request": {
        const contract = lookup(work.question.contract.ref)
        const verdict =
          draft.execution().steps.find(({ stepId }) => stepId === work.question.stepId)?.verdict ?? null
        if (contract === null || verdict === null) throw new Error("a request without its contract")
        draft.add(
          by,
          ...requestFacts(draft.execution(), work, contract, {
            approvalId: mintId("apr", Date.parse(now), dice.bytes(10)),
            nonce: hex(dice.bytes(32)),
            now,
            chain: chainOf(work.question.capability, granted),
            sameTeam: [],
            reasons: policies.reasonsOf(verdict.core.determining),
          }),
        )
        return true
      }
      case "dispatch": {
        if (!dispatches || busy.has(work.question.stepId)) return false
        const bound = draft.execution().steps.find(({ stepId }) => stepId === work.question.stepId)?.verdict
        const again = work.decideAgain || bound?.policySetDigest !== policies.digest
        const { kind, facts } = consume(draft.execution(), work, {
          now,
          worker,
          decided: again ? ask(draft.execution(), work.question) : null,
          gone: gone(draft.execution(), work),
          tally: tallyReviews,
        })
        draft.add(by, ...facts)
        if (kind === "start") {
          busy.add(work.question.stepId)
          calls = [...calls, callOfOutside(work)]
        }
        return true
      }
      case "probe":
        return probe(draft, by, work.attempt)
      case "compile":
        return false
    }
  }
  const gone = (at: Execution, { approvalId }: Dispatch) => {
    const approval = at.approvals.find((one) => one.approvalId === approvalId)
    if (approval === undefined || !dice.chance(0.03)) return []
    return approval.quorum.met
      .slice(0, 1)
      .map(({ human }) => ({ human, reviewId: mintId("rev", Date.parse(now), dice.bytes(10)) }))
  }
  const answered = (
    draft: Transition,
    by: Attribution,
    stepId: StepId,
    facts: (known: {
      readonly execution: Execution
      readonly step: Step
      readonly contract: Dispatch["contract"]
      readonly now: Time
      readonly unit: number
    }) => OutcomeAnswer,
  ): boolean => {
    const step = draft.execution().steps.find((one) => one.stepId === stepId)
    const contract = step === undefined ? null : contractOf(step, lookup)
    if (step === undefined || contract === null || !contract.ok) return false
    const outcome = facts({
      execution: draft.execution(),
      step,
      contract: contract.value,
      now,
      unit: dice.unit(),
    })
    if (outcome.kind === "append") draft.add(by, ...outcome.facts)
    return outcome.kind === "append"
  }
  const probe = (draft: Transition, by: Attribution, attempt: SentAttempt): boolean => {
    const answer: ProbeAnswer = dice.chance(0.5)
      ? { kind: "found", output: outputFor(attempt.contract.pin.ref, dice) }
      : dice.chance(0.6)
        ? { kind: "notFound" }
        : { kind: "cannotTell", reason: "no search" }
    return answered(draft, by, attempt.stepId, (known) => probeFacts({ ...known, answer }))
  }
  const callOfOutside = (dispatch: Dispatch): Call => ({
    dispatch,
    at: addMs(now, dice.below(dispatch.contract.deadlineMs + 2_000)),
    answer: answerFor(dispatch, dice),
  })

  const submit = (): void => {
    const asked = randomAsk(dice)
    const by = requester
    const registered = "contract" in asked ? registry.find(asked.contract) : undefined
    const manual = dice.chance(0.1)
    const received: Extract<Fact, { kind: "controlPlane.intent.received@1" }> = {
      kind: "controlPlane.intent.received@1",
      payload: {
        intentId: mintId("int", Date.parse(now), dice.bytes(10)),
        as: asked,
        ...(registered === undefined ? {} : { contract: registered.pin }),
        keyDigest: anyDigest,
        channel: "http",
        assurance: "session",
        requesterChain: chainOf(
          registry.callable("payments.refund@1")?.capability ?? contracts.refund.capability,
        ),
        labels: [],
        start: manual ? "manual" : "auto",
        minimumMode: dice.chance(0.1) ? "assist" : "autonomous",
        registryDigest: registry.digest,
        runtime: {
          version: runtime.version as typeof contracts.refund.version,
          engineDigest: runtime.engineDigest,
        },
      },
    }
    const drawn = draw(asked, registered)
    const compiled = drawn.draft.ok
      ? compilePlan({
          draft: drawn.draft.value,
          origin: "draft" in asked ? "draft" : "contract",
          intent: drawn.intent,
          contracts: registry,
          held: registry.contracts.map(({ capability }) => capability),
          asOf: now,
        })
      : drawn.draft
    write((draft) => {
      draft.add(by, received)
      if (!compiled.ok)
        return draft.add(by, {
          kind: "controlPlane.plan.rejected@1",
          payload: { rejections: compiled.error },
        })
      const {
        plan,
        planId,
        planDigest,
        draft: parsed,
        draftDigest,
        contracts: pins,
        capabilities,
      } = compiled.value
      draft.add(by, {
        kind: "controlPlane.plan.compiled@1",
        payload: {
          planId,
          planDigest,
          draftDigest,
          draft: parsed,
          plan,
          origin: plan.origin,
          author: by.principal.id,
          compilerVersion: plan.compiler,
          contracts: pins,
          stepCount: plan.steps.length,
          capabilities,
          onFailure: drawn.onFailure,
        },
      })
      if (dice.chance(0.5)) preview(draft, by)
      settle(draft, by, false)
    })
    fence = 1
  }
  // What the gate previews at submit: steps whose policy fields hold no reference.
  const preview = (draft: Transition, by: Attribution): void => {
    for (const step of draft.execution().steps) {
      const contract = registry.callable(step.planStep.contract)
      const text = JSON.stringify(step.planStep.input)
      if (
        contract === undefined ||
        step.planStep.each !== null ||
        text.includes("$from") ||
        text.includes("$text")
      )
        continue
      const { intent, plan } = draft.execution()
      const { input, taint } = step.planStep
      const inputDigest = inputDigestOf(canonicalBytes(input))
      const request: PolicyRequest = buildPolicyRequest({
        environment,
        tenant,
        contract,
        input,
        inputDigest,
        taint,
        chain: chainOf(contract.capability, granted),
        object: null,
        minimumMode: draft.execution().minimumMode,
        breakGlass: null,
        call: {
          channel: intent.channel,
          assurance: intent.assurance,
          origin: plan?.origin ?? "draft",
          labels: [],
          planSteps: plan?.plan.steps.length ?? 0,
          now,
        },
      })
      const { stepId, key, generation, role } = step
      draft.add(by, {
        kind: "controlPlane.policy.decided@1",
        payload: {
          stepId,
          key,
          generation,
          role,
          phase: "preview",
          ...decidedOf(request, policies.decide(request)),
        },
      })
    }
  }

  const decidePeople = (): boolean => {
    const at = state()
    const open = at.approvals.filter(isLive)
    const [approval] = open.length === 0 ? [] : [open[dice.below(open.length)]]
    if (approval === undefined) return false
    const reviewer = dice.one(reviewers)
    const assurance = approval.obligations.assurance === "key" || dice.chance(0.2) ? "key" : "session"
    const decision = dice.chance(0.8) ? "approve" : dice.chance(0.6) ? "reject" : "withdraw"
    const earlier = approval.reviews
      .filter(({ human }) => human === reviewer.human)
      .map((one) => one.decision)
    const approvalCapability =
      registry.callable("controlPlane.execution.approve@1")?.capability ?? contracts.refund.capability
    const right = canReview(
      {
        tenant,
        executionId: state().executionId,
        obligations: approval.obligations,
        chain: chainOf(approvalCapability),
        authors: [ids.bot],
        breakGlassHolder: null,
      },
      {
        id: PrincipalId.parse(reviewer.human),
        kind: "human",
        tenant,
        enabled: true,
        roles: reviewer.roles,
        assurance,
        earlier,
        grants: [
          {
            ...grantTemplate(),
            principal: PrincipalId.parse(reviewer.human),
            capability: approvalCapability,
          },
        ],
      },
      decision,
      now,
    )
    if (!right.allowed) return true
    const {
      approvalId,
      stepId,
      approvalDigest,
      previewDigest,
      statement: { planDigest },
    } = approval
    const signature =
      assurance !== "key"
        ? null
        : signedReview(reviewer.human, {
            decision,
            origin: `counterfoil://${environment}/${tenant}`,
            at: now,
            reasonDigest: decision === "reject" ? blobDigest(utf8(noReason)) : null,
            items: [{ approvalDigest, planDigest, previewDigest }],
          })
    const done = review(
      at,
      {
        approvalId,
        stepId,
        approvalDigest,
        planDigest,
        reviewId: ReviewId.parse(mintId("rev", Date.parse(now), dice.bytes(10))),
        decision,
        human: reviewer.human,
        roles: right.roles,
        assurance,
        method: assurance === "key" ? "ed25519" : "session",
        channel: "console",
        token: { from: "start" },
        reason: decision === "reject" ? noReason : null,
        reasonCode: null,
        note: null,
        signature,
      },
      now,
      tallyReviews,
    )
    if (done.ok) write((draft) => draft.add(callerOf(reviewer.human, "approval"), ...done.value.facts))
    return true
  }
  const command = (given: ControlCommand, by: HumanId = ids.kim): boolean => {
    const facts = control(state(), given, lookup)
    if (!facts.ok || facts.value.length === 0) return false
    write((draft) => draft.add(callerOf(by, given.kind === "resolve" ? "approval" : "core"), ...facts.value))
    return true
  }
  const commandAtRandom = (): void => {
    const doubtful = state().steps.find((step) => step.state.status === "inDoubt")
    const status = executionStatus(state())
    if (status === "planned" && state().intent.start === "manual")
      command({ kind: "start", planDigest: state().plan?.planDigest ?? anyDigest })
    else if (doubtful?.state.status === "inDoubt") resolve(doubtful, doubtful.state.attempt)
    else if (status === "paused") command({ kind: "resume", reason: "go on" })
    else if (dice.chance(0.3))
      command({ kind: "cancel", reason: "no longer wanted", undo: dice.one(["none", "completed"]) })
    else if (dice.chance(0.5))
      command({
        kind: "pause",
        because: "operator",
        reason: "have a look",
        until: dice.chance(0.5) ? addMs(now, 60_000) : null,
      })
    else policies = dice.one(sets)
  }
  const resolve = (step: Step, attempt: number): void => {
    const { stepId, generation, planStep } = step
    const ref = step.role === "undo" ? (planStep.undo?.contract ?? planStep.contract) : planStep.contract
    const outcome = dice.chance(0.5)
      ? { kind: "happened" as const, output: outputFor(ref, dice) }
      : { kind: "didNotHappen" as const, next: dice.one<"runAgain" | "fail">(["runAgain", "fail"]) }
    // At tier high no one behind the agent may, as `kim` is.
    const by = step.verdict?.core.tier === "high" ? ids.ana : ids.kim
    command(
      {
        kind: "resolve",
        stepId,
        generation,
        attempt,
        outcome,
        by: PrincipalId.parse(by),
        evidence: [{ kind: "statement", ref: "ledger" }],
        reason: "found out with the provider's ledger",
      },
      by,
    )
  }

  /** One turn of the world; false when no one moves the execution any more. */
  const turn = (trouble: number): boolean => {
    pass(dice.below(400))
    const at = state()
    const status = executionStatus(at)
    if (status === "completed" || status === "rejected" || status === "cancelled") return false
    if (status === "failed") {
      const failed = at.steps.find(
        (step) => step.role === "do" && (step.state.status === "failed" || step.state.status === "blocked"),
      )
      retries += 1
      return (
        retries < 3 &&
        dice.chance(0.5) &&
        failed !== undefined &&
        command({ kind: "retry", stepId: failed.stepId, reason: "once more" })
      )
    }
    if (dice.chance(trouble)) commandAtRandom()
    if (dice.chance(trouble / 2)) calls = calls.slice(1) // the worker died, and the answer is lost
    if (dice.chance(trouble)) fence += 1
    write((draft) => settle(draft, executorAttribution(draft.execution())))
    const [call] = calls.toSorted((a, b) => (a.at < b.at ? -1 : 1))
    const { wakeAt } = lookAhead(state(), now, lookup)
    if (call !== undefined && !(wakeAt !== null && wakeAt > now && wakeAt < call.at)) {
      if (call.at > now) now = call.at
      calls = calls.filter((one) => one !== call)
      write((draft) => {
        answered(draft, executorAttribution(draft.execution()), call.dispatch.question.stepId, (known) =>
          outcomeFacts({ ...known, answer: call.answer }),
        )
      })
      return true
    }
    if (dice.chance(0.85) && decidePeople()) return true
    if (wakeAt !== null) {
      if (wakeAt > now) now = wakeAt
      return true
    }
    const stuck = executionStatus(state())
    if (
      stuck === "inDoubt" ||
      stuck === "paused" ||
      stuck === "planned" ||
      state().steps.some((step) => step.state.status === "inDoubt")
    ) {
      commandAtRandom()
      return true
    }
    return calls.length > 0 || lookAhead(state(), now, lookup).work.length > 0
  }
  const recording = (): Recording => {
    const [first, ...rest] = entries
    if (first === undefined) throw new Error("nothing was recorded")
    return { entries: [first, ...rest], execution: state() }
  }
  return { submit, turn, recording }
}

function draw(asked: ReturnType<typeof randomAsk>, registered: Contract | undefined) {
  if ("draft" in asked) return { draft: parseDraft(asked.draft), intent: null, onFailure: "stop" as const }
  if (!("contract" in asked) || registered === undefined || registered.kind === "event")
    throw new Error("no such contract")
  const parsed = parseWith(registered.input, asked.input)
  if (!parsed.ok) throw new Error("an ask that its contract refuses")
  const input = parsed.value as Json
  const intent = { contract: registered.pin, input, inputDigest: inputDigestOf(canonicalBytes(input)) }
  return registered.kind === "intent"
    ? { draft: interpretIntent({ contract: registered, input }), intent, onFailure: registered.onFailure }
    : {
        draft: { ok: true as const, value: singleStepDraft(registered, input) },
        intent,
        onFailure: "stop" as const,
      }
}

function answerFor({ contract }: Dispatch, dice: Dice): HandlerAnswer {
  const draw = dice.unit()
  if (draw < 0.78)
    return {
      kind: "succeeded",
      output: dice.chance(0.01) ? { odd: true } : outputFor(contract.pin.ref, dice),
      ...(dice.chance(0.3) ? { providerRef: "prov_1" } : {}),
    }
  if (draw < 0.84) return { kind: "rejected", code: "card_declined", message: "no" }
  if (draw < 0.91) return { kind: "notSent", reason: "refused" }
  return { kind: "unknown", reason: "reset", ...(dice.chance(0.2) ? { retryAfterMs: 120_000 } : {}) }
}

function outputFor(ref: string, dice: Dice): Json {
  const id = `x${dice.below(1_000_000)}`
  switch (ref) {
    case "payments.charge.get@1":
      return {
        chargeId: "ch_7",
        amount: dice.below(3_000),
        items: Array.from({ length: dice.below(6) }, (_, i) => `i${i}`),
      }
    case "payments.refund@1":
      return { refundId: id }
    case "payments.refund.cancel@1":
      return { cancelled: true }
    case "crm.note.append@1":
      return { noteId: id }
    case "git.commit.create@1":
      return { sha: id }
    default:
      return { wireId: id }
  }
}

const grantTemplate = () => {
  const [first] = chainOf(contracts.refund.capability).flatMap(({ grants }) => grants)
  if (first === undefined) throw new Error("no grant")
  return first
}
