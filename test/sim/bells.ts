// The doorbell of a run: rings that get lost, come twice or late. Nothing may depend on them (INV-14).
// Owns: delivery. Does not own: what a ring means.

import type { ExecutionId } from "@counterfoil/contracts"
import type { Dice } from "../replay/dice.ts"
import type { Swarm } from "./faults.ts"
import type { Host } from "./host.ts"
import type { VirtualTime } from "./virtual-time.ts"

/** Rings for all listeners of a run. */
export interface Bells {
  ring(executionId: ExecutionId): void
  /** Answers how to stop listening. */
  listen(host: Host, heard: (executionId: ExecutionId) => void): () => void
}

const lateMsMax = 20_000

/** Opens the bells of one run. */
export function openBells(time: VirtualTime, swarm: Swarm, dice: Dice): Bells {
  const listeners = new Set<{ readonly host: Host; readonly heard: (executionId: ExecutionId) => void }>()
  return {
    ring: (executionId) => {
      for (const listener of listeners) {
        const deliver = (): void => {
          if (swarm.strikes("bell.lost")) return
          const late = swarm.strikes("bell.late") ? dice.below(lateMsMax) : dice.unit() * 5
          time.at(time.now() + late, () => {
            if (listener.host.isAlive()) listener.heard(executionId)
          })
        }
        deliver()
        if (swarm.strikes("bell.double")) deliver()
      }
    },
    listen: (host, heard) => {
      const listener = { host, heard }
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}
