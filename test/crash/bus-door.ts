// A load's way in over the bus: kept by JetStream, and given again until PostgreSQL has it.
// Owns: the connection, and finding what became of a message. Does not own: what is submitted.
// What JetStream acknowledged may be gone with its disk: received is not accepted, so only an execution counts.

import { connect } from "@nats-io/transport-node"
import { call, must } from "@counterfoil/cli"
import { openNatsBus } from "@counterfoil/server/queue"
import { TenantId, type ExecutionId } from "@counterfoil/contracts"
import { draftOf, type DraftStep } from "../support/asking.ts"
import type { Person } from "../support/people.ts"
import { until } from "../support/until.ts"

/** A way in; it answers the execution that a key made. */
export interface Door {
  submit(url: string, who: Person, key: string, steps: readonly DraftStep[]): Promise<ExecutionId>
  close(): Promise<void>
}

const foundWithinMs = 5_000
const tenant = TenantId.parse("local")

/** A way in over a nats-server that may be away for a while. */
export async function openBusDoor(natsUrl: string): Promise<Door> {
  const connection = await connect({ servers: natsUrl, maxReconnectAttempts: -1, reconnectTimeWait: 50 })
  return {
    submit: async (url, who, key, steps) => {
      const bus = await openNatsBus({ connection })
      const body = new TextEncoder().encode(JSON.stringify({ as: { draft: draftOf(steps) }, labels: [key] }))
      await bus.submit(tenant, { authorization: `Bearer ${who.token}`, key, traceparent: null, body })
      return until(`execution of ${key}`, foundWithinMs, async () => {
        const page = await must(
          call<{ readonly items: readonly { readonly executionId: ExecutionId }[] }>(
            url,
            who,
            "GET",
            `/executions?label=${key}`,
          ),
        )
        if (page.items.length > 1) throw new Error(`${key} made ${page.items.length} executions`)
        return page.items[0]?.executionId ?? null
      })
    },
    close: () => connection.close(),
  }
}
