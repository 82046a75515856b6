// Is this process alive, and may it take work?
// Owns: asking the probes, remembering since when. Does not own: any probe (the wiring names them), nor the routes.
// Keeps INV-04: a probe that throws or is too slow has failed.

import type { Time } from "@counterfoil/contracts"
import type { Clock } from "@counterfoil/contracts/ports"

/** How a component is. */
export type ComponentStatus = "ok" | "degraded" | "failed"

/** Looks at one component. `required`: without it this process takes no work. */
export interface HealthProbe {
  readonly name: string
  readonly required: boolean
  /** The page of `docs/runbooks` that says what to do. */
  readonly runbook: string
  look(): Promise<ComponentStatus>
}

/** One component as it was last seen; `since` is when this status was first seen. */
export interface ComponentHealth {
  readonly component: string
  readonly status: ComponentStatus
  readonly required: boolean
  readonly since: Time
  readonly runbook: string
}

/** The health of a process. */
export interface Health {
  /** False when the event loop has not turned for 5 s. Looks at nothing outside. */
  alive(): boolean
  /** Every component, in the order of the probes; asked again when the last answer is over a second old. */
  components(): Promise<readonly ComponentHealth[]>
  close(): void
}

/** A probe that takes longer has failed: `/readyz` has to go down within 5 s. */
const probeMs = 2_000
/** However often health is asked for, the components are looked at once a second. */
const freshMs = 1_000
const beatMs = 1_000
const beatAgeMaxMs = 5_000

/** Starts the heartbeat; `close` ends it. `changed` hears of each component whose status is another than before. */
export function openHealth({
  probes,
  clock,
  changed,
}: {
  readonly probes: readonly HealthProbe[]
  readonly clock: Clock
  readonly changed: (health: ComponentHealth) => void
}): Health {
  let beatAt = performance.now()
  const heart = setInterval(() => {
    beatAt = performance.now()
  }, beatMs)
  heart.unref()
  const last = new Map<string, ComponentHealth>()
  let asked: { readonly at: number; readonly answer: Promise<readonly ComponentHealth[]> } | null = null

  const see = async (probe: HealthProbe): Promise<ComponentHealth> => {
    const status = await inTime(async () => await probe.look())
    const before = last.get(probe.name)
    if (before?.status === status) return before
    const now: ComponentHealth = {
      component: probe.name,
      status,
      required: probe.required,
      since: clock.now(),
      runbook: probe.runbook,
    }
    last.set(probe.name, now)
    changed(now)
    return now
  }
  return {
    alive: () => performance.now() - beatAt < beatAgeMaxMs,
    components: () => {
      if (asked === null || performance.now() - asked.at > freshMs)
        asked = { at: performance.now(), answer: Promise.all(probes.map(see)) }
      return asked.answer
    },
    close: () => {
      clearInterval(heart)
    },
  }
}

async function inTime(look: () => Promise<ComponentStatus>): Promise<ComponentStatus> {
  const late = Promise.withResolvers<ComponentStatus>()
  const timer = setTimeout(() => {
    late.resolve("failed")
  }, probeMs)
  try {
    return await Promise.race([look(), late.promise])
  } catch {
    return "failed" // Whatever it threw, the component did not answer; what is wrong stands in its own log.
  } finally {
    clearTimeout(timer)
  }
}
