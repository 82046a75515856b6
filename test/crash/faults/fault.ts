// A fault under load, and what it came to.
// Owns: the shape that every fault answers with. Does not own: any fault.

/** What one kind of fault came to; no faults when ledger and trace agree and nothing is lost or done twice. */
export interface FaultReport {
  readonly name: string
  /** How often it was done. */
  readonly times: number
  /** What was compared, with counts. */
  readonly judged: string
  readonly faults: readonly string[]
}
