// The steps that a verification may take: in proportion to the file, so that no file of a size keeps its reader longer than another.
// What takes more than that is not a fault of the file. It was not checked, and is reported so.

/** Steps that are left. */
export interface Budget {
  left: number
}

/** Nothing is wrong that could be shown, and nothing is shown. */
export class Undecided extends Error {}

/** Takes steps from what is left; throws `Undecided` with this sentence when there are no more. */
export function spend(budget: Budget, steps: number, because: string): void {
  budget.left -= steps
  // Also for a number of steps that is not a number, which leaves none.
  if (!(budget.left >= 0)) throw new Undecided(because)
}
