import { expect, test } from "vitest"
import { playSoak } from "./soak-play.ts"
import { verdictTable } from "./verdict.ts"

test(
  "INV-03 INV-07 INV-14 intents with holds, approved by two people at once while workers are killed: each ends, acts once, and verifies",
  { timeout: 120_000 },
  async () => {
    const findings = await playSoak({ executions: 80, workers: 2, killEveryMs: 2_000, say: () => undefined })
    const broken = findings.filter(({ holds }) => !holds)
    expect(broken.length === 0 ? "" : verdictTable(findings)).toBe("")
  },
)
