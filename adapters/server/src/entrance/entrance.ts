// What every channel checks before a call: authentication, the rate of calls, and how many are under way.
// Owns: these checks and their refusals, the same on every channel. Does not own: tokens (auth), what a caller may do (the gate).
// Keeps INV-04: an unknown caller is refused, and while the directory is unreachable every caller is refused.

import { err, ok, refuse, type Refusal, type Result } from "@counterfoil/contracts"
import type { Clock, Directory } from "@counterfoil/contracts/ports"
import { authenticate, authenticateSignIn, type Presented } from "./authenticate.ts"
import type { Caller, Session } from "@counterfoil/gate"
import { openAdmission } from "./admission.ts"
import type { DoorLimits } from "./door-limits.ts"
import { openRateLimit } from "./rate-limit.ts"

/** What an entrance needs. */
export interface EntranceWorld {
  readonly directory: Directory
  readonly clock: Clock
  readonly limits: DoorLimits
  readonly closing: AbortSignal
}

/** One entrance; a process has one for each channel. */
export interface Entrance {
  /**
   * Authenticates the caller and applies the rate limits. Refused tokens are counted by `place`, which many callers may share; the
   * others go on. Errors: UNAUTHENTICATED, RATE_LIMITED, OVERLOADED when closing. Throws what the directory throws.
   */
  identify(presented: Omit<Presented, "now">, place: string): Promise<Result<Session, Refusal>>
  /** As `identify`, for the one route where a one-time sign-in is exchanged; a token is refused there. */
  identifySignIn(presented: Omit<Presented, "now">, place: string): Promise<Result<Session, Refusal>>
  /** Admits one more call of this caller, which calls the returned function once, when the call has ended. Errors: OVERLOADED. */
  admit(caller: Caller): Result<() => void, Refusal>
}

/** Seconds after which a caller that was refused as OVERLOADED may try again. */
const roomAfterSeconds = 1
const minuteMs = 60_000
/** Callers and places that are counted at once; a few hundred bytes each. */
const keysMax = 5_000

/** The refusal at a limit of concurrent calls. */
export const noRoom: Refusal = refuse("OVERLOADED", { seconds: roomAfterSeconds })

/** Opens an entrance. */
export function openEntrance({ directory, clock, limits, closing }: EntranceWorld): Entrance {
  const admission = openAdmission({ all: limits.callsMax, each: limits.callsPerPrincipalMax })
  const nowMs = () => performance.now()
  const minute = (max: number) => openRateLimit({ max, spanMs: minuteMs, keysMax, nowMs })
  const requests = minute(limits.requestsPerMinute)
  const refusedTokens = minute(limits.refusedTokensPerMinute)
  const identifyBy =
    (known: typeof authenticate): Entrance["identify"] =>
    async (presented, place) => {
      if (closing.aborted) return err(noRoom)
      const session = await known({ ...presented, now: clock.now() }, directory)
      // A spent sign-in proves nothing, so a request with one does not count against the person's limit.
      const counts = session.ok && session.value.spent === undefined
      const seconds = counts ? requests(nameOf(session.value.caller)) : refusedTokens(place)
      return seconds === null ? session : err(refuse("RATE_LIMITED", { seconds }))
    }
  return {
    identify: identifyBy(authenticate),
    identifySignIn: identifyBy(authenticateSignIn),
    admit: (caller) => {
      const leave = admission.enter(caller)
      return leave === null ? err(noRoom) : ok(leave)
    },
  }
}

const nameOf = ({ tenant, principal }: Caller): string => `${tenant} ${principal}`
