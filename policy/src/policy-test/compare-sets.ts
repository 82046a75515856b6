// What another policy would decide differently: over the cases of this release, and over requests that were decided before.
// Does not own: which requests those are, nor whether the other policy may be activated (check/).

import type {
  ContractRef,
  ExecutionId,
  PolicyRequest,
  PolicyTest,
  Registry,
  Verdict,
} from "@counterfoil/contracts"
import type { PolicySet } from "../policy-set.ts"
import { requestOf } from "./run-policy-tests.ts"

/** A request that was decided, with the execution that it is of. */
export interface DecidedRequest {
  readonly executionId: ExecutionId
  readonly request: PolicyRequest
}

/** One request that the two sets answer differently. `before` and `after` are a decision with its tier and what it asks. */
export interface VerdictDifference {
  /** The name of a case, or the execution of a decision. */
  readonly of: string
  readonly contract: ContractRef
  readonly before: string
  readonly after: string
}

/** Every difference, first of the cases and then of the decisions; cases about contracts that are not there are left out. */
export function compareSets(
  { before, after }: { readonly before: PolicySet; readonly after: PolicySet },
  registry: Registry,
  { tests, decided }: { readonly tests: readonly PolicyTest[]; readonly decided: readonly DecidedRequest[] },
): readonly VerdictDifference[] {
  const cases = tests
    .flatMap((test) => test.cases)
    .flatMap((each) => {
      const request = requestOf(each, registry)
      return request === null ? [] : [{ of: each.name, contract: each.contract, request }]
    })
  const stored = decided.map(({ executionId, request }) => ({
    of: executionId,
    contract: request.contract.ref,
    request,
  }))
  return [...cases, ...stored].flatMap(({ of, contract, request }) => {
    const [left, right] = [before, after].map((set) => wordsOf(set.decide(request)))
    return left === undefined || right === undefined || left === right
      ? []
      : [{ of, contract, before: left, after: right }]
  })
}

/** A verdict in a few words: its effect for the requester, without the rules that made it. */
function wordsOf({ core }: Verdict): string {
  if (core.decision === "deny") return `deny ${core.blockReason ?? ""}`.trim()
  const asks = core.obligations?.quorum.map(({ role, count }) => `${count} of ${role}`).join(" and ")
  return [core.decision, core.tier, ...(asks === undefined ? [] : [asks])].join(", ")
}
