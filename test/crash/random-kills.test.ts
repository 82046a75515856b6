// A stream of executions with holds, while the process is killed again and again at random moments.
// The judge is the ledger: it is outside of the control plane, and no line of it is written by what is judged.

import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { diceOf } from "../replay/dice.ts"
import { startCrashPlane, type CrashPlane } from "../support/crash-plane.ts"
import { newDataFolder } from "../support/data-folder.ts"
import { openLedger } from "../support/ledger.ts"
import { headStart, until } from "../support/until.ts"
import { beginLoad } from "./load.ts"

const kills = 8
/** Executions that are acknowledged between two kills, at least. */
const newPerKill = 2
const folder = newDataFolder("kills")
const settings = {
  data: folder.path,
  ledger: join(folder.path, "ledger.jsonl"),
  deadline: "PT2S",
  armed: false,
  part: null,
}
let plane: CrashPlane

afterAll(async () => {
  await plane.stop()
  folder.remove()
})

describe("SIGKILL at random moments, again and again", () => {
  test(
    "INV-03 INV-07 INV-14 loses nothing that was acknowledged, acts once a step, and every chain verifies",
    { timeout: 120_000 },
    async () => {
      const dice = diceOf(7)
      plane = await startCrashPlane(settings)
      const { people } = plane
      if (people === null) throw new Error("the folder was not empty")
      const ledger = openLedger(settings.ledger)
      const load = beginLoad({ name: "kills", url: () => plane.url, people, ledger, hands: 2, restMs: 100 })
      for (let kill = 0; kill < kills; kill += 1) {
        // A kill finds new work beside what earlier kills left behind, which alone makes progress, too.
        const [asked, seen, more] = [load.acknowledged(), load.progress(), dice.below(1_000)]
        await until("progress", 15_000, () =>
          load.acknowledged() >= asked + newPerKill && load.progress() > seen + more ? true : null,
        )
        await headStart(dice.below(60))
        await plane.kill()
        plane = await startCrashPlane(settings)
      }
      await load.rest()
      const { executions, faults } = await load.judge(60_000)
      expect(executions).toBeGreaterThanOrEqual(kills * newPerKill)
      expect(faults).toEqual([])
    },
  )
})
