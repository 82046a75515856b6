// A Markdown table, as the pages of contracts and capabilities hold them.
// Owns: its form and escaping. Does not own: a cell of one.

/** The cells of a row, in order. */
export type Row = readonly string[]

/** The table; a cell may hold Markdown but neither end its cell nor its line. */
export function table(header: Row, rows: readonly Row[]): string {
  const line = (cells: Row): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n")
}
