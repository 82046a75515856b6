// `quarantine list`: lists messages that did not become an intent.
// Owns: its flags. Does not own: the query (contracts).

import { escapeLine, quarantineList } from "@counterfoil/contracts"
import { netCommand } from "../derive/net-command.ts"
import { endpointOf } from "../net/endpoint.ts"
import { columns } from "../print/columns.ts"
import { when } from "../print/words.ts"

/** The command. */
export const quarantineListing = netCommand({
  endpoint: endpointOf(quarantineList),
  output: quarantineList.output,
  examples: ["quarantine list", "quarantine list --limit 20 --json"],
  text: ({ items, dropped }, page) => {
    const rows = columns(
      ["message", "reason", "code", "key", "sender", "deliveries", "at"],
      items.map((one) => [
        one.messageId,
        one.reason,
        one.problem?.code ?? "–",
        escapeLine(one.key ?? "–"),
        one.principal ?? "–",
        String(one.deliveries),
        one.at,
      ]),
    )
    if (dropped === undefined) return rows
    const span = `${when(page, dropped.firstAt)} to ${when(page, dropped.lastAt)}`
    return `${rows}\n${dropped.count} more were not stored, from ${span}: there were too many`
  },
})
