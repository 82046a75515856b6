// `policy activate`: replace one layer's texts. Runs through the gate, with a second pair of eyes.
// Owns: how files become texts. Does not own: linting and validating, which the server does before anything changes.

import { basename } from "node:path"
import { Submitted, policyActivate } from "@counterfoil/contracts"
import { netCommand } from "../derive/net-command.ts"
import { endpointOf } from "../net/endpoint.ts"
import { submittedText } from "../print/executions.ts"

/** The command. No file means an empty layer. */
export const policyActivation = netCommand({
  endpoint: endpointOf(policyActivate),
  output: Submitted,
  text: submittedText,
  fills: ["policyTexts"],
  exits: [0, 1, 2, 3, 4, 5, 6, 7],
  arguments: [
    { name: "file", field: "policyTexts", optional: true, many: true, help: "Cedar files of the layer" },
  ],
  fields: {
    layer: { help: "which layer they replace (required)" },
    modeMap: { help: "which mode each tier gets" },
    reason: { short: "m", help: "why, for the trace (required)" },
  },
  examples: [
    'policy activate policies/refund.cedar --layer tenant -m "refunds above 1000 need two of finance"',
    'policy activate --layer freeze -m "the freeze is over"',
  ],
  complete: (input, { args, io }) => ({
    ...input,
    policyTexts: args.map((file) => ({
      layer: input["layer"] ?? "",
      name: basename(file),
      text: new TextDecoder().decode(io.read(file)),
    })),
  }),
})
