// The messages of one process: its bus, its relay and its consumer of submissions.
// Owns: choosing and starting them. Does not own: their behaviour, nor the connection (open-nats.ts).
// Without NATS a process of the role `relay` runs both on PostgreSQL; `all` runs neither, because HTTP streams read the log itself.

import { mintId } from "@counterfoil/contracts/digest"
import type { Bus } from "@counterfoil/contracts/ports"
import { openPostgresBus } from "@counterfoil/store"
import { bearerHash } from "../entrance/authenticate.ts"
import { openNatsBus } from "../queue/nats-bus.ts"
import { startRelay, type Relay } from "../outbound/relay.ts"
import { startSubmitConsumer, type SubmitConsumer } from "../queue/submit-consumer.ts"
import { busShowsData, type Gate } from "@counterfoil/gate"
import type { MessagesHealth } from "./health-probes.ts"
import type { ContractAddress } from "../outbound/contract-address.ts"
import type { NatsLink } from "../nats/open-nats-link.ts"
import type { Core } from "./open-core.ts"
import { relaysEvents, takesSubmissions, type Role } from "./role.ts"
import type { Settings } from "./settings.ts"
import { tellRelay, tellSubmission } from "./tell.ts"

/** The messages of this process, and their status. */
export interface Messages {
  look(): MessagesHealth
}

/** Whether a process has a bus at all. */
export const hasBus = (role: Role, link: Pick<NatsLink, "status"> | null): boolean =>
  link !== null || role === "relay"

/** What they need. */
interface MessagesParts {
  readonly core: Core
  readonly settings: Settings
  readonly link: Pick<NatsLink, "whenOpen" | "status"> | null
  readonly gate: Gate
  readonly addressOf: ContractAddress
}

/** Starts the messages of this process; their shutdown is added to `ends`. */
export function startMessages(
  { core, settings, link, gate, addressOf }: MessagesParts,
  ends: AsyncDisposableStack,
): Messages {
  let started: Started | null = null
  let closing = false
  const start = (bus: Bus): void => {
    if (!closing) started = startOn(bus, { core, settings, gate, addressOf })
  }
  if (link === null) start(openPostgresBus({ url: settings.url, tokenHashOf: bearerHash }))
  else
    link.whenOpen((connection) => {
      const failed = (error: unknown): void => tellRelay({ name: "failed", error }, settings.logger)
      openNatsBus({ connection, failed }).then(start, failed)
    })
  ends.defer(async () => {
    closing = true
    await started?.close()
  })
  return {
    look: () => {
      const up = started !== null && (link === null || link.status() === "up")
      return {
        bus: up ? (started?.consumer?.look() ?? "ok") : "degraded",
        relay: started?.relay?.look() ?? (relaysEvents(settings.role) ? "degraded" : "ok"),
      }
    },
  }
}

interface Started {
  readonly relay: Relay | null
  readonly consumer: SubmitConsumer | null
  close(): Promise<void>
}

function startOn(bus: Bus, { core, settings, gate, addressOf }: Omit<MessagesParts, "link">): Started {
  const { store, records, random, metrics, watch } = core
  const { log, quarantine } = records
  const relay = relaysEvents(settings.role)
    ? startRelay({
        bus,
        log,
        holder: mintId("wrk", Date.parse(store.clock.now()), random.bytes(10)),
        listen: (heard) => watch.listen(heard),
        tell: (event) => tellRelay(event, settings.logger),
        showsData: busShowsData(core.world, () => performance.now()),
        addressOf,
      })
    : null
  const consumer = takesSubmissions(settings.role)
    ? startSubmitConsumer({
        bus,
        gate,
        quarantine,
        directory: store.directory,
        clock: store.clock,
        random,
        tell: (event) => tellSubmission(event, settings.logger, metrics),
      })
    : null
  return {
    relay,
    consumer,
    close: async () => {
      await Promise.all([relay?.close(), consumer?.close()])
      await bus.close()
    },
  }
}
