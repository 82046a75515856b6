// Check 9: every start is of a step of the plan, in its turn, for exactly the input that was decided, under a verdict that allows it
// or an approval of its own that people gave before it and that nothing else used (INV-01, INV-02, INV-03, INV-09).

import { isLive, type Approval } from "./approval-state.ts"
import { approvalOf, follow, plannedOf, started } from "./approvals.ts"
import type { Budget } from "./budget.ts"
import { callOf, pinOf, same, stated, type Stated } from "./decisions.ts"
import { Fault } from "./fault.ts"
import { digestOf, idempotencyKey } from "./formulas.ts"
import { memberOf, numberAt, objectAt, textAt, type JsonObject } from "./json.ts"
import { tally } from "./quorum.ts"
import type { Entry, Lines } from "./read-lines.ts"
import { spendOnEntry } from "./story-work.ts"
import { storyOf, type Story } from "./story.ts"

/** The state of a step: how often it was started in its generation, and how that ended. */
interface Run {
  readonly generation: number
  readonly attempts: number
  readonly last: Stated | null
  readonly state: "idle" | "running" | "retrying" | "over"
  readonly retryAt: string
}

/** What may start at all. */
interface Life {
  begun: boolean
  paused: boolean
  cancelled: boolean
  ended: boolean
}

/**
 * Check 9. All payloads have to be here, and check 8 has passed. Answers how many starts there were, and how many under an approval.
 * Throws `Undecided` when `budget` does not suffice.
 */
export function checkStarts(
  { header, entries }: Pick<Lines, "header" | "entries">,
  budget: Budget,
): { readonly starts: number; readonly approved: number } {
  const story = storyOf(header, entries)
  const runs = new Map<string, Run>()
  const life: Life = { begun: false, paused: false, cancelled: false, ended: false }
  let [starts, approved] = [0, 0]
  for (const entry of entries) {
    spendOnEntry(budget, story, entry)
    if (entry.kind === started) {
      const about = stated(entry)
      const run = runs.get(textAt(about.payload, "stepId")) ?? null
      checkLife(life, about)
      checkStart(story, run, about)
      starts += 1
      approved += run?.state === "retrying" || !Object.hasOwn(about.payload, "approvalId") ? 0 : 1
    }
    follow(story, entry)
    live(life, entry)
    go(runs, entry)
  }
  return { starts, approved }
}

const of = (name: string): string => `controlPlane.execution.${name}@1`

function live(life: Life, { kind, payload }: Entry): void {
  if (kind === of("started")) life.begun = true
  else if (kind === of("paused")) life.paused = true
  else if (kind === of("cancelRequested")) Object.assign(life, { cancelled: true, paused: false })
  else if (kind === of("resumed"))
    Object.assign(life, { paused: false, ended: payload?.["cause"] !== "retry" && life.ended })
  else if (kind === of("completed") || kind === of("failed") || kind === of("cancelled")) life.ended = true
}

function checkLife({ begun, paused, cancelled, ended }: Life, { seq, payload }: Stated): void {
  const because = !begun
    ? "the execution had not started"
    : ended
      ? "the execution had ended"
      : paused
        ? "the execution was paused"
        : cancelled && payload["role"] !== "undo"
          ? "the execution was being cancelled"
          : null
  if (because !== null) throw new Fault(`a step starts although ${because}`, { seq, at: "/head/kind" })
}

/** Updates the state of each step. */
function go(runs: Map<string, Run>, entry: Entry): void {
  const { payload, kind } = entry
  if (payload === null || !Object.hasOwn(payload, "stepId")) return
  const stepId = textAt(payload, "stepId")
  const run = runs.get(stepId)
  if (kind === started)
    runs.set(stepId, {
      generation: numberAt(payload, "generation"),
      attempts: numberAt(payload, "attempt"),
      last: stated(entry),
      state: "running",
      retryAt: "",
    })
  if (run === undefined) return
  if (kind === of("step.failed") && payload["final"] === false && !Object.hasOwn(payload, "retryAt"))
    throw new Fault("a failure that is tried again does not say when", {
      seq: entry.seq,
      at: "/payload/retryAt",
    })
  if (kind === of("step.failed") && payload["final"] === false)
    runs.set(stepId, { ...run, state: "retrying", retryAt: textAt(payload, "retryAt") })
  else if (kind === of("step.completed") || kind === of("step.failed") || kind === of("step.inDoubt"))
    runs.set(stepId, { ...run, state: "over" })
}

