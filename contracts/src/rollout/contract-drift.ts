// The report of a rollout of other contracts: how many findings of each class, the worst of them, and what they do to work.
// Owns: its form, which a command answers and an event carries. Does not own: comparing (drift/), looking (the gate).

import { z } from "zod"
import type { Immutable } from "../primitives.ts"
import { LiveReport, namedMax } from "./live-report.ts"

/** How many changes there are of each class; `notChecked` of those are of a kind that no rule reads. */
const DriftCounts = z.strictObject({
  breaking: z.int().min(0),
  risky: z.int().min(0),
  safe: z.int().min(0),
  notChecked: z.int().min(0),
})

const DriftChange = z.strictObject({
  rule: z.string(),
  class: z.enum(["breaking", "risky", "safe"]),
  contract: z.string(),
  at: z.string(),
  message: z.string(),
})

/** The changes between two locks, the first of them the worst, and the work that they touch. */
export const ContractDrift = z.strictObject({
  counts: DriftCounts,
  worst: z.array(DriftChange).max(namedMax),
  live: LiveReport,
})
export type ContractDrift = Immutable<z.infer<typeof ContractDrift>>
