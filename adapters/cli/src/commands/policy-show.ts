// `policy show`: prints the whole policy in force, with its digest.
// Owns: its flags. Does not own: the query (contracts), nor the words (print/policy.ts).

import { policyRead } from "@counterfoil/contracts"
import { netCommand } from "../derive/net-command.ts"
import { endpointOf } from "../net/endpoint.ts"
import { policyText } from "../print/policy.ts"

/** The command. */
export const policyShow = netCommand({
  endpoint: endpointOf(policyRead),
  output: policyRead.output,
  text: policyText,
  fills: ["change", "executionId"],
  examples: ["policy show", "policy show --json"],
})
