// The result of a soak: one line for each promise, with the expected and the actual value.
// Owns: the table and whether all of it holds. Does not own: finding out (soak-play.ts, soak-load.ts).

/** One promise and what became of it. */
export interface Finding {
  readonly what: string
  readonly expected: string
  readonly found: string
  readonly holds: boolean
}

/** A count that has to be exactly so. */
export const exactly = (what: string, expected: number, found: number): Finding => ({
  what,
  expected: String(expected),
  found: String(found),
  holds: expected === found,
})

/** A number that has to stay at or below a bound. */
export const atMost = (what: string, bound: number, found: number, unit: string): Finding => ({
  what,
  expected: `≤ ${bound} ${unit}`,
  found: `${found} ${unit}`,
  holds: found <= bound,
})

/** The table, for people. */
export function verdictTable(findings: readonly Finding[]): string {
  const widthOf = (pick: (finding: Finding) => string): number =>
    Math.max(...findings.map((finding) => pick(finding).length))
  const [what, expected] = [widthOf((one) => one.what), widthOf((one) => one.expected)]
  return findings
    .map(
      (one) =>
        `${one.holds ? "ok    " : "BROKEN"}  ${one.what.padEnd(what)}  ${one.expected.padStart(expected)}  ${one.found}`,
    )
    .join("\n")
}
