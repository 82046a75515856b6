// The NATS users: one for each role, with permission for the subjects that it needs and for no others.
// Owns: the table of roles. Does not own: its form in the server's configuration (server-config.ts), nor what a token allows (the gate).
// Keeps INV-10: every subject of a tenant's user names that tenant. The user limits the damage; the token decides.

import type { Registry, TenantId } from "@counterfoil/contracts"
import {
  anyToken,
  anyTokens,
  callSubject,
  callSubjects,
  doorbellSubject,
  eventSubjects,
  natsCalls,
  natsPrefix,
  natsStreams,
  submitConsumer,
  submitSubject,
} from "@counterfoil/contracts/nats"

/** What one user may do; the server refuses everything else. An empty list allows nothing. */
export interface NatsLogin {
  readonly name: string
  /** The account that it is in: a tenant's user has one of its own; the control plane's users share the one that has the streams. */
  readonly home: "own" | "house"
  readonly publish: readonly string[]
  /** Beside its own inbox, which every user may subscribe to. */
  readonly subscribe: readonly string[]
  /** May answer a request once, on the subject that the request names; open-nats-door.ts restricts that to inboxes. */
  readonly answers: boolean
}

/** The subjects of discovery, unless an account maps them to another prefix. */
export const discoverySubjects = `$SRV.${anyTokens}`

/** The users of every tenant: for agents, for readers of events, for operators. */
const tenantRoles = ["agent", "listener", "operator"] as const

/** Every user of an installation with these tenants, by name. */
export function natsLogins(registry: Registry, tenants: readonly TenantId[]): readonly NatsLogin[] {
  return [
    ...tenants.flatMap((tenant) =>
      tenantRoles.map((role) => ({
        name: `${tenant}-${role}`,
        home: "own" as const,
        ...lists(registry, tenant, role),
        answers: false,
      })),
    ),
    controlPlaneUser(),
    { name: "migration", home: "house", publish: ["$JS.API.>"], subscribe: [], answers: false },
  ]
}

function lists(
  registry: Registry,
  tenant: TenantId,
  role: (typeof tenantRoles)[number],
): Pick<NatsLogin, "publish" | "subscribe"> {
  const call = (of: string): string => `${natsPrefix}.${tenant}.call.${of}`
  switch (role) {
    case "agent":
      return {
        publish: [
          call("intent.submit.v1"),
          call("execution.get.v1"),
          call("plan.>"),
          call("contract.list.v1"),
          submitSubject(tenant),
          discoverySubjects,
        ],
        subscribe: [],
      }
    case "listener":
      return {
        publish: natsCalls(registry)
          .filter(({ contract }) => contract.kind === "query")
          .map(({ contract }) => callSubject(tenant, contract.ref)),
        subscribe: [eventSubjects(tenant)],
      }
    case "operator":
      return { publish: [callSubjects(tenant)], subscribe: [eventSubjects(tenant)] }
  }
}

/**
 * The one user of every process of the control plane. It creates its two streams and its consumer where they are missing, so that a lost
 * JetStream store is filled again without a person, and it updates the queue of an earlier release; it can neither
 * change the events, nor empty or delete a stream, nor create another.
 */
const controlPlaneUser = (): NatsLogin => {
  const { submit, events } = natsStreams
  return {
    name: "control-plane",
    home: "house",
    publish: [
      eventSubjects(anyToken),
      doorbellSubject,
      `$JS.API.STREAM.INFO.${submit.name}`,
      `$JS.API.STREAM.INFO.${events.name}`,
      `$JS.API.STREAM.MSG.GET.${events.name}`,
      // Submissions with a message id are received beside the queue, and stored in the queue again without the id.
      submitSubject(anyToken),
      `$JS.API.STREAM.CREATE.${submit.name}`,
      `$JS.API.STREAM.UPDATE.${submit.name}`,
      `$JS.API.STREAM.CREATE.${events.name}`,
      `$JS.API.CONSUMER.CREATE.${submit.name}.${submitConsumer}`,
      `$JS.API.CONSUMER.INFO.${submit.name}.${submitConsumer}`,
      `$JS.API.CONSUMER.MSG.NEXT.${submit.name}.${submitConsumer}`,
      `$JS.ACK.${submit.name}.${submitConsumer}.>`,
    ],
    subscribe: [callSubjects(anyToken), submitSubject(anyToken), discoverySubjects, doorbellSubject],
    answers: true,
  }
}
