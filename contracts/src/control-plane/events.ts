// The event contracts: every entry kind with its meaning in words.
// Owns: title, goal and context of each kind. Does not own: the payloads (trace/facts.ts).

import type { z } from "zod"
import type { Event } from "../define/contract.ts"
import { declareEvent } from "../define/define.ts"
import type { Stage } from "../primitives.ts"
import { entryKinds, payloads, type EntryKind } from "../trace/facts.ts"
import { eventExamples } from "./event-examples.ts"
import { metaOf, version } from "./meta.ts"

interface Words {
  readonly stage: Stage
  readonly capability: string
  readonly title: string
  readonly goal: string
  readonly context: string
}

const say = (stage: Stage, capability: string, title: string, goal: string, context: string): Words => ({
  stage,
  capability: `control-plane.${capability}`,
  title,
  goal,
  context,
})

const words: { readonly [K in EntryKind]: Words } = {
  "controlPlane.intent.received@1": say(
    "intent",
    "core",
    "Intent received",
    "Something was asked for, by whom, and through which channel.",
    "Written by intent.submit as the first entry; nothing has been decided yet.",
  ),
  "controlPlane.plan.compiled@1": say(
    "plan",
    "core",
    "Plan compiled",
    "The exact plan that will run, with every contract pinned.",
    "Written when the draft compiled; the plan never changes after it.",
  ),
  "controlPlane.plan.rejected@1": say(
    "plan",
    "core",
    "Plan rejected",
    "Why nothing will happen: each reason with its place in the draft.",
    "Written instead of plan.compiled; the execution is over.",
  ),
  "controlPlane.policy.decided@1": say(
    "policy",
    "audit",
    "Verdict reached",
    "A verdict with its causes and everything it depended on.",
    "Written at preview, at binding, at consumption and before an undo step.",
  ),
  "controlPlane.approval.requested@1": say(
    "approval",
    "approval",
    "Approval requested",
    "Someone has to decide on exactly this input before the step can run.",
    "Written when a binding verdict holds a step; the queue shows it.",
  ),
  "controlPlane.approval.reviewed@1": say(
    "approval",
    "approval",
    "Approval reviewed",
    "Who answered what about a held step, and how far its quorum is filled.",
    "Written for every answer of a person, late ones included.",
  ),
  "controlPlane.approval.escalated@1": say(
    "approval",
    "approval",
    "Approval escalated",
    "The request ran out of time and moved on to other people.",
    "A successor request follows in the same append; earlier approvals do not carry over.",
  ),
  "controlPlane.approval.expired@1": say(
    "approval",
    "approval",
    "Approval expired",
    "No one decided in time, and the stated fallback applies.",
    "The step is blocked by the entry that follows.",
  ),
  "controlPlane.approval.voided@1": say(
    "approval",
    "approval",
    "Approval voided",
    "What the request was bound to has changed, so it counts no longer.",
    "A new verdict and, if it holds again, a new request follow.",
  ),
  "controlPlane.execution.started@1": say(
    "control",
    "core",
    "Execution started",
    "Steps of the plan may begin from here on.",
    "Written at submit, or by execution.start after a manual submit.",
  ),
  "controlPlane.execution.step.started@1": say(
    "action",
    "channel-runtime",
    "Step started",
    "The dispatch is journaled; from here on the call may have gone out.",
    "Written before the handler is called, with verdict, approval and idempotency key.",
  ),
  "controlPlane.execution.step.blocked@1": say(
    "action",
    "channel-runtime",
    "Step blocked",
    "The step will not run, and why not.",
    "A denial, a rejection, an expired request or input that does not fit.",
  ),
  "controlPlane.execution.step.completed@1": say(
    "outcome",
    "channel-runtime",
    "Step completed",
    "It happened, once, with this output.",
    "Written from the handler's answer or from a probe that found it.",
  ),
  "controlPlane.execution.step.failed@1": say(
    "outcome",
    "channel-runtime",
    "Step failed",
    "It did not happen; the entry says whether it is tried again.",
    "Written only when it is certain that nothing took effect.",
  ),
  "controlPlane.execution.step.inDoubt@1": say(
    "outcome",
    "channel-runtime",
    "Step in doubt",
    "It is not known whether it happened; a person has to settle it.",
    "Dependants wait, siblings go on, and nothing is repeated.",
  ),
  "controlPlane.execution.step.resolved@1": say(
    "outcome",
    "approval",
    "Step resolved",
    "A person settled with evidence whether the step happened.",
    "Written by execution.resolve.",
  ),
  "controlPlane.execution.step.skipped@1": say(
    "outcome",
    "channel-runtime",
    "Step skipped",
    "The step was not needed, or could no longer be reached.",
    "Its condition was false, or a step that it needs did not complete.",
  ),
  "controlPlane.execution.step.undone@1": say(
    "outcome",
    "channel-runtime",
    "Step undone",
    "The effect of a completed step was reversed by its undo step.",
    "Closes the pair of a step and its undo.",
  ),
  "controlPlane.execution.paused@1": say(
    "control",
    "core",
    "Execution paused",
    "Nothing new starts until it is resumed.",
    "Attempts that were under way still finish and are recorded.",
  ),
  "controlPlane.execution.resumed@1": say(
    "control",
    "core",
    "Execution resumed",
    "Work goes on, after a pause or for a retried step.",
    "Verdicts of cleared and held steps are made again.",
  ),
  "controlPlane.execution.cancelRequested@1": say(
    "control",
    "core",
    "Cancel requested",
    "After this entry no forward step starts.",
    "Attempts in flight are awaited; finished steps are undone if that was asked for.",
  ),
  "controlPlane.execution.cancelled@1": say(
    "control",
    "core",
    "Execution cancelled",
    "The execution ended because it was cancelled on request.",
    "No step is in doubt when this is written.",
  ),
  "controlPlane.execution.completed@1": say(
    "outcome",
    "core",
    "Execution completed",
    "Every step completed or was skipped; the output is final.",
    "The last entry of a successful execution.",
  ),
  "controlPlane.execution.failed@1": say(
    "outcome",
    "core",
    "Execution failed",
    "The execution ended without completing, and why.",
    "Can be reopened by execution.retry unless undo ran.",
  ),
  "controlPlane.policy.activated@1": say(
    "registry",
    "governance",
    "Policy activated",
    "New rules decide from here on.",
    "The texts are stored by digest, so that old verdicts can be derived again.",
  ),
  "controlPlane.grant.given@1": say(
    "registry",
    "governance",
    "Grant given",
    "A principal holds a capability or a role until a stated time.",
    "Effective at the next decision.",
  ),
  "controlPlane.grant.revoked@1": say(
    "registry",
    "governance",
    "Grant revoked",
    "A capability or role was taken back.",
    "Effective at the next decision; dispatched steps are not recalled.",
  ),
  "controlPlane.principal.added@1": say(
    "registry",
    "governance",
    "Principal added",
    "A human, service, agent or tool exists in the tenant.",
    "It holds nothing until it is given a grant.",
  ),
  "controlPlane.principal.disabled@1": say(
    "registry",
    "governance",
    "Principal disabled",
    "A principal no longer counts: not as caller, not as reviewer.",
    "Effective at the next request.",
  ),
  "controlPlane.principal.enabled@1": say(
    "registry",
    "governance",
    "Principal enabled",
    "A principal that was disabled counts again, with the grants and roles that it still holds.",
    "Effective at the next request.",
  ),
  "controlPlane.owner.recovered@1": say(
    "registry",
    "governance",
    "Owner recovered",
    "A person was made owner of the tenant with the login of the database's owner.",
    "No rule of the tenant allowed it: subscribers should tell people. The policy set is the one that decides from then on.",
  ),
  "controlPlane.contract.drifted@1": say(
    "registry",
    "governance",
    "Contracts changed",
    "The installation works with other contracts, and what that does to work under way.",
    "Written by contract.adopt, once for each rollout that changes what a contract means; drift show reads it.",
  ),
  "controlPlane.trace.erased@1": say(
    "registry",
    "audit",
    "Payloads erased",
    "Payloads were erased on request; the proof remains.",
    "Counts only: the entry says nothing of what is gone.",
  ),
}

