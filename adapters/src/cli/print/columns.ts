// Borderless columns, two spaces apart, header in capitals: they grep, cut and paste well.
// Owns: aligning by what a terminal shows, not by code units. Does not own: what stands in a cell.

import stringWidth from "string-width"

/** Rows under their headers, without trailing blanks; only the headers when there is no row. Cells hold one line each. */
export function columns(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headers.map((header) => header.toUpperCase()), ...rows]
  return aligned(lines)
}

/** Lines of cells, aligned; the last cell of a line is not padded. */
export function aligned(lines: readonly (readonly string[])[]): string {
  const widths = lines.reduce<readonly number[]>(
    (most, line) =>
      line.map((cell, at) => Math.max(most[at] ?? 0, stringWidth(cell))).concat(most.slice(line.length)),
    [],
  )
  return lines
    .map((line) =>
      line
        .map((cell, at) =>
          at === line.length - 1 ? cell : cell + " ".repeat((widths[at] ?? 0) - stringWidth(cell)),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n")
}
