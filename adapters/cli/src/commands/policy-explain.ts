// `policy explain`: explains why a step was, or would be, allowed, held or denied.
// Owns: its flags. Does not own: the explanation (policy).

import { escapeText, type JsonObject, policyExplain } from "@counterfoil/contracts"
import { CliError } from "../cli-error.ts"
import { netCommand } from "../derive/net-command.ts"
import { endpointOf } from "../net/endpoint.ts"
import { resolveId } from "../net/resolve-id.ts"
import { readStep } from "../net/read-step.ts"
import { askFlags, askOf } from "./ask.ts"

/** The command. A deny is information about policy, not a refusal of this call: exit 0. */
export const policyExplanation = netCommand({
  endpoint: endpointOf(policyExplain),
  output: policyExplain.output,
  fills: ["of"],
  arguments: [
    {
      name: "subject",
      field: "of",
      many: true,
      help: "an execution with the key of a step, or a contract with -f FILE",
    },
  ],
  flags: [
    ...askFlags.filter(({ long }) => long !== "draft"),
    { long: "as", value: "PRINCIPAL", help: "for another principal; only with a contract" },
  ],
  examples: ["policy explain exe_4k9d refund", "policy explain git.tag.create@1 -f tag.json"],
  complete: async (_, { args, flags, io, client }): Promise<JsonObject> => {
    const [subject = "", step] = args
    const as = flags.text("as")
    if (!subject.startsWith("exe_"))
      return {
        of: {
          ...askOf({ args, flags, io }),
          ...(as === undefined ? {} : { as: await resolveId("principal", as, client) }),
        },
      }
    if (as !== undefined)
      throw new CliError("--as needs a contract, not an execution.", {
        fix: "counterfoil policy explain --help",
      })
    const executionId = await resolveId("id", subject, client)
    return {
      of:
        step === undefined
          ? { executionId }
          : { executionId, stepId: (await readStep(client(), { executionId, stepId: step })).stepId },
    }
  },
  text: ({ text }) => escapeText(text).trimEnd(),
})