/** The versions of those that changed since their first release. */
const raised: { readonly [K in EntryKind]?: string } = {
  "controlPlane.approval.reviewed@1": "1.1.0",
  "controlPlane.intent.received@1": "1.2.0",
  "controlPlane.policy.decided@1": "1.2.0",
  "controlPlane.approval.requested@1": "1.1.0",
  "controlPlane.contract.drifted@1": "1.2.0",
  "controlPlane.execution.step.failed@1": "1.1.0",
  "controlPlane.execution.step.inDoubt@1": "1.1.0",
}

const areas = ["plan", "execution", "approval", "policy", "grant", "principal", "trace", "contract"] as const

/** The event contract of every entry kind, in the order of the table of facts. */
export const controlPlaneEvents: readonly Event[] = entryKinds.map((kind) => {
  const said = words[kind]
  const payload: z.ZodType<unknown> = payloads[kind]
  return declareEvent({
    name: kind.split("@")[0] ?? kind,
    version: raised[kind] ?? version,
    payload,
    capability: said.capability,
    meta: metaOf(areaOf(kind.split(".")[1]), { ...said, stability: "stable" }),
    examples: [eventExamples[kind]],
  })
})

/** The chapter of a trace that an entry kind belongs to. */
export const stageOf = (kind: EntryKind): Stage => words[kind].stage

function areaOf(part: string | undefined): Parameters<typeof metaOf>[0] {
  return areas.find((area) => area === part) ?? "intent"
}
