// Whether this process is alive, and whether it may take work.
// Owns: running the probes, and since when each component has its status. Does not own: the probes (the wiring lists them), nor the routes.
// Keeps INV-04: a probe that throws or exceeds its time counts as failed.

import type { Time } from "@counterfoil/contracts"
import type { Clock } from "@counterfoil/contracts/ports"

/** The status of a component. */
export type ComponentStatus = "ok" | "degraded" | "failed"

/** Checks one component. `required`: without this component the process takes no work. */
export interface HealthProbe {
  readonly name: string
  readonly required: boolean
  /** The page of `docs/runbooks` that says what to do. */
  readonly runbook: string
  look(): Promise<ComponentStatus>
}

/** One component at its last check; `since` is when this status was first observed. */
export interface ComponentHealth {
  readonly component: string
  readonly status: ComponentStatus
  readonly required: boolean
  readonly since: Time
  readonly runbook: string
}

/** The health of a process. */
export interface Health {
  /** False when the event loop has not run for 5 s. Checks nothing outside of the process. */
  alive(): boolean
  /** Every component, in the order of the probes; checked again when the last result is over a second old. */
  components(): Promise<readonly ComponentHealth[]>
  close(): void
}

/** A probe that takes longer has failed: `/readyz` must report a failure within 5 s. */
const probeMs = 2_000
/** The components are checked at most once a second, no matter how often health is requested. */
const freshMs = 1_000
const beatMs = 1_000
const beatAgeMaxMs = 5_000

/** Starts the heartbeat; `close` ends it. `changed` is called for each component whose status has changed. */
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
    return "failed" // Any error means that the component did not answer; its own log has the cause.
  } finally {
    clearTimeout(timer)
  }
}
