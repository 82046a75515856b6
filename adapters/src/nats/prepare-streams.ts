// Makes the streams and the consumer that are missing, by the one user that may.
// Owns: a connection for as long as that takes. Does not own: their settings (bus/nats-streams.ts).

import { jetstreamManager } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"
import { natsStreams } from "@counterfoil/contracts/nats"
import { hasStream, prepareStream, prepareSubmissions } from "../bus/nats-streams.ts"
import type { NatsAddress } from "./nats-address.ts"

/** Safe to repeat. Answers the names of the streams. Throws what NATS says. */
export async function prepareStreams(address: NatsAddress): Promise<readonly string[]> {
  const connection = await connect({ ...address, name: "counterfoil nats prepare", reconnect: false })
  try {
    const manager = await jetstreamManager(connection, { checkAPI: false })
    if (!(await hasStream(manager, natsStreams.events.name))) await prepareStream(manager, "events")
    await prepareSubmissions(manager)
    return [natsStreams.submit.name, natsStreams.events.name]
  } finally {
    await connection.close()
  }
}
