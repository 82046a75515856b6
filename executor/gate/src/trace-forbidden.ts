// Whether a rule forbids a trace to a caller who reads it in another form: a stream, an export, an explanation.
// Owns: that question. Does not own: which contracts show a trace (showing.ts), nor whether those may be used (authorise.ts).
// Keeps INV-04: a forbid on trace.get applies to everything that shows the trace, also when it cannot be decided.

import { traceGet, type Refusal } from "@counterfoil/contracts"
import { refusal, verdictAbout, type About, type Asking, type Deciding } from "./authorise.ts"

/**
 * The refusal when a rule forbids the caller the trace of this execution; null when none does. No grant for `trace.get` is
 * needed: the caller's grants for the contract that it calls count as one, so that only the rules decide.
 */
export function traceForbidden(deciding: Deciding, asking: Asking, about: About): Refusal | null {
  const { capability } = traceGet
  const chain = asking.chain.map((member) => ({
    ...member,
    grants: member.grants.map((grant) => ({ ...grant, capability, scope: { level: "tenant" as const } })),
  }))
  const { verdict } = verdictAbout(deciding, { ...asking, contract: traceGet, chain }, {}, about)
  const { decision, blockReason } = verdict.core
  // Without a rule about traces there is nothing that forbids.
  const isForbidden = decision === "deny" && blockReason !== "noMatch" && blockReason !== "grantMissing"
  return isForbidden ? refusal(verdict, asking.caller.principal, traceGet) : null
}
