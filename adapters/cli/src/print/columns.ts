// Tables without borders, two spaces between columns, headers in capitals: easy to grep, cut and paste.
// Owns: aligning by the width that a terminal shows, not by code units. Does not own: the contents of a cell.

import { createRequire } from "node:module"
import type stringWidth from "string-width"

/** Rows under their headers, without trailing blanks; without rows, the headers alone. Each cell is one line. */
export function columns(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headers.map((header) => header.toUpperCase()), ...rows]
  return aligned(lines)
}

/** Lines of cells, aligned; the last cell of a line is not padded. */
export function aligned(lines: readonly (readonly string[])[]): string {
  const widths = lines.reduce<readonly number[]>(
    (most, line) =>
      line.map((cell, at) => Math.max(most[at] ?? 0, shownWidth(cell))).concat(most.slice(line.length)),
    [],
  )
  return lines
    .map((line) =>
      line
        .map((cell, at) =>
          at === line.length - 1 ? cell : cell + " ".repeat((widths[at] ?? 0) - shownWidth(cell)),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n")
}

/** A column that may be cut to fit, down to `min` columns of the terminal. */
interface Flexible {
  readonly header: string
  readonly min: number
}

/** Rows under their headers in at most `width` columns: the widest flexible column is cut first, by a column at a time. */
export function fitted(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
  flexible: readonly Flexible[],
  width: number,
): string {
  const lines = [headers.map((header) => header.toUpperCase()), ...rows]
  const widths = headers.map((_, at) => Math.max(...lines.map((line) => shownWidth(line[at] ?? ""))))
  const gaps = 2 * (headers.length - 1)
  for (let total = widths.reduce((sum, one) => sum + one, gaps); total > width; total -= 1) {
    const widest = flexible
      .map(({ header, min }) => ({ at: headers.indexOf(header), min }))
      .filter(({ at, min }) => (widths[at] ?? 0) > min)
      .toSorted((a, b) => (widths[b.at] ?? 0) - (widths[a.at] ?? 0))[0]
    if (widest === undefined) break
    widths[widest.at] = (widths[widest.at] ?? 0) - 1
  }
  return aligned(lines.map((line) => line.map((cell, at) => cut(cell, widths[at] ?? 0))))
}

/** A cell in at most `width` columns; `…` replaces the rest. Only plain cells are too wide, so no escape sequence is cut. */
function cut(cell: string, width: number): string {
  if (shownWidth(cell) <= width) return cell
  let kept = ""
  for (const char of cell) {
    if (shownWidth(kept + char) > width - 1) break
    kept += char
  }
  return `${kept}…`
}

/**
 * Columns that a terminal needs for a text of one line; escapes of colours need none. The data of other scripts takes 30 ms to
 * load, so it is loaded only for a text that has some: most lists have none.
 */
function shownWidth(text: string): number {
  return /^[ -~]*$/.test(text) ? text.length : wide(text)
}

type Measure = (text: string) => number
let measure: Measure | null = null

function wide(text: string): number {
  measure ??= loaded()
  return measure(text)
}

function loaded(): Measure {
  const load: (name: string) => { readonly default: typeof stringWidth } = createRequire(import.meta.url)
  return load("string-width").default
}
