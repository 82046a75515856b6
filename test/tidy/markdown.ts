// Reading Markdown as far as the checks need it: tables by column name, links, the anchors of headings, and plain text.
// Owns: those four. Does not own: rendering; fenced code is left out everywhere.

/** A cell by the name of its column. */
export type Row = Readonly<Record<string, string>>

/** A link's target as written, with the line, counted from 1, on which it stands. */
export interface Link {
  readonly target: string
  readonly line: number
}

/** The rows of every table that has the named column, in order; cells are trimmed and keep their markup. */
export function tableRows(text: string, column: string): readonly Row[] {
  const rows: Row[] = []
  let header: readonly string[] = []
  for (const line of proseLines(text)) {
    const cells = line.trim().startsWith("|") ? cellsOf(line) : []
    const isRule = cells.length > 0 && cells.every((cell) => /^:?-+:?$/.test(cell))
    if (cells.length === 0) header = []
    else if (header.length === 0) header = cells
    else if (!isRule && header.includes(column))
      rows.push(Object.fromEntries(header.map((name, i) => [name, cells[i] ?? ""])))
  }
  return rows
}

/** The links of a document outside code, images included. */
export function linksOf(text: string): readonly Link[] {
  return proseLines(text).flatMap((line, index) => {
    const matches = line.replaceAll(/`[^`]*`/g, "").matchAll(/\]\(([^)\s]+)[^)]*\)/g)
    return [...matches].map((match) => ({ target: match[1] ?? "", line: index + 1 }))
  })
}

/** The lines of a document without code and links; one that has nothing else is empty, so that numbers stay true. */
export function plainLines(text: string): readonly string[] {
  return proseLines(text).map((line) => line.replaceAll(/`[^`]*`|\[[^\]]*\]\([^)]*\)/g, ""))
}

/** The anchors that the headings of a document answer to. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const headings = proseLines(text).filter((line) => /^#{1,6} /.test(line))
  return new Set(headings.map((line) => slugOf(line.replace(/^#+ /, ""))))
}

function slugOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .trim()
    .replaceAll(" ", "-")
}

/** Lines as they are, with those of fenced code emptied, so that numbers stay true. */
function proseLines(text: string): readonly string[] {
  let isFenced = false
  return text.split("\n").map((line) => {
    const isFence = /^\s*(```|~~~)/.test(line)
    if (isFence) isFenced = !isFenced
    return isFence || isFenced ? "" : line
  })
}

function cellsOf(line: string): readonly string[] {
  return line
    .trim()
    .replaceAll(/^\||\|$/g, "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim())
}
