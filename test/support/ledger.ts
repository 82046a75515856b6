// The outside service of the crash tests: it keeps its own book of what was asked of it and what it did.
// Owns: the book, a file that only grows, and what each effect class means to a service. Does not own: the handlers.
// It judges the control plane, so it shares no code with it.

import { appendFileSync, existsSync, readFileSync, statSync } from "node:fs"

/** One line of the book: a call, or an effect. */
export interface Line {
  readonly what: "call" | "effect" | "probe"
  readonly contract: string
  readonly label: string
  readonly key: string
}

/** A service that honours keys where its contract says so. */
export interface Ledger {
  note(line: Line): void
  /** Does it, and once a key: a provider that honours keys answers a repeated one from its book. */
  actOnce(line: Omit<Line, "what">): void
  /** Does it, again every time. */
  act(line: Omit<Line, "what">): void
  happened(key: string): boolean
  /** The number of calls under a label. */
  calls(label: string): number
  lines(): readonly Line[]
  /** Bytes of the book: it grows with each line, and costs nothing to ask. */
  size(): number
}

/** The book at a path; it is made by the first line. */
export function openLedger(path: string): Ledger {
  const note = (line: Line) => {
    appendFileSync(path, `${JSON.stringify(line)}\n`)
  }
  const lines = () =>
    existsSync(path)
      ? readFileSync(path, "utf8")
          .split("\n")
          .filter((line) => line !== "")
          .map((line) => JSON.parse(line) as Line)
      : []
  const happened = (key: string) => lines().some((line) => line.what === "effect" && line.key === key)
  const act = (line: Omit<Line, "what">) => {
    note({ ...line, what: "effect" })
  }
  return {
    note,
    act,
    actOnce: (line) => {
      if (!happened(line.key)) act(line)
    },
    happened,
    calls: (label) => lines().filter((line) => line.what === "call" && line.label === label).length,
    lines,
    size: () => (existsSync(path) ? statSync(path).size : 0),
  }
}
