// The names of spans and their attributes.
// The `gen_ai` names are still in development upstream, so only this file has them, at one revision:
// open-telemetry/semantic-conventions-genai, as of semantic-conventions 1.45.0.
// Keeps INV-13: an attribute is an id, a digest, an enum, a code or a number, never an input.

/** Names of spans. */
export const spanNames = {
  submit: "counterfoil.submit",
  compile: "counterfoil.compile",
  decide: "counterfoil.decide",
  hold: "counterfoil.hold",
  step: "counterfoil.step",
  /** Followed by the contract of the step. */
  attempt: "execute_tool",
} as const

/** An event on a span: a request was opened. When the request has ended, a hold span describes it. */
export const holdBegan = "counterfoil.hold.began"

/** Names of attributes. */
export const attributeNames = {
  executionId: "counterfoil.execution.id",
  stepKey: "counterfoil.step.key",
  contract: "counterfoil.contract",
  planDigest: "counterfoil.plan.digest",
  tier: "counterfoil.tier",
  mode: "counterfoil.mode",
  decision: "counterfoil.decision",
  policyDigest: "counterfoil.policy.digest",
  phase: "counterfoil.phase",
  outcome: "counterfoil.outcome",
  reason: "counterfoil.reason",
  operation: "gen_ai.operation.name",
  tool: "gen_ai.tool.name",
} as const

/** The value of `operation` on an attempt. */
export const executeTool = "execute_tool"
