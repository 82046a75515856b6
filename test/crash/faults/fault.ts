// A fault under load, and its result.
// Owns: the shape that every fault answers with. Does not own: any fault.

/** The result of one kind of fault; no faults when ledger and trace agree and nothing is lost or done twice. */
export interface FaultReport {
  readonly name: string
  /** How often it was done. */
  readonly times: number
  /** What was compared, with counts. */
  readonly judged: string
  readonly faults: readonly string[]
}
