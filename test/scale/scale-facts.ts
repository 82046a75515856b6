// What was measured of one execution, as docs/scale.json holds it.
// Owns: the shape. Does not own: measuring, nor what follows from it.

import { z } from "zod"

const count = z.int().min(0)
const byTable = z.record(z.string(), z.int())

/** Each number is for one execution of three steps, but for the first two and the rate. */
export const ScaleFacts = z.strictObject({
  command: z.string(),
  date: z.string(),
  machine: z.string(),
  executions: count,
  entries: count,
  executionsPerSecond: count,
  heapBytes: byTable,
  indexBytes: byTable,
  /** Bytes of payloads themselves: what may expire. */
  payloadBytes: count,
  walBytes: count,
  /** Processor time of our process, and of the database's. */
  processMicros: count,
  databaseMicros: count,
})
export type ScaleFacts = z.infer<typeof ScaleFacts>
