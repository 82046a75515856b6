// `queue list`: lists what waits for people; what expires first comes first.
// Owns: its flags. Does not own: the query (contracts).

import { approvalList } from "@counterfoil/contracts"
import { netCommand } from "../derive/net-command.ts"
import { endpointOf } from "../net/endpoint.ts"
import { queueText } from "../print/queue.ts"

/** The command. It lists open requests unless other statuses are given. */
export const queueList = netCommand({
  endpoint: endpointOf(approvalList),
  output: approvalList.output,
  text: queueText,
  named: true,
  fills: ["approvalId"],
  examples: [
    "queue list",
    "queue list --tier high --expires-before 1h",
    "queue list --status rejected,expired --json",
  ],
  complete: (input) => ({ status: ["open"], ...input }),
})
