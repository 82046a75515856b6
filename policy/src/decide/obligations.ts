// Obligations: what a held step asks of people, from the permits that allowed it and the defaults of its tier.
// Owns: the defaults, the union, the floor of tier high. Does not own: counting answers (reviews/).
// Keeps INV-05: at tier high annotations only add to two people, assurance key and no bulk.

import {
  assuranceCovers,
  durationMs,
  type Assurance,
  type Duration,
  type Obligations,
  type RoleName,
  type Tier,
} from "@counterfoil/contracts"
import type { Ask } from "../rules/rule.ts"

const duration = (text: string): Duration => text as Duration
const role = (text: string): RoleName => text as RoleName

/** What a tier asks where no permit says otherwise; part of every slice digest. */
export const obligationDefaults = {
  medium: {
    quorum: [{ role: role("approver"), count: 1 }],
    assurance: "session",
    timeouts: [duration("PT4H"), duration("PT20H")],
    onTimeout: "escalate",
    escalateTo: [role("owner")],
    grace: duration("PT0S"),
    bulk: true,
    exclude: [],
  },
  high: {
    quorum: [{ role: role("approver"), count: 2 }],
    assurance: "key",
    timeouts: [duration("PT4H")],
    onTimeout: "expire",
    escalateTo: [],
    grace: duration("PT5S"),
    bulk: false,
    exclude: ["agentOwner"],
  },
  /** The longest that a request of tier high stays open. */
  highTimeoutMax: duration("PT24H"),
  /** Distinct humans for tier high. */
  highHumans: 2,
} as const satisfies {
  readonly medium: Obligations
  readonly high: Obligations
  readonly highTimeoutMax: Duration
  readonly highHumans: number
}

/** A permit that took part, as far as its obligations go. */
export interface Asking {
  readonly tier: Tier
  readonly ask: Ask
}

/** The role of a quorum that the holder of an open break-glass session fills alone. */
export const breakGlassRole = role("break-glass")

/**
 * The union over the permits of tier medium and higher, each completed from the medium default; the default itself
 * where no permit asks. `floorTier` is the tier that the contract has by itself: from medium on the default's assurance stays.
 */
export function obligationsFor(tier: Tier, floorTier: Tier, permits: readonly Asking[]): Obligations {
  const { medium, high } = obligationDefaults
  const asked = permits.filter((permit) => permit.tier !== "low").map(({ ask }) => completed(ask))
  // The contract itself asks for a person here: a permit may say who and when, but may not lower the assurance.
  const floored: readonly Part[] =
    floorTier === "low" || asked.length === 0
      ? []
      : [{ ...medium, quorum: [], timeouts: null, escalateTo: [] }]
  const united = union(asked.length === 0 ? [medium] : [...asked, ...floored])
  if (tier !== "high") return united
  const floor = union([united, { ...high, quorum: [], timeouts: null }])
  const cap = obligationDefaults.highTimeoutMax
  return {
    ...floor,
    quorum: atLeastTwo(floor.quorum),
    timeouts: floor.timeouts.map((each) => shortest([each, cap])),
  }
}

/** One signed review of the session's holder instead of the quorum, because it is for when no one else is there; time-outs and grace stay. */
export const breakGlassObligations = (obligations: Obligations): Obligations => ({
  ...obligations,
  quorum: [{ role: breakGlassRole, count: 1 }],
  assurance: "key",
  bulk: false,
  exclude: [],
})

/** One side of a union; `timeouts: null` says nothing about time. */
interface Part extends Omit<Obligations, "timeouts"> {
  readonly timeouts: readonly Duration[] | null
}

function completed(ask: Ask): Part {
  const { medium } = obligationDefaults
  const onTimeout = ask.onTimeout ?? (ask.timeouts === null ? medium.onTimeout : "expire")
  return {
    quorum: ask.quorum ?? medium.quorum,
    assurance: ask.assurance ?? medium.assurance,
    timeouts: ask.timeouts ?? medium.timeouts,
    onTimeout,
    escalateTo: ask.escalateTo ?? (onTimeout === "escalate" ? medium.escalateTo : []),
    grace: ask.grace ?? medium.grace,
    bulk: ask.bulk ?? medium.bulk,
    exclude: ask.exclude ?? medium.exclude,
  }
}

function union(parts: readonly Part[]): Obligations {
  const onTimeout = strictest(parts)
  const escalateTo = onTimeout === "escalate" ? levelsOf(parts) : []
  const timed = parts.flatMap(({ timeouts }) => (timeouts === null ? [] : [timeouts]))
  return {
    quorum: joined(parts.flatMap(({ quorum }) => quorum)),
    assurance: parts.reduce<Assurance>(
      (a, { assurance }) => (assuranceCovers(assurance, a) ? assurance : a),
      "chat",
    ),
    timeouts: Array.from({ length: escalateTo.length + 1 }, (_, level) =>
      shortest(timed.map((each) => each[level] ?? each.at(-1))),
    ),
    onTimeout,
    escalateTo,
    grace: longest(parts.map(({ grace }) => grace)),
    bulk: parts.every(({ bulk }) => bulk),
    exclude: [...new Set(parts.flatMap(({ exclude }) => exclude))].sort(),
  }
}

const strictest = (parts: readonly Part[]): Obligations["onTimeout"] =>
  (["reject", "expire", "escalate"] as const).find((each) =>
    parts.some(({ onTimeout }) => onTimeout === each),
  ) ?? "expire"

/** One role a level. Where permits differ the level goes to `owner` if one of them says so, else to the first by name. */
function levelsOf(parts: readonly Part[]): readonly RoleName[] {
  const levels = Math.max(...parts.map(({ escalateTo }) => escalateTo.length))
  return Array.from({ length: levels }, (_, level) => {
    const named = parts.flatMap(({ escalateTo }) => escalateTo[level] ?? []).sort()
    return named.find((each) => each === "owner") ?? named[0] ?? role("owner")
  })
}

function joined(quorum: Obligations["quorum"]): Obligations["quorum"] {
  const counts = new Map<RoleName, number>()
  for (const slot of quorum) counts.set(slot.role, Math.max(slot.count, counts.get(slot.role) ?? 0))
  return [...counts].map(([role, count]) => ({ role, count })).sort((a, b) => (a.role < b.role ? -1 : 1))
}

function atLeastTwo(quorum: Obligations["quorum"]): Obligations["quorum"] {
  const missing = obligationDefaults.highHumans - quorum.reduce((sum, { count }) => sum + count, 0)
  if (missing <= 0) return quorum
  const approver = obligationDefaults.high.quorum[0].role
  const have = quorum.find((slot) => slot.role === approver)?.count ?? 0
  return joined([...quorum, { role: approver, count: have + missing }])
}

const shortest = (durations: readonly (Duration | undefined)[]): Duration => pick(durations, (a, b) => a < b)
const longest = (durations: readonly Duration[]): Duration => pick(durations, (a, b) => a > b)

/** The best of some durations; of two that last equally long the one whose text comes first, so that order does not matter. */
function pick(
  durations: readonly (Duration | undefined)[],
  better: (a: number, b: number) => boolean,
): Duration {
  const [first = obligationDefaults.medium.timeouts[0], ...rest] = durations
    .filter((each) => each !== undefined)
    .sort()
  return rest.reduce((best, each) => (better(durationMs(each), durationMs(best)) ? each : best), first)
}
