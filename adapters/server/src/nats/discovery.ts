// Discovery: PING, INFO and STATS at three levels, so that NATS tools find every instance and its endpoints.
// Owns: the subjects and the three replies. Does not own: the counts (endpoint-stats.ts), nor what the endpoints do.
// Written here because it is only three verbs. They are outside of any queue group, so that every instance answers. Source: NATS ADR-32.

import type { JsonObject } from "@counterfoil/contracts"
import { anyToken, callSubject, type NatsCall } from "@counterfoil/contracts/nats"
import type { StatsTable } from "./endpoint-stats.ts"

/** The name of the service, and the queue group in which its instances share the calls. */
const serviceName = "counterfoil"
export const queueGroup = "q"

/** One instance, as discovery describes it. */
interface ServiceInstance {
  /** Fresh in every process. */
  readonly id: string
  readonly version: string
  /** RFC 3339. */
  readonly started: string
  readonly calls: readonly NatsCall[]
  readonly stats: StatsTable
}

/** A subject of discovery and its reply, made at each request. */
export interface DiscoveryVerb {
  readonly subject: string
  readonly body: () => JsonObject
}

/** The nine subjects of an instance: each verb for all services, for this one by name, and for this instance. */
export function discoveryVerbs(prefix: string, instance: ServiceInstance): readonly DiscoveryVerb[] {
  const bodies: readonly (readonly [string, () => JsonObject])[] = [
    ["PING", () => common(instance, "ping")],
    ["INFO", () => infoOf(instance)],
    ["STATS", () => statsOf(instance)],
  ]
  return bodies.flatMap(([verb, body]) =>
    ["", `.${serviceName}`, `.${serviceName}.${instance.id}`].map((level) => ({
      subject: `${prefix}.${verb}${level}`,
      body,
    })),
  )
}

/** The name of an endpoint: the name of its call with `_` for `.`, which an endpoint name cannot contain. */
export const endpointName = ({ name }: NatsCall): string => name.replaceAll(".", "_")

const common = ({ id, version }: ServiceInstance, what: "ping" | "info" | "stats"): JsonObject => ({
  name: serviceName,
  id,
  version,
  metadata: {},
  type: `io.nats.micro.v1.${what}_response`,
})

const infoOf = (instance: ServiceInstance): JsonObject => ({
  ...common(instance, "info"),
  description: "Submit intents, decide what is held, and read what happened.",
  endpoints: instance.calls.map((call) => ({ ...endpointOf(call), metadata: metadataOf(call) })),
})

const statsOf = (instance: ServiceInstance): JsonObject => ({
  ...common(instance, "stats"),
  started: instance.started,
  endpoints: instance.calls.map((call) => ({
    ...endpointOf(call),
    ...instance.stats.of(endpointName(call)),
  })),
})

const endpointOf = (call: NatsCall) => ({
  name: endpointName(call),
  subject: callSubject(anyToken, call.contract.ref),
  queue_group: queueGroup,
})

/** The metadata by which an agent finds a contract; strings only. */
const metadataOf = ({ contract }: NatsCall) => ({
  contract: contract.ref,
  version: contract.version,
  digest: contract.digest,
  kind: contract.kind,
  stability: contract.meta.stability,
})
