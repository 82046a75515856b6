// The recovery table as text, one line a class and situation.

import { expect, test } from "vitest"
import { addMs } from "@counterfoil/contracts"
import { recover, type LostAttempt } from "./recover.ts"
import { effects, start } from "../../test/world.ts"

const deadline = addMs(start, 30_000)
const situations: readonly (readonly [string, Partial<LostAttempt>])[] = [
  ["just before the margin", { now: addMs(deadline, 6_999) }],
  ["at the margin", { now: addMs(deadline, 7_000) }],
  ["the last attempt", { now: addMs(deadline, 7_000), attempt: 3 }],
  ["settled", { now: addMs(deadline, 12_000) }],
  ["at 90 % of the window", { now: addMs(start, 3_240_000) }],
  ["past 90 % of the window", { now: addMs(start, 3_240_001) }],
]

test("INV-03 the recovery table", () => {
  const lines = effects.flatMap((effect) =>
    situations.map(([name, given]) => {
      const found = recover({
        effect,
        attempt: 1,
        attemptsMax: 3,
        startedAt: start,
        firstStartedAt: start,
        deadline,
        windowMs: effect === "keyed" ? 3_600_000 : null,
        settleMs: effect === "probeable" ? 10_000 : null,
        now: start,
        ...given,
      })
      return `${effect}, ${name}: ${Object.values(found).join(" ")}`
    }),
  )
  expect(lines.join("\n")).toMatchInlineSnapshot(`
    "pure, just before the margin: wait 2026-11-21T10:00:37.000Z
    pure, at the margin: runAgain
    pure, the last attempt: fail
    pure, settled: runAgain
    pure, at 90 % of the window: runAgain
    pure, past 90 % of the window: runAgain
    read, just before the margin: wait 2026-11-21T10:00:37.000Z
    read, at the margin: runAgain
    read, the last attempt: fail
    read, settled: runAgain
    read, at 90 % of the window: runAgain
    read, past 90 % of the window: runAgain
    natural, just before the margin: wait 2026-11-21T10:00:37.000Z
    natural, at the margin: runAgain
    natural, the last attempt: inDoubt crash
    natural, settled: runAgain
    natural, at 90 % of the window: runAgain
    natural, past 90 % of the window: runAgain
    keyed, just before the margin: wait 2026-11-21T10:00:37.000Z
    keyed, at the margin: runAgain
    keyed, the last attempt: inDoubt crash
    keyed, settled: runAgain
    keyed, at 90 % of the window: runAgain
    keyed, past 90 % of the window: inDoubt windowPassed
    probeable, just before the margin: wait 2026-11-21T10:00:42.000Z
    probeable, at the margin: wait 2026-11-21T10:00:42.000Z
    probeable, the last attempt: wait 2026-11-21T10:00:42.000Z
    probeable, settled: probe
    probeable, at 90 % of the window: probe
    probeable, past 90 % of the window: probe
    unsafe, just before the margin: wait 2026-11-21T10:00:37.000Z
    unsafe, at the margin: inDoubt crash
    unsafe, the last attempt: inDoubt crash
    unsafe, settled: inDoubt crash
    unsafe, at 90 % of the window: inDoubt crash
    unsafe, past 90 % of the window: inDoubt crash"
  `)
})
