// `exec resolve`: a person settles a step in doubt, with evidence.
// Owns: how flags become evidence and outcome, and the file of the output. Does not own: who may do it (policy), what follows (executor).

import { executionResolve, type Json, type JsonObject } from "@counterfoil/contracts"
import { CliError } from "../cli-error.ts"
import type { Invocation } from "../command.ts"
import { netCommand } from "../derive/net-command.ts"
import { readJsonFile } from "../derive/read-file.ts"
import { endpointOf } from "../net/endpoint.ts"
import { readStep } from "../net/read-step.ts"
import { statusWord } from "../print/colour.ts"
import { shortId } from "../print/words.ts"
import { executionArgument } from "./arguments.ts"

/** The command. */
export const execResolve = netCommand({
  endpoint: endpointOf(executionResolve),
  output: executionResolve.output,
  fills: ["generation", "attempt", "outcome", "output", "evidence"],
  arguments: [executionArgument, { name: "step", field: "stepId", help: "the step's key" }],
  fields: {
    reason: { short: "m", help: "what you found, 20 characters or more (required)" },
    next: { help: "with --did-not-happen: what happens to the step next" },
  },
  flags: [
    { long: "happened", help: "it took effect; its output is in -f" },
    { long: "did-not-happen", help: "it did not take effect" },
    { long: "file", short: "f", value: "FILE", help: "the output, with --happened" },
    {
      long: "evidence",
      value: "KIND:REF",
      many: true,
      help: "where it can be looked up: providerRecord, receipt, statement or probe (required)",
    },
  ],
  examples: [
    'exec resolve exe_4m2c payout --did-not-happen --evidence statement:ledger-2026-03-02 -m "no payout with our reference in the ledger"',
    'exec resolve exe_4m2c payout --happened -f output.json --evidence receipt:po_81 -m "the provider\'s page shows the payout"',
  ],
  complete: async (input, invocation) => {
    const { stepId, generation, attempt } = await readStep(invocation.client(), input)
    return {
      ...input,
      stepId,
      generation,
      attempt,
      ...outcomeOf(invocation),
      evidence: invocation.flags.texts("evidence").map(evidenceOf),
    }
  },
  text: ({ executionId, status }, page) =>
    `${shortId(page, executionId)}  settled; the step is ${statusWord(page, status)}`,
})

function outcomeOf({ flags, io }: Invocation): JsonObject {
  const [happened, not] = [flags.on("happened"), flags.on("did-not-happen")]
  if (happened === not)
    throw new CliError("Either --happened or --did-not-happen is needed.", {
      fix: "counterfoil exec resolve --help",
    })
  const file = flags.text("file")
  return {
    outcome: happened ? "happened" : "didNotHappen",
    ...(file === undefined ? {} : { output: readJsonFile(io, file) }),
  }
}

function evidenceOf(typed: string): Json {
  const [, kind, ref] = /^([A-Za-z]+):(.+)$/.exec(typed) ?? []
  if (kind === undefined || ref === undefined)
    throw new CliError("--evidence takes KIND:REF, such as statement:ledger-2026-03-02.", {
      fix: "counterfoil exec resolve --help",
    })
  return { kind, ref }
}
