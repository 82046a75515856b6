// Errors have four parts: code, sentence, a command to run, and a page with details.
// Owns: both forms, for people on stderr and for programs on stdout. Does not own: the codes (contracts).

import { escapeLine, type Json, documentOf } from "@counterfoil/contracts"
import { AnsweredProblem, CliError } from "./cli-error.ts"
import { statusWord } from "./print/colour.ts"
import type { Page } from "./print/page.ts"

const programHelp = "counterfoil --help"

/** An error as four lines or a few more, without a final newline. `help` is the help command of what was called. */
export function errorText(page: Page, error: unknown, help = programHelp): string {
  const { code, sentence, lines, fix, see } = partsOf(error, help)
  return [
    `${statusWord(page, "error")} ${code}  ${escapeLine(sentence)}`,
    ...lines.map((line) => `  ${escapeLine(line)}`),
    `  fix: ${escapeLine(fix)}`,
    `  see: ${escapeLine(see)}`,
  ].join("\n")
}

/** The same as one document: the server's problem unchanged, or an error of the program with the same fields where it has them. */
export function errorDocument(error: unknown, help: string): { readonly [field: string]: Json } {
  if (error instanceof AnsweredProblem) return { problem: documentOf(error.problem) }
  const { code, sentence, lines, fix, see } = partsOf(error, help)
  return { problem: { code, detail: sentence, fix, see, lines: [...lines] } }
}

/** The suggested command for a code, when the failed command has no better one. */
const fixes: { readonly [code: string]: string } = {
  UNAUTHENTICATED: "counterfoil login",
  GRANT_MISSING: "counterfoil whoami",
  NOT_FOUND: "counterfoil exec list",
  DIGEST_STALE: "counterfoil queue list",
  APPROVAL_CLOSED: "counterfoil queue list",
  ALREADY_REVIEWED: "counterfoil queue list",
  ASSURANCE_TOO_LOW: "counterfoil key enrol",
  SIGNATURE_INVALID: "counterfoil key list",
  CONTRACT_UNKNOWN: "counterfoil contract list",
}

function partsOf(
  error: unknown,
  help: string,
): {
  readonly code: string
  readonly sentence: string
  readonly lines: readonly string[]
  readonly fix: string
  readonly see: string
} {
  if (error instanceof AnsweredProblem) {
    const { problem } = error
    const issues = problem.issues.map(({ at, message }) => `${at === "" ? "/" : at}  ${message}`)
    const trace = problem.actor === "bug" ? [`trace ${problem.traceId}`] : []
    return {
      code: problem.code,
      sentence: problem.detail,
      lines: [...issues, ...trace],
      fix: fixes[problem.code] ?? problem.fix,
      see: `docs/errors/${problem.code}.md`,
    }
  }
  if (error instanceof CliError)
    return { sentence: error.message, ...error.parts, fix: error.parts.fix ?? help }
  const sentence = error instanceof Error ? error.message : String(error)
  return { code: "INTERNAL", sentence, lines: [], fix: "counterfoil doctor", see: "docs/errors/INTERNAL.md" }
}
