// Which tests failed, in a few lines that stand at the very end of a run.
// Owns: reading them from a test stage's report. Does not own: the counts (tally.ts).
// A long log is often cut: what failed must be readable from its tail alone.

import { z } from "zod"

const reportShape = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(
        z.object({
          status: z.string(),
          fullName: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
})

/** Longest part of a message that is repeated; the stage printed the whole message above. */
const messageCharactersMax = 600

/** One block of text for each failed test, and for each file that failed before its first; empty without a report. */
export function failedTests(report: unknown): readonly string[] {
  const parsed = reportShape.safeParse(report)
  if (!parsed.success) return []
  return parsed.data.testResults.flatMap((file) => {
    const failed = file.assertionResults.filter(({ status }) => status === "failed")
    if (failed.length === 0)
      return file.status === "failed" ? [block(file.name, "the file itself", file.message)] : []
    return failed.map((test) => block(file.name, test.fullName, test.failureMessages?.[0]))
  })
}

function block(file: string, test: string, message = ""): string {
  const lines = message.slice(0, messageCharactersMax).trimEnd().split("\n")
  return [`failed  ${file} > ${test}`, ...lines.map((line) => `        ${line}`)].join("\n")
}
