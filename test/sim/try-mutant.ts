// One mutant against the seeds until something catches it.
// Owns: what counts as caught, how many seeds a trial has. Does not own: which mutants there are, nor the table (run-mutants.ts).

import type { BlindMutant } from "./check-mutants.ts"
import type { CaseAnswer } from "./orders.ts"
import type { Mutant } from "./plant.ts"
import { openPool, type Pool } from "./pool.ts"

/** The result of one trial: the number of seeds, and the check that caught the mutant; null when none did. */
export type Trial = { readonly seeds: number; readonly by: string } | null

const trialsMax = 3
const seedsMax = 1_000
// Each trial has seeds of its own.
const trialSpan = 100_000
const batch = 16
const hangsAfterMs = 120_000
// A blind check is compared on so many seeds on which the whole one sees something.
const seenMax = 5

/** Tries a mutant of the code, or of a checker that sees wrongly: any violation catches it, and so does a thread that breaks or hangs. */
export async function tryMutant(mutant: Mutant, trials = trialsMax): Promise<readonly Trial[]> {
  let pool = await openPool([mutant])
  try {
    return await inTrials(trials, async (from) => {
      const trial = await firstCaught(pool, from)
      if (trial === null || !isBroken(trial)) return trial
      // A worker that broke or hangs is of no use to the next trial.
      await pool.close()
      pool = await openPool([mutant])
      return trial
    })
  } finally {
    await pool.close()
  }
}

/** Tries a checker that sees too little: it is caught when a planted fault that the whole checker finds on a seed goes past it there. */
export async function tryBlind(
  blind: BlindMutant,
  planted: Mutant,
  trials = trialsMax,
): Promise<readonly Trial[]> {
  const whole = await openPool([planted])
  const half = await openPool([planted, blind])
  const sees = ({ violations }: CaseAnswer): boolean => violations.some(({ check }) => check === blind.past)
  try {
    return await inTrials(trials, async (from) => {
      let seen = 0
      for await (const answers of batches(whole, from))
        for (const answer of answers.filter(sees)) {
          const again = await half.run([answer.asked])
          if (!again.some(sees))
            return { seeds: answer.asked.seed - from + 1, by: `${planted.id} goes past it` }
          seen += 1
          if (seen >= seenMax) return null
        }
      return null
    })
  } finally {
    await Promise.all([whole.close(), half.close()])
  }
}

async function inTrials(count: number, one: (from: number) => Promise<Trial>): Promise<readonly Trial[]> {
  const trials: Trial[] = []
  for (let trial = 0; trial < count; trial += 1) {
    const found = await one(1 + trial * trialSpan)
    trials.push(found)
    // What a whole trial did not find is not found by another in a time that anybody waits.
    if (found === null) break
  }
  return trials
}

async function firstCaught(pool: Pool, from: number): Promise<Trial> {
  let ran = 0
  try {
    for await (const answers of batches(pool, from)) {
      const index = answers.findIndex(({ violations }) => violations.length > 0)
      const by = answers[index]?.violations[0]?.check
      if (by !== undefined) return { seeds: ran + index + 1, by }
      ran += answers.length
    }
    return null
  } catch (error) {
    const words = error instanceof Error ? error.message.slice(0, 60) : "unknown"
    return { seeds: ran + 1, by: `${broken}: ${words}` }
  }
}

const broken = "the run breaks"
const isBroken = ({ by }: NonNullable<Trial>): boolean => by.startsWith(broken)

async function* batches(pool: Pool, from: number): AsyncGenerator<readonly CaseAnswer[]> {
  // Most are caught at once: the first batches are small.
  let size = 1
  for (let seed = from; seed < from + seedsMax; seed += size) {
    size = Math.min(2 * size, batch)
    const cases = Array.from({ length: size }, (_, i) => ({ seed: seed + i, without: [], wishesMax: 9 }))
    const answers = await Promise.race([pool.run(cases), hang()])
    if (answers === null) throw new Error("it does not end")
    yield answers
  }
}

const hang = (): Promise<null> =>
  new Promise((resolve) => setTimeout(() => resolve(null), hangsAfterMs).unref())
