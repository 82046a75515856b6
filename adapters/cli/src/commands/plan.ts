// `plan`: shows the plan with the verdict of each step, without storing or executing it.
// Owns: the order: verify, or compile when there is nothing to verify. Does not own: planner or policy.

import { planCompile, planVerify, type Immutable } from "@counterfoil/contracts"
import { z } from "zod"
import { AnsweredProblem } from "../cli-error.ts"
import type { Command, Ending } from "../command.ts"
import { checked } from "../derive/net-command.ts"
import { shownBody } from "../derive/shown-body.ts"
import { endpointOf } from "../net/endpoint.ts"
import { readAnswer } from "../net/read-answer.ts"
import { planText, rejectionsText } from "../print/plan.ts"
import { askArgument, askFlags, askOf } from "./ask.ts"

/** The command. Exit 3 when it would be denied, or does not compile. */
export const plan: Command = {
  examples: ["plan git.release.cut@1 -f release.json", "plan --draft plan.json --json"],
  arguments: [askArgument],
  flags: askFlags,
  exits: [0, 1, 2, 3, 4],
  document: z.union([planVerify.output, planCompile.output]),
  run: async (invocation) => {
    const input = checked(endpointOf(planVerify), { as: askOf(invocation) }, { positional: [], fields: {} })
    const client = invocation.client()
    try {
      const { body } = await client.call(endpointOf(planVerify), input)
      const verified: Immutable<z.output<typeof planVerify.output>> = readAnswer(
        planVerify.output,
        body,
        planVerify.ref,
      )
      return {
        exit: verified.verdict === "deny" ? 3 : 0,
        shown: shownBody(body, (page) => planText(verified, page)),
        hints: ["Nothing was submitted."],
      }
    } catch (cause) {
      if (!(cause instanceof AnsweredProblem) || cause.code !== "PLAN_INVALID") throw cause
      // Compiling the same draft gives the reasons, step by step.
      const { body } = await client.call(endpointOf(planCompile), input)
      const compiled = readAnswer(planCompile.output, body, planCompile.ref)
      const ending: Ending = { exit: 3, shown: shownBody(body, () => rejectionsText(compiled.rejections)) }
      return ending
    }
  },
}
