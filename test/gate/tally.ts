// Counting the gate: each stage is one, and so is each test that a test stage ran.
// Owns: the sum and the last line that people and CI read. Does not own: running anything.
// A test stage that saw no test has failed: a gate must not pass when it could not look.

import { z } from "zod"

/** How many passed, failed and were skipped. */
export interface Tally {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** Nothing counted yet. */
export const emptyTally: Tally = { passed: 0, failed: 0, skipped: 0 }

const reportShape = z.object({
  testResults: z.array(
    z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) }),
  ),
})

/** The sum of two tallies. */
export function addTallies(a: Tally, b: Tally): Tally {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped }
}

/** One stage that has no tests of its own. */
export function tallyStage(ok: boolean): Tally {
  return ok ? { ...emptyTally, passed: 1 } : { ...emptyTally, failed: 1 }
}

/**
 * A test stage and its tests, from vitest's JSON report; `undefined` when there is none.
 * A file that failed before its first test counts as one failure, and so does a stage without a test.
 */
export function tallyTests(report: unknown, exitedClean: boolean): Tally {
  const parsed = reportShape.safeParse(report)
  const files = parsed.success ? parsed.data.testResults : []
  const tests = files.flatMap((file) => file.assertionResults.map((result) => result.status))
  const broken = files.filter(
    (file) => file.status === "failed" && !file.assertionResults.some(isFailed),
  ).length
  const passed = tests.filter((status) => status === "passed").length
  const failed = tests.filter((status) => status === "failed").length + broken
  const stage = tallyStage(exitedClean && passed > 0 && failed === 0)
  return addTallies(stage, { passed, failed, skipped: tests.length - passed - (failed - broken) })
}

/** The last line of a run: `N passed, N failed`, then `, N skipped` if any were. */
export function tallyLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`
}

function isFailed(result: { readonly status: string }): boolean {
  return result.status === "failed"
}
