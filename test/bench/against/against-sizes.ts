// How much of each comparison is run.
// Owns: the numbers. Does not own: what is compared (duels.ts).

/** Calls of one run, by what is called; each pair of a comparison has as many on both sides. */
export interface AgainstSizes {
  readonly rounds: number
  readonly warmUp: number
  /** In flight where a rate is measured: executions, and messages over NATS. */
  readonly inFlight: number
  readonly messagesInFlight: number
  readonly executions: number
  readonly alone: number
  readonly entries: number
  readonly rowsACommit: number
  readonly messages: number
}

/** Long enough to quote: five pairs of each. */
export const fullAgainst: AgainstSizes = {
  rounds: 5,
  warmUp: 256,
  inFlight: 256,
  messagesInFlight: 64,
  executions: 1024,
  alone: 100,
  entries: 5_600,
  rowsACommit: 2_000,
  messages: 1_000,
}

/** One short pair of each: shows that everything runs and is checked, nothing to quote. */
export const quickAgainst: AgainstSizes = {
  rounds: 1,
  warmUp: 8,
  inFlight: 16,
  messagesInFlight: 8,
  executions: 32,
  alone: 5,
  entries: 280,
  rowsACommit: 50,
  messages: 32,
}
