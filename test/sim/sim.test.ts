// The simulator in the gate: a few seeds, every pinned one, the same seed twice, and mutants that must be caught.
// The large runs are commands of their own: `npm run sim -- --seeds 10000` and `npm run sim -- --mutants`.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { rootFolder } from "../architecture/source-tree.ts"
import { blindMutants, wrongMutants } from "./check-mutants.ts"
import { mutants } from "./mutants.ts"
import type { Mutant } from "./plant.ts"
import { openPool, type Pool } from "./pool.ts"
import { tryMutant } from "./try-mutant.ts"
import { pinnedSeeds } from "./seeds.ts"

const caseOf = (seed: number) => ({ seed, without: [], wishesMax: 9 })

// On a machine that runs other things as well.
const slowly = { timeout: 180_000 }

describe("a simulated control plane", slowly, () => {
  let pool: Pool
  beforeAll(async () => {
    pool = await openPool()
  })
  afterAll(() => pool.close())

  test("keeps INV-01 to INV-09 and INV-14 through crashes, lost commits, lost messages and contrary people", async () => {
    const answers = await pool.run(Array.from({ length: 40 }, (_, i) => caseOf(i + 1)))
    expect(
      answers.flatMap(({ asked, violations }) => violations.map((one) => ({ seed: asked.seed, ...one }))),
    ).toEqual([])
    const struck = new Set(answers.flatMap((answer) => answer.struck.map(([fault]) => fault)))
    expect(struck.size).toBeGreaterThan(30)
    expect(answers.flatMap(({ statuses }) => statuses).length).toBeGreaterThan(40)
  })

  test("finds nothing any more where it once found something", async () => {
    const answers = await pool.run(pinnedSeeds.map(({ seed }) => caseOf(seed)))
    expect(answers.length).toBe(pinnedSeeds.length)
    expect(answers.filter(({ violations }) => violations.length > 0)).toEqual([])
  })

  test.each(pinnedSeeds)(
    "finds with seed $seed again, when $back takes the fix back, that $found",
    async ({ seed, back }) => {
      const broken = await openPool(mutants.filter(({ id }) => id === back))
      const [answer] = await broken.run([caseOf(seed)])
      await broken.close()
      expect(answer?.violations.length).toBeGreaterThan(0)
    },
  )

  test("does the same to the byte when a seed is run again, in this thread and in another", async () => {
    const seeds = [4, 12, 33].map(caseOf)
    const other = await openPool()
    const first = await pool.run(seeds)
    const again = await pool.run(seeds)
    const elsewhere = await other.run(seeds)
    await other.close()
    const prints = (answers: typeof first) => answers.map(({ fingerprint }) => fingerprint)
    expect(new Set(prints(first)).size).toBe(3)
    expect(prints(again)).toEqual(prints(first))
    expect(prints(elsewhere)).toEqual(prints(first))
  })
})

describe("the checks of the simulator", slowly, () => {
  test.each(["M06", "M29", "M47", "S09", "R07", "R08"])("catch the planted fault %s", async (id) => {
    const mutant = mutants.find((one) => one.id === id)
    expect(mutant).toBeTruthy()
    if (mutant === undefined) return
    const [trial] = await tryMutant(mutant, 1)
    expect(trial?.by).toMatch(/./)
  })

  test("know each planted fault by an id of its own", () => {
    const ids = [...mutants, ...blindMutants, ...wrongMutants].map(({ id }) => id)
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([])
  })

  test("load nothing of the product before a fault is planted in it", () => {
    const worker = readFileSync(new URL("sim-worker.ts", import.meta.url), "utf8")
    expect(worker).toContain('await import("@counterfoil/contracts")')
    expect(worker).not.toMatch(/^import (?!type )[^\n]*"@counterfoil/m)
  })

  test("know the text that each planted fault changes: it is in its file once", () => {
    const all = [...mutants, ...blindMutants, ...wrongMutants]
    const times = ({ file, find }: Mutant) =>
      readFileSync(join(rootFolder, file), "utf8").split(find).length - 1
    expect(all.filter((mutant) => times(mutant) !== 1).map(({ id }) => id)).toEqual([])
  })

  test("are planted into text that is still there", async () => {
    const lost = {
      id: "lost",
      says: "nothing",
      file: "executor/core/src/facts/recover.ts",
      find: "no such text",
      replace: "",
    }
    await expect(openPool([lost])).rejects.toThrow("0 times")
  })
})
