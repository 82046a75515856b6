// The entrance of every door: who is it, not too often, not too many at once.
// Owns: the questions and their refusals, the same on every channel. Does not own: tokens (auth), what may be done inside (the gate).
// Keeps INV-04: nobody passes unknown, and an unreachable directory lets nobody pass.

import { err, ok, refuse, type Refusal, type Result } from "@counterfoil/contracts"
import type { Clock, Directory } from "@counterfoil/contracts/ports"
import { authenticate, authenticateSignIn, type Presented } from "./authenticate.ts"
import type { Caller, Session } from "@counterfoil/gate"
import { openAdmission } from "./admission.ts"
import type { DoorLimits } from "./door-limits.ts"
import { openRateLimit } from "./rate-limit.ts"

/** What an entrance asks. */
export interface EntranceWorld {
  readonly directory: Directory
  readonly clock: Clock
  readonly limits: DoorLimits
  readonly closing: AbortSignal
}

/** One entrance; a process has one for each channel. */
export interface Entrance {
  /**
   * Who is it, and not too often? `place` is where refused tokens are counted: behind one there may be many callers, and the
   * others go on. Errors: UNAUTHENTICATED, RATE_LIMITED, OVERLOADED when closing. Throws what the directory throws.
   */
  identify(presented: Omit<Presented, "now">, place: string): Promise<Result<Session, Refusal>>
  /** As `identify`, for the one route where a one-time sign-in is exchanged; a token is refused there. */
  identifySignIn(presented: Omit<Presented, "now">, place: string): Promise<Result<Session, Refusal>>
  /** Room for one more call of this caller; whoever got it says once when it is out. Errors: OVERLOADED. */
  admit(caller: Caller): Result<() => void, Refusal>
}

/** Seconds after which a caller that found no room may try again. */
const roomAfterSeconds = 1
const minuteMs = 60_000
/** Callers and places that are counted at once; some hundred bytes each. */
const keysMax = 5_000

/** The refusal for want of room. */
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
      // A spent sign-in proves nothing, so that its holder uses up nothing of the person's.
      const counts = session.ok && session.value.spent === undefined
      const seconds = counts ? requests(nameOf(session.value.caller)) : refusedTokens(place)
      return seconds === null ? session : err(refuse("RATE_LIMITED", { seconds }))
    }
  return {
    identify: identifyBy(authenticate),
    identifySignIn: identifyBy(authenticateSignIn),
    admit: (caller) => {
      const leave = admission.enter(nameOf(caller))
      return leave === null ? err(noRoom) : ok(leave)
    },
  }
}

const nameOf = ({ tenant, principal }: Caller): string => `${tenant} ${principal}`
