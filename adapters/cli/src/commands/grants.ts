// `grant list|give|revoke`. Giving and revoking run through the gate, each as an execution with a trace of its own.
// Owns: their flags. Does not own: the contracts, nor who may give what.

import { escapeLine, Grant, grantGive, grantRevoke, type JsonObject, Submitted } from "@counterfoil/contracts"
import { z } from "zod"
import { netCommand } from "../derive/net-command.ts"
import { endpointOf } from "../net/endpoint.ts"
import { identityEndpoint } from "../net/identity-endpoint.ts"
import { columns } from "../print/columns.ts"
import { submittedText } from "../print/executions.ts"
import { shortId, when } from "../print/words.ts"
import { principalArgument } from "./arguments.ts"

/** The kind of principal, by the prefix of its id. */
const kinds: { readonly [prefix: string]: string } = {
  hum: "human",
  svc: "service",
  agt: "agent",
  tol: "tool",
}
const reason = { short: "m", help: "why, for the trace (required)" }

/** `grant list`. */
export const grantList = netCommand({
  endpoint: identityEndpoint("grant.list"),
  output: z.object({ items: z.array(Grant) }),
  examples: ["grant list", "grant list --json"],
  text: ({ items }, page) =>
    columns(
      ["grant", "principal", "capability", "scope", "source", "expires"],
      items.map(({ grantId, principal, capability, scope, source, expiresAt }) => [
        shortId(page, grantId),
        shortId(page, principal),
        capability,
        [scope.level, ...(scope.contracts ?? []), ...(scope.resources ?? [])].map(escapeLine).join(" "),
        source,
        when(page, expiresAt),
      ]),
    ),
})
/** `grant give`. */
export const grantGiving = netCommand({
  endpoint: endpointOf(grantGive),
  output: Submitted,
  text: submittedText,
  fills: ["principalKind"],
  exits: [0, 1, 2, 3, 4, 5, 6, 7],
  arguments: [principalArgument("principal")],
  fields: {
    reason,
    expiresAt: { long: "until", help: "when it ends: a time, or how far ahead, such as 30d (required)" },
    scope: { help: "the objects, contracts and resources that it covers" },
  },
  examples: [
    'grant give release-agent --capability control-plane.core --until 30d -m "release agent"',
    'grant give ana --role finance --until 90d -m "joined the team"',
  ],
  complete: (input) => ({ ...input, ...kindOf(input) }),
})
/** `grant revoke`. */
export const grantRevoking = netCommand({
  endpoint: endpointOf(grantRevoke),
  output: Submitted,
  text: submittedText,
  fields: { reason },
  exits: [0, 1, 2, 3, 4, 5, 6, 7],
  arguments: [{ name: "grant", field: "grantId", help: "its id, or a unique prefix such as grn_4k9d" }],
  examples: ['grant revoke grn_4k9d -m "left the team"'],
})

function kindOf({ principal }: JsonObject): JsonObject {
  const kind = typeof principal === "string" ? kinds[principal.slice(0, 3)] : undefined
  return kind === undefined ? {} : { principalKind: kind }
}
