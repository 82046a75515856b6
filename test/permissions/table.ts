// A committed table: rows of cells under a first row of names, in columns of equal width.
// Owns: the layout. Does not own: the content of a cell.

/** The table as text; the first row names the columns. */
export function tableOf(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd()
  return `${rows.map(line).join("\n")}\n`
}
