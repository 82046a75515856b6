// Rolling out other contracts: the installation says so in a trace of its own, and operators read what it does to work.
// Owns: contract.adopt, contract.drift. Does not own: comparing (drift/), the event's payload (trace/facts.ts).

import { z } from "zod"
import { ContractDrift } from "../rollout/contract-drift.ts"
import { LiveReport } from "../rollout/live-report.ts"
import { Digest, ExecutionId, ExecutionStatus, Time } from "../primitives.ts"
import { declareCommand, declareQuery } from "../define/define.ts"
import { answerExamples } from "./answer-examples.ts"
import { metaOf } from "./meta.ts"
import { sampleDigests } from "./sample-release.ts"

const { lockBefore: from, lockAfter: to } = sampleDigests

export const contractAdopt = declareCommand({
  name: "controlPlane.contract.adopt",
  version: "1.2.0",
  path: "gate",
  effect: "read",
  capability: "control-plane.governance",
  auth: { kinds: ["service"] },
  meta: metaOf("contract", {
    title: "Adopt contracts",
    goal: "A trace of every rollout that changes what contracts mean, with the work that it touches.",
    context:
      "Asked for by the installation itself when a process starts with other contracts than the last. It changes nothing; it compares, looks and says so.",
    stability: "beta",
  }),
  input: z.strictObject({ from: Digest, to: Digest }),
  output: ContractDrift,
  emits: ["controlPlane.contract.drifted@1"],
  errors: ["NOT_FOUND"],
  http: { method: "POST", path: "/contracts/adopt" },
  preview: [
    { label: "from", at: "/from" },
    { label: "to", at: "/to" },
  ],
  examples: [
    { title: "from one lock to the next", input: { from, to }, output: answerExamples["contract.adopt"] },
    { title: "to nothing", input: { from }, fails: "/to" },
  ],
})

export const contractDrift = declareQuery({
  name: "controlPlane.contract.drift",
  version: "1.2.0",
  path: "read",
  capability: "control-plane.audit",
  auth: { kinds: ["human", "service"] },
  meta: metaOf("contract", {
    title: "Read contract drift",
    goal: "Which open work the contracts in force leave behind, and which rollouts did that.",
    context:
      "For operators after a rollout. What a change would do before it is rolled out is the drift check of the program.",
    stability: "beta",
  }),
  input: z.strictObject({ limit: z.int().min(1).max(50).optional() }),
  output: z.strictObject({
    lock: Digest,
    since: Time,
    live: LiveReport,
    rollouts: z.array(
      z.strictObject({
        executionId: ExecutionId,
        status: ExecutionStatus,
        at: Time,
        from: Digest,
        to: Digest,
        drift: ContractDrift.optional(),
      }),
    ),
    asOf: Time,
  }),
  errors: ["NOT_FOUND"],
  http: { method: "GET", path: "/contracts/drift" },
  examples: [
    { title: "the latest rollouts", input: { limit: 5 }, output: answerExamples["contract.drift"] },
    { title: "none", input: { limit: 0 }, fails: "/limit" },
  ],
})
