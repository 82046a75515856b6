// NATS in one process: its connection, which is kept open, and answering calls over it.
// Owns: opening both from the settings. Does not own: their behaviour, nor the order in which a process starts (wire.ts).

import type { Gate } from "@counterfoil/gate"
import { doorLimits } from "../entrance/door-limits.ts"
import { describeError } from "../operate/telemetry/logger.ts"
import { openNatsDoor, type NatsDoor } from "../nats/open-nats-door.ts"
import { openNatsLink, type NatsLink } from "../nats/open-nats-link.ts"
import type { Core } from "./open-core.ts"
import type { Settings } from "./settings.ts"

/** The connection of a process, and the prefix of discovery from its settings. */
type LinkInUse = NatsLink & { readonly discoveryPrefix: string }

/** The connection of this process, or null where NATS is not configured. It is kept open until `ends` runs. */
export function openLink({ nats, role, logger }: Settings, ends: AsyncDisposableStack): LinkInUse | null {
  if (nats === null) return null
  const link = openNatsLink({
    address: nats.address,
    name: `counterfoil ${role}`,
    changed: (status, error) => {
      const fields = { component: "nats", status, ...(error === undefined ? {} : describeError(error)) }
      if (status === "down") logger.warn("component changed", fields)
      else logger.info("component changed", fields)
    },
  })
  ends.defer(() => link.close())
  return { ...link, discoveryPrefix: nats.discoveryPrefix }
}

/** Starts answering calls over NATS. */
export function openDoorOn(link: LinkInUse, settings: Settings, core: Core, gate: Gate): NatsDoor {
  return openNatsDoor({
    link,
    gate,
    directory: core.store.directory,
    registry: core.registry,
    clock: core.store.clock,
    random: core.random,
    metrics: core.metrics,
    limits: doorLimits,
    logger: settings.logger,
    version: settings.version,
    discoveryPrefix: link.discoveryPrefix,
  })
}
