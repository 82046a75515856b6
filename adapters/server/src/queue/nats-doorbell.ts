// The doorbell over core NATS: wakes other processes when an execution has work.
// Owns: sending and receiving ids. Does not own: the connection, nor anything that must arrive.
// Keeps INV-14: an id is a hint; without a connection nothing is sent, and the sweeper finds the work.

import type { NatsConnection } from "@nats-io/transport-node"
import { ExecutionId } from "@counterfoil/contracts"
import { doorbellSubject } from "@counterfoil/contracts/nats"
import type { Doorbell } from "@counterfoil/contracts/ports"

/** A connection that may open later. */
interface LateConnection {
  whenOpen(use: (connection: NatsConnection) => void): void
}

/** Opens the doorbell on a connection that the caller closes; it does nothing until the connection is open. */
export function openNatsDoorbell(link: LateConnection): Doorbell {
  const listeners = new Set<(executionId: ExecutionId) => void>()
  let connection: NatsConnection | null = null
  link.whenOpen((opened) => {
    connection = opened
    opened.subscribe(doorbellSubject, {
      callback: (error, message) => {
        const executionId = ExecutionId.safeParse(error === null ? message.string() : null)
        if (executionId.success) for (const heard of listeners) heard(executionId.data)
      },
    })
  })
  return {
    ring: (executionId) => {
      // A closed connection would throw; one that is reconnecting buffers what is sent, up to a limit of its own.
      if (connection !== null && !connection.isClosed() && !connection.isDraining())
        connection.publish(doorbellSubject, executionId)
    },
    listen: (heard) => {
      listeners.add(heard)
      return () => void listeners.delete(heard)
    },
  }
}
