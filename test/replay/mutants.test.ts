// Bundles changed at random: what one verifier refuses, the other refuses, and neither ever throws.
// The gate tries two hundred; COUNTERFOIL_MUTANTS=20000 tries as many as it says, from COUNTERFOIL_MUTANTS_FROM on.

import { expect, test } from "vitest"
import { sayBoth } from "./both.ts"
import { diceOf } from "./dice.ts"
import { mutate } from "./mutate-bundle.ts"
import { bundleOf, recordExecution } from "./record-execution.ts"

const { COUNTERFOIL_MUTANTS: many = "200", COUNTERFOIL_MUTANTS_FROM: first = "0" } = process.env
const [count, from] = [Number(many), Number(first)]

test(
  `INV-07 of ${count} random changes to bytes, tokens, fields and lines none splits the two verifiers`,
  { timeout: 60_000 + count * 400 },
  () => {
    const files = Array.from(
      { length: 16 },
      (_, i) => bundleOf(recordExecution({ seed: 5_000 + i }), i % 8 === 7 ? "none" : "all").bytes,
    )
    const splits: string[] = []
    const found = new Map<string, number>()
    for (let seed = from; seed < from + count; seed++) {
      const dice = diceOf(seed)
      const mutant = mutate(dice.one(files), dice.one(files), dice)
      const { first: own, second, about } = sayBoth(mutant.bytes)
      found.set(second ?? "nothing", (found.get(second ?? "nothing") ?? 0) + 1)
      if ((own === null) !== (second === null))
        splits.push(`${seed}, ${mutant.how}: ${own} ${about.first} | ${second} ${about.second}`)
    }
    expect(splits).toEqual([])
    // What a mutant has to get past before the next check sees it: each of them has seen some.
    expect([...found.keys()]).toEqual(
      expect.arrayContaining(["FORMAT", "BLOB", "SEQUENCE", "CHAIN", "PAYLOAD", "APPROVAL"]),
    )
  },
)
