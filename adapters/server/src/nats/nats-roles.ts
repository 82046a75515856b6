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
  natsCalls,
  natsPrefix,
  natsStreams,
  submitConsumer,
  submitSubject,
} from "@counterfoil/contracts/nats"

/** What one user may do; everything else is refused by the server. An empty list means nothing. */
export interface NatsLogin {
  readonly name: string
  /** Whose messages it sees: a tenant's user lives in an account of its own, ours share the one that has the streams. */
  readonly home: "own" | "house"
  readonly publish: readonly string[]
  /** Beside its own inbox, which every user may listen to. */
  readonly subscribe: readonly string[]
  /** May answer a request once, on whatever subject the request names for it; the door narrows that to inboxes. */
  readonly answers: boolean
}

/** Discovery, where no account moves it. */
export const discoverySubjects = `$SRV.${anyTokens}`

/** The users of every tenant: agents, those who listen, those who operate. */
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
 * The one user of every process of the control plane. It makes its two streams and its consumer where they are missing, so that a lost
 * JetStream store is filled again without a person, and brings a queue of an earlier release up to date; it can neither
 * change the events, nor empty or delete a stream, nor make another.
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
      // Submissions with a message id are received beside the queue, and stored in it again without one.
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
