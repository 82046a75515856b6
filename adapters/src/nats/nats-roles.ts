// Who may do what on NATS: one user for each role, with the subjects that it needs and no other.
// Owns: the table of roles. Does not own: its form in a server's file (server-config.ts), nor what a token allows (the gate).
// Keeps INV-10: every subject of a tenant's user names that tenant. The user bounds the damage; the token decides.

import type { Registry, TenantId } from "@counterfoil/contracts"
import {
  anyToken,
  anyTokens,
  callSubject,
  callSubjects,
  doorbellSubject,
  eventSubjects,
  inboxPrefixOf,
  natsCalls,
  natsPrefix,
  natsStreams,
  submitConsumer,
  submitSubject,
} from "@counterfoil/contracts/nats"

/** What one user may do; everything else is refused by the server. An empty list means nothing. */
export interface NatsLogin {
  readonly name: string
  readonly publish: readonly string[]
  readonly subscribe: readonly string[]
  /** May answer a request once, on whatever subject the request names for it; the door narrows that to inboxes. */
  readonly answers: boolean
}

/** The users of every tenant: agents, those who listen, those who operate. */
const tenantRoles = ["agent", "listener", "operator"] as const

/** Every user of an installation with these tenants, by name. */
export function natsLogins(
  registry: Registry,
  tenants: readonly TenantId[],
  discoveryPrefix: string,
): readonly NatsLogin[] {
  return [
    ...tenants.flatMap((tenant) =>
      tenantRoles.map((role) => tenantUser(registry, tenant, role, discoveryPrefix)),
    ),
    controlPlaneUser(discoveryPrefix),
    withInbox({ name: "migration", publish: ["$JS.API.>"], subscribe: [], answers: false }),
  ]
}

function tenantUser(
  registry: Registry,
  tenant: TenantId,
  role: (typeof tenantRoles)[number],
  discoveryPrefix: string,
): NatsLogin {
  const name = `${tenant}-${role}`
  const discovery = `${discoveryPrefix}.${anyTokens}`
  const call = (of: string): string => `${natsPrefix}.${tenant}.call.${of}`
  switch (role) {
    case "agent":
      return withInbox({
        name,
        publish: [
          call("intent.submit.v1"),
          call("execution.get.v1"),
          call("plan.>"),
          call("contract.list.v1"),
          submitSubject(tenant),
          discovery,
        ],
        subscribe: [],
        answers: false,
      })
    case "listener":
      return withInbox({
        name,
        publish: natsCalls(registry)
          .filter(({ contract }) => contract.kind === "query")
          .map(({ contract }) => callSubject(tenant, contract.ref)),
        subscribe: [eventSubjects(tenant)],
        answers: false,
      })
    case "operator":
      return withInbox({
        name,
        publish: [callSubjects(tenant)],
        subscribe: [eventSubjects(tenant)],
        answers: false,
      })
  }
}

/**
 * The one user of every process of ours. It may make its two streams and its consumer, so that a lost JetStream store is
 * filled again without a person; it can neither change nor empty nor delete one.
 */
function controlPlaneUser(discoveryPrefix: string): NatsLogin {
  const { submit, events } = natsStreams
  return withInbox({
    name: "control-plane",
    publish: [
      eventSubjects(anyToken),
      doorbellSubject,
      `$JS.API.STREAM.INFO.${submit.name}`,
      `$JS.API.STREAM.INFO.${events.name}`,
      `$JS.API.STREAM.MSG.GET.${events.name}`,
      `$JS.API.STREAM.CREATE.${submit.name}`,
      `$JS.API.STREAM.CREATE.${events.name}`,
      `$JS.API.CONSUMER.DURABLE.CREATE.${submit.name}.${submitConsumer}`,
      `$JS.API.CONSUMER.CREATE.${submit.name}.${submitConsumer}`,
      `$JS.API.CONSUMER.CREATE.${submit.name}.${submitConsumer}.>`,
      `$JS.API.CONSUMER.INFO.${submit.name}.${submitConsumer}`,
      `$JS.API.CONSUMER.MSG.NEXT.${submit.name}.${submitConsumer}`,
      `$JS.ACK.${submit.name}.${submitConsumer}.>`,
    ],
    subscribe: [callSubjects(anyToken), `${discoveryPrefix}.${anyTokens}`, doorbellSubject],
    answers: true,
  })
}

const withInbox = (user: NatsLogin): NatsLogin => ({
  ...user,
  subscribe: [...user.subscribe, `${inboxPrefixOf(user.name)}.${anyTokens}`],
})
