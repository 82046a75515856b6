// `exec retry`: retries a failed or blocked step.
// Owns: finding the step by its key. Does not own: whether it may be retried.

import { executionRetry } from "@counterfoil/contracts"
import { netCommand } from "../derive/net-command.ts"
import { endpointOf } from "../net/endpoint.ts"
import { readStep } from "../net/read-step.ts"
import { shortId } from "../print/words.ts"
import { executionArgument } from "./arguments.ts"

/** The command. */
export const execRetry = netCommand({
  endpoint: endpointOf(executionRetry),
  output: executionRetry.output,
  arguments: [executionArgument, { name: "step", field: "stepId", help: "the step's key" }],
  fields: { reason: { short: "m", help: "why it may work now (required)" } },
  examples: ['exec retry exe_4k9d mail -m "the mail server is back"'],
  complete: async (input, { client }) => ({ ...input, stepId: (await readStep(client(), input)).stepId }),
  text: ({ executionId, status, generation }, page) =>
    `${shortId(page, executionId)}  ${status}, generation ${generation} of the step`,
})
