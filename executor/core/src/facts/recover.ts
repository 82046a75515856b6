// The recovery table: what to do with a dispatch that has no outcome (docs/design/recovery.md).
// Owns: the decision and its margins. Does not own: clocks, probes, the append.
// Keeps INV-03: nothing uncertain is retried blindly, nothing is declared in doubt before a late answer is impossible.

import {
  addMs,
  assertNever,
  msOfTime,
  type DoubtCause,
  type EffectClass,
  type Time,
} from "@counterfoil/contracts"

/** How far a worker's clock may be off; a worker refuses to run beyond it. */
export const clockSkewMs = 2_000
/** How long after a deadline an answer may still be on its way. */
export const graceMs = 5_000
/** The part of a provider's window that is used; the rest allows for the provider's unknown clock. */
export const windowUsedPercent = 90

/** One attempt without a recorded outcome. */
export interface LostAttempt {
  readonly effect: EffectClass
  readonly attempt: number
  readonly attemptsMax: number
  readonly startedAt: Time
  /** When the first attempt of this generation began: a provider's window counts from there. */
  readonly firstStartedAt: Time
  readonly deadline: Time
  readonly windowMs: number | null
  readonly settleMs: number | null
  readonly now: Time
}

/** What to do about a lost attempt. */
export type Recovery =
  | { readonly kind: "wait"; readonly until: Time }
  | { readonly kind: "runAgain" }
  | { readonly kind: "probe" }
  | { readonly kind: "inDoubt"; readonly because: DoubtCause }
  | { readonly kind: "fail" }

/** Decides what to do about a lost attempt. Pure; a table by effect class. */
export function recover(lost: LostAttempt): Recovery {
  const until = settledAt(lost)
  if (lost.now < until) return { kind: "wait", until }
  const again = lost.attempt < lost.attemptsMax
  switch (lost.effect) {
    case "pure":
    case "read":
      return again ? { kind: "runAgain" } : { kind: "fail" }
    case "natural":
      return again ? { kind: "runAgain" } : { kind: "inDoubt", because: "crash" }
    case "keyed":
      if (windowPassed(lost)) return { kind: "inDoubt", because: "windowPassed" }
      return again ? { kind: "runAgain" } : { kind: "inDoubt", because: "crash" }
    case "probeable":
      return { kind: "probe" }
    case "unsafe":
      return { kind: "inDoubt", because: "crash" }
    default:
      return assertNever(lost.effect)
  }
}

/** From when on an attempt without outcome may be called in doubt: its deadline, the clock's skew and the grace. */
export const inDoubtNotBefore = (deadline: Time): Time => addMs(deadline, clockSkewMs + graceMs)

/** True when the key of a `keyed` step may no longer be known to the provider. */
export function windowPassed({
  firstStartedAt,
  windowMs,
  now,
}: Pick<LostAttempt, "firstStartedAt" | "windowMs" | "now">): boolean {
  return msOfTime(now) - msOfTime(firstStartedAt) > ((windowMs ?? 0) * windowUsedPercent) / 100
}

function settledAt({ effect, deadline, settleMs }: LostAttempt): Time {
  const doubt = inDoubtNotBefore(deadline)
  const settled = addMs(deadline, clockSkewMs + (settleMs ?? 0))
  return effect === "probeable" && settled > doubt ? settled : doubt
}
