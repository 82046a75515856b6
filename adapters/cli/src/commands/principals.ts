// `principal add|disable|enable|list`. Changes run through the gate, each as an execution with a trace of its own.
// Owns: their flags. Does not own: the contracts, nor who may add whom.

import { nameText, principalAdd, principalDisable, principalEnable, Submitted } from "@counterfoil/contracts"
import { z } from "zod"
import { netCommand } from "../derive/net-command.ts"
import { endpointOf } from "../net/endpoint.ts"
import { identityEndpoint } from "../net/identity-endpoint.ts"
import { columns } from "../print/columns.ts"
import { submittedText } from "../print/executions.ts"
import { shortId, when } from "../print/words.ts"
import { principalArgument } from "./arguments.ts"

const reason = { short: "m", help: "why, for the trace (required)" }
const People = z.object({
  items: z.array(
    z.object({
      principal: z.string(),
      kind: z.string(),
      name: z.string(),
      enabled: z.boolean(),
      roles: z.array(z.string()),
      addedAt: z.string(),
    }),
  ),
})

/** `principal add`. */
export const principalAdding = netCommand({
  endpoint: endpointOf(principalAdd),
  output: Submitted,
  text: submittedText,
  fields: { reason },
  exits: [0, 1, 2, 3, 4, 5, 6, 7],
  arguments: [{ name: "name", field: "name", help: "its name" }],
  examples: ['principal add release-agent --kind agent -m "cuts our releases"'],
})
/** `principal disable`. */
export const principalDisabling = netCommand({
  endpoint: endpointOf(principalDisable),
  output: Submitted,
  text: submittedText,
  fields: { reason },
  exits: [0, 1, 2, 3, 4, 5, 6, 7],
  arguments: [principalArgument("principalId")],
  examples: ['principal disable release-agent -m "replaced by another agent"'],
})
/** `principal enable`. */
export const principalEnabling = netCommand({
  endpoint: endpointOf(principalEnable),
  output: Submitted,
  text: submittedText,
  fields: { reason },
  exits: [0, 1, 2, 3, 4, 5, 6, 7],
  arguments: [principalArgument("principalId")],
  examples: ['principal enable release-agent -m "the incident is over"'],
})
/** `principal list`. */
export const principalList = netCommand({
  endpoint: identityEndpoint("principal.list"),
  output: People,
  examples: ["principal list", "principal list --fields principal,name"],
  text: ({ items }, page) =>
    columns(
      ["principal", "kind", "name", "roles", "enabled", "added"],
      items.map((one) => [
        shortId(page, one.principal),
        one.kind,
        nameText(one.name),
        one.roles.join(",") || "–",
        one.enabled ? "yes" : "no",
        when(page, one.addedAt),
      ]),
    ),
})