function checkStart(story: Story, run: Run | null, about: Stated): void {
  const { seq, payload } = about
  const { owner } = story.asked
  const call = callOf(plannedOf(story, seq), about)
  checkTurn(run, about)
  const contract = pinOf(call)
  same(seq, "/payload/contract", payload["contract"], contract)
  same(seq, "/payload/effect", payload["effect"], call["effect"])
  const inputDigest = digestOf("counterfoil.input.v1", memberOf(payload, "input"))
  same(seq, "/payload/inputDigest", payload["inputDigest"], inputDigest)
  const key = idempotencyKey(owner, payload, textAt(contract, "digest"), inputDigest)
  same(seq, "/payload/idempotencyKey", payload["idempotencyKey"], key)
  if (run !== null && run.generation === payload["generation"])
    same(seq, "/payload/idempotencyKey", payload["idempotencyKey"], run.last?.payload["idempotencyKey"])
  const core = checkBound(story, about)
  const approvalId = memberOf(payload, "approvalId")
  if ((core["decision"] === "hold") !== (approvalId !== null) || core["decision"] === "deny")
    throw new Fault("the verdict does not allow this start", { seq, at: "/payload/verdictDigest" })
  if (approvalId === null) {
    same(seq, "/payload/reviewIds", payload["reviewIds"], [])
    return same(seq, "/payload/approvalDigest", memberOf(payload, "approvalDigest"), null)
  }
  checkApproval(approvalOf(story, seq, payload), run, about)
}

/** Attempt 1 comes before attempt 2, and another only after one that failed for certain and may be tried again. */
function checkTurn(run: Run | null, { seq, time, payload }: Stated): void {
  const [generation, attempt] = [numberAt(payload, "generation"), numberAt(payload, "attempt")]
  const again = run !== null && run.generation === generation
  if (run !== null && generation < run.generation)
    throw new Fault("the generation goes back", { seq, at: "/payload/generation" })
  if (run?.state === "running") throw new Fault("the step is running already", { seq, at: "/payload/stepId" })
  same(seq, "/payload/attempt", attempt, again ? run.attempts + 1 : 1)
  if (again && run.state !== "retrying")
    throw new Fault("the step is not to be tried again", { seq, at: "/payload/attempt" })
  if (again && time < run.retryAt)
    throw new Fault("the step is tried again too early", { seq, at: "/head/time" })
}

/** The verdict that binds the step now, for exactly this input. */
function checkBound({ verdicts }: Story, { seq, payload }: Stated): JsonObject {
  const verdict = verdicts.get(textAt(payload, "stepId"))
  if (verdict === undefined || verdict.payload["generation"] !== payload["generation"])
    throw new Fault("no verdict binds this step", { seq, at: "/payload/verdictDigest" })
  same(seq, "/payload/verdictDigest", payload["verdictDigest"], verdict.payload["verdictDigest"])
  const core = objectAt(objectAt(verdict.payload, "verdict"), "core")
  same(seq, "/payload/inputDigest", payload["inputDigest"], core["inputDigest"])
  return core
}

function checkApproval(approval: Approval, run: Run | null, { seq, time, payload }: Stated): void {
  const { asked, obligations, given, latest, excluded, status, notBefore } = approval
  const statement = objectAt(asked.payload, "statement")
  same(seq, "/payload/approvalDigest", payload["approvalDigest"], asked.payload["approvalDigest"])
  for (const field of ["stepId", "generation", "contract", "inputDigest", "idempotencyKey", "verdictDigest"])
    same(seq, `/payload/${field}`, payload[field], statement[field])
  const { isMet, met } = tally(obligations, latest.values(), excluded)
  const people = new Set(met)
  const counted = given.filter(({ decision, human }) => decision === "approve" && people.has(human))
  const reviewIds = counted.map(({ reviewId }) => reviewId)
  same(seq, "/payload/reviewIds", payload["reviewIds"], reviewIds)
  if (!isMet) throw new Fault("the quorum was not met", { seq, at: "/payload/approvalId" })
  // A later attempt goes on under the approval that its first one used, and no other step or attempt may.
  if (
    run?.state === "retrying" &&
    run.last?.payload["approvalId"] === payload["approvalId"] &&
    status === "consumed"
  )
    return
  if (status !== "approved" || !isLive(approval))
    throw new Fault(`the approval is ${status}`, { seq, at: "/payload/approvalId" })
  if (notBefore === null || time < notBefore)
    throw new Fault("the approval could not be used yet", { seq, at: "/head/time" })
  if (time >= textAt(asked.payload, "expiresAt"))
    throw new Fault("the approval had expired", { seq, at: "/head/time" })
}
