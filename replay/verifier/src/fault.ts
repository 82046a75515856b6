// How a check ends when it does not pass: something does not verify, or something could not be looked at.
// Does not own: catching either, which verifyBundle alone does.

/** Where something does not verify: the entry, a JSON Pointer into its line, and what was recorded where what was computed. */
interface FaultPlace {
  readonly seq?: number
  readonly at?: string
  readonly recorded?: string | number
  readonly computed?: string | number
}

/** Something that does not verify. Thrown by a check and caught by `verifyBundle` alone. */
export class Fault extends Error {
  override readonly name = "Fault"
  readonly seq: number | null
  readonly at: string | null
  readonly recorded: string | null
  readonly computed: string | null
  constructor(because: string, place: FaultPlace = {}) {
    super(because)
    this.seq = place.seq ?? null
    this.at = place.at ?? null
    this.recorded = place.recorded === undefined ? null : String(place.recorded)
    this.computed = place.computed === undefined ? null : String(place.computed)
  }
}

/** A check that was not made, and why. Never a pass. */
export interface Unchecked {
  readonly unchecked: string
  /** False for what no bundle can carry yet, so that it does not count against this one. */
  readonly counts: boolean
}

/** A check that this bundle should have made possible. */
export const unchecked = (because: string): Unchecked => ({ unchecked: because, counts: true })

/** A check that has nothing to examine in this bundle. */
export const notApplicable = (because: string): Unchecked => ({ unchecked: because, counts: false })
