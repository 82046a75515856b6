import { describe, expect, test } from "vitest"
import { reportText } from "./report.ts"
import { quickSizes, runBench } from "./run-bench.ts"

describe("npm run bench", () => {
  test("INV-03 INV-07 measures the whole path and finds each execution once, with whole chains, in the database", async () => {
    const rounds: string[] = []
    const tiny = {
      ...quickSizes,
      submissions: [
        [1, 2],
        [4, 8],
      ],
      overHttp: [2, 2],
      appended: 2,
      questions: 5,
      replayed: 1,
    } as const
    const report = await runBench(tiny, (line) => rounds.push(line))
    const asked = tiny.warmUp + 2 + 8 + 2 + 2
    expect(report.checks).toEqual([
      { executions: asked, entriesPerExecution: 14, chainsVerified: asked, duplicates: 0 },
    ])
    expect(report.machine.database).toMatchObject({ fsync: "on", synchronousCommit: "on" })
    expect(report.figures.filter(({ median, unit }) => !(median > 0) || unit === undefined)).toEqual([])
    expect(rounds).toHaveLength(1)

    const lines = reportText(report).split("\n")
    const titles = lines.findIndex((line) => line.startsWith("figure "))
    expect(lines[titles]).toMatch(/^figure +median +least – most +unit$/)
    expect(
      lines.slice(titles + 1).filter((line) => /^\S.* +[\d.,]+ +[\d.,]+ – [\d.,]+/.test(line)),
    ).toHaveLength(report.figures.length)
    expect(lines.slice(titles + 1).map((line) => line.split("  ")[0])).toEqual(
      expect.arrayContaining([
        "executions, 1 in flight",
        "one alone, p50",
        "one alone, p95",
        "executions, 4 in flight",
        "executions over HTTP, 2 in flight",
        "trace entries appended",
        "bare rows of the same bytes",
        "appended ÷ bare",
        "new verdicts, 10 policies",
        "known verdicts, 100 policies",
        "replays, verify alone",
        "replays, verify and derive again",
        "--version",
      ]),
    )
  }, 120_000)
})
