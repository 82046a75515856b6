// `exec list`: finds executions.
// Owns: its flags. Does not own: the query (contracts).

import { executionList } from "@counterfoil/contracts"
import { netCommand } from "../derive/net-command.ts"
import { endpointOf } from "../net/endpoint.ts"
import { executionsText } from "../print/executions.ts"

/** The command. */
export const execList = netCommand({
  endpoint: endpointOf(executionList),
  output: executionList.output,
  text: executionsText,
  named: true,
  fills: ["include"],
  complete: (input) => ({ ...input, include: ["subject"] }),
  examples: ["exec list", "exec list --status running,waiting --limit 20", "exec list --in-doubt --json"],
})
