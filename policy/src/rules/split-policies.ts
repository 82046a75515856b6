// A policy text cut into its policies, by a tokenizer in this file that runs before the engine sees a byte.
// Owns: size, nesting and length bounds, and the line each policy starts on. Does not own: Cedar's grammar.
// Keeps INV-04: the engine overflows its stack at about 140 brackets, and answers nothing afterwards.

import { err, ok, type Result } from "@counterfoil/contracts"

/** One policy of a text, as written, with the line it starts on (from 1). */
export interface PolicyPiece {
  readonly text: string
  readonly line: number
}

/** Why a text is not even parsed, and on which line. */
interface SplitProblem {
  readonly line: number
  readonly message: string
}

/** Bytes of one text: it travels in an input, which has 256 KiB in all. */
const policyBytesMax = 64 * 1024
/** Open brackets at any place of a text; the engine overflows at about 140. */
const nestingMax = 50
/**
 * Operators in one policy: a chain of them nests in the engine although no bracket shows it. 4.13.0 overflows while
 * evaluating 390 attribute accesses and while parsing 1,000 `if`s; 300 of either are safe.
 */
const operatorsMax = 200

const encoder = new TextEncoder()
const token =
  /\/\/[^\n\r]*|"(?:[^"\\\n]|\\.)*"|"|[([{]|[)\]}]|;|&&|\|\||[-+*.!<>=]|\b(?:if|has|in|is|like)\b|\n|[^]/gy

/** The policies of a text in their order. Comments before a policy belong to it; text after the last `;` is a problem. */
export function splitPolicies(text: string): Result<readonly PolicyPiece[], SplitProblem> {
  if (encoder.encode(text).length > policyBytesMax)
    return err({ line: 1, message: `the text is longer than ${policyBytesMax} bytes` })
  if (!text.isWellFormed()) return err({ line: 1, message: "the text is not well-formed Unicode" })
  const pieces: PolicyPiece[] = []
  let line = 1
  let depth = 0
  let operators = 0
  let begin: { readonly at: number; readonly line: number } | null = null
  for (const match of text.matchAll(token)) {
    const [found] = match
    if (found === "\n") line += 1
    if (found.startsWith("//") || found.trim() === "") continue
    begin ??= { at: match.index, line }
    if (found === '"') return err({ line, message: "a string is not closed" })
    if (found.startsWith('"')) continue
    if ("([{".includes(found)) depth += 1
    else if (")]}".includes(found)) depth -= 1
    else if (!/^[\w:,@]$/.test(found) && found !== ";") operators += 1
    if (depth > nestingMax) return err({ line, message: `brackets are nested more than ${nestingMax} deep` })
    if (depth < 0) return err({ line, message: "a bracket closes that was not opened" })
    if (operators > operatorsMax)
      return err({ line, message: `a policy has more than ${operatorsMax} operators` })
    if (found !== ";" || depth > 0) continue
    pieces.push({ text: text.slice(begin.at, match.index + 1), line: begin.line })
    begin = null
    operators = 0
  }
  if (begin !== null) return err({ line: begin.line, message: "the last policy does not end in a semicolon" })
  return ok(pieces)
}
