// What a change of policy would decide differently; the sender and the approver each query the server for it.
// Does not own: the comparison. Each reads the server's answer, so that neither has to trust the other.

import { policyActivate, policyRead, type ApprovalItem, type JsonObject } from "@counterfoil/contracts"
import { AnsweredProblem } from "../cli-error.ts"
import { differenceText, type ReadPolicy } from "../print/policy.ts"
import type { Client } from "./client.ts"
import { endpointOf } from "./endpoint.ts"
import { readAnswer } from "./read-answer.ts"

/** The policy in force, with the comparison when a change is named. Errors: AnsweredProblem, CliError. */
export async function readPolicy(client: Client, input: JsonObject): Promise<ReadPolicy> {
  const { body } = await client.call(endpointOf(policyRead), input)
  return readAnswer(policyRead.output, body, policyRead.ref)
}

/** The lines that an approver of an activation reads beside its preview; empty for any other request. */
export async function differenceOf(client: Client, item: ApprovalItem): Promise<readonly string[]> {
  if (item.contract.ref !== policyActivate.ref || item.status !== "open") return []
  try {
    return differenceText(await readPolicy(client, { executionId: item.executionId }))
  } catch (cause) {
    // Reading the rules needs a grant of its own; without it only the preview is shown, with a line about that.
    if (cause instanceof AnsweredProblem)
      return [`what it would decide differently cannot be read: ${cause.problem.code}`]
    throw cause
  }
}
