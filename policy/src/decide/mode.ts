// The mode of a tier: from the mode map, then never looser than the caller asked for.
// Owns: exceptions, overrides, minimumMode. Does not own: the tier, nor what a mode makes of a decision (decide.ts).
// Keeps INV-05: the type of the map has no autonomous for high, and an exception speaks of medium alone.

import type { Mode, ModeMap, PolicyRequest, Tier } from "@counterfoil/contracts"

const strictness: readonly Mode[] = ["autonomous", "assist", "blocked"]
const stricter = (a: Mode, b: Mode): Mode => (strictness.indexOf(a) >= strictness.indexOf(b) ? a : b)

/** The mode for one request at one tier, `blocked` included. */
export function modeFor(map: ModeMap, tier: Tier, request: PolicyRequest): Mode {
  const overrides = map.overrides.filter(
    ({ environment, channel }) =>
      (environment === undefined || environment === request.environment) &&
      (channel === undefined || channel === request.call.channel),
  )
  const base = excepted(map, tier, request) ? "autonomous" : map.default[tier]
  const mapped = overrides.reduce<Mode>((mode, override) => stricter(mode, override[tier] ?? mode), base)
  return stricter(mapped, request.minimumMode)
}

/** An exception names one contract, never an irreversible one, and lapses by the recorded time. */
const excepted = (map: ModeMap, tier: Tier, request: PolicyRequest): boolean =>
  tier === "medium" &&
  !request.irreversible &&
  map.exceptions.some(
    ({ contract, expires }) => contract === request.contract.ref && expires > request.call.now,
  )
