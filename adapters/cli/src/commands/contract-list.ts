// `contract list`: lists the contracts that the caller can use.
// Owns: its sugar. Does not own: the query (contracts).

import { contractList, escapeLine } from "@counterfoil/contracts"
import { netCommand } from "../derive/net-command.ts"
import { endpointOf } from "../net/endpoint.ts"
import { columns } from "../print/columns.ts"

/** The command. */
export const contractListing = netCommand({
  endpoint: endpointOf(contractList),
  output: contractList.output,
  examples: ["contract list --kind intent", "contract list --prefix git. --include document --json"],
  text: ({ items }) =>
    columns(
      ["contract", "kind", "effect", "floor", "capability", "title"],
      items.map((one) => [
        one.ref,
        one.kind,
        one.effect ?? "–",
        one.floor ?? "–",
        one.capability,
        escapeLine(one.title),
      ]),
    ),
})
