// Making a failing case small: without faults, and without wishes, that it does not need.
// Owns: what is left out and tried again. Does not own: running (pool.ts).

import type { CaseAnswer } from "./orders.ts"
import type { Pool } from "./pool.ts"

/** The smallest case found that still fails the same check, with its run. */
export async function shrink(pool: Pool, failing: CaseAnswer): Promise<CaseAnswer> {
  const check = failing.violations[0]?.check
  let smallest = failing
  const stillFails = async (asked: CaseAnswer["asked"]): Promise<boolean> => {
    const [answer] = await pool.run([asked], true)
    if (answer === undefined || !answer.violations.some((one) => one.check === check)) return false
    smallest = answer
    return true
  }
  await stillFails({ ...smallest.asked, wishesMax: 1 })
  // Halves first, then one by one: most faults have nothing to do with it.
  for (let size = Math.ceil(smallest.chosen.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < smallest.chosen.length;) {
      const left = smallest.chosen.slice(from, from + size)
      const without = [...smallest.asked.without, ...left]
      if (!(await stillFails({ ...smallest.asked, without }))) from += size
    }
  }
  return smallest
}
