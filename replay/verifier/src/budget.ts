// The steps that a verification may take: in proportion to the file, so that no file keeps its verifier longer than
// another of its size. A check that takes more steps is not a fault of the file: it is reported as not checked.

/** Steps that are left. */
export interface Budget {
  left: number
}

/** A check that was not finished: it found no fault, and it proves nothing. */
export class Undecided extends Error {}

/** Takes steps from what is left; throws `Undecided` with this sentence when there are no more. */
export function spend(budget: Budget, steps: number, because: string): void {
  budget.left -= steps
  // Also for a number of steps that is not a number, which leaves none.
  if (!(budget.left >= 0)) throw new Undecided(because)
}
