// `drift show`: lists open work that cannot go on with the contracts in force, and the rollouts that caused it.
// Owns: its flags. Does not own: the query (contracts), the words (print/rollouts.ts).

import { contractDrift } from "@counterfoil/contracts"
import { netCommand } from "../derive/net-command.ts"
import { endpointOf } from "../net/endpoint.ts"
import { rolloutsText } from "../print/rollouts.ts"

/** The command. */
export const driftShow = netCommand({
  endpoint: endpointOf(contractDrift),
  output: contractDrift.output,
  text: rolloutsText,
  examples: ["drift show", "drift show --limit 1 --json"],
})
