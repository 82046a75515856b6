// A small part of the crash matrix in every test run: the most telling points of every class, one run, one process.
// Owns: which cells. Does not own: the whole of it (`npm run crash-matrix`, docs/CRASH-MATRIX.md).

import { afterAll, expect, test } from "vitest"
import { openLedger } from "../../support/ledger.ts"
import { allCells, type Cell } from "./cells.ts"
import { judgeRun } from "./judge.ts"
import { openPlace, type Place } from "./modes.ts"
import { runCells } from "./run-cells.ts"

/** Writes without a commit, lost answers of commits, and the points of recovery and undo, which no other test stops at. */
const isTelling = ({ point, class: name, hold }: Cell): boolean =>
  (hold === "held" && ["k01", "k07", "k08"].includes(point)) ||
  ["k14s", "k14a", "k15r"].includes(point) ||
  (hold === "free" && ["k02", "k05", "k12", "k16c", "u08", "u10"].includes(point)) ||
  (name === "unsafe" && ["k09", "k11"].includes(point))

let place: Place | null = null

afterAll(async () => {
  await place?.close()
})

test(
  "INV-01 INV-03 INV-09 INV-14 a process killed between any two writes leaves each effect class as its row says, by the ledger",
  { timeout: 120_000 },
  async () => {
    place = await openPlace("embedded")
    const { settings } = place
    const cells = allCells.filter(isTelling)
    const run = await runCells({ name: "r1", cells, people: null, settings })
    const judged = await judgeRun(run, openLedger(settings.ledger).lines())
    await run.plane.stop()
    expect(judged.length).toBeGreaterThan(50)
    expect(judged.flatMap(({ name, faults }) => faults.map((fault) => `${name}: ${fault}`))).toEqual([])
  },
)
