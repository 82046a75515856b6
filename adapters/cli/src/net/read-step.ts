// One step of an execution, by its key.
// Owns: finding it, and listing the keys in the error. Does not own: the record.

import { ExecutionView, executionGet, type JsonObject, type StepView } from "@counterfoil/contracts"
import { CliError } from "../cli-error.ts"
import type { Client } from "./client.ts"
import { endpointOf } from "./endpoint.ts"
import { readAnswer } from "./read-answer.ts"

/** The step of `executionId` with the key or id `stepId`; in a fan-out, `key[3]`. Errors: usage, with the existing keys. */
export async function readStep(
  client: Client,
  { executionId, stepId: named }: JsonObject,
): Promise<StepView> {
  if (typeof executionId !== "string" || typeof named !== "string")
    throw new CliError("An execution and the key of a step are needed.", { fix: "counterfoil exec list" })
  const { body } = await client.call(endpointOf(executionGet), { executionId, include: ["steps"] })
  const { steps = [] } = readAnswer(ExecutionView, body, executionGet.ref)
  const found = steps.filter((step) => step.stepId === named || nameOf(step) === named)
  const step = found.find(({ role }) => role === "do") ?? found[0]
  if (step !== undefined) return step
  throw new CliError(`${executionId} has no step ${named}.`, {
    lines: steps.map(nameOf),
    fix: `counterfoil exec show ${executionId}`,
  })
}

const nameOf = ({ key, index }: StepView): string => (index === undefined ? key : `${key}[${index}]`)
