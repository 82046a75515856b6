// After a fault of the bus: does its stream hold every event of every execution, in order?
// Owns: that comparison, of what a consumer reads from the beginning with the heads in the database. Does not own: the fault.

import { Client } from "pg"
import { until } from "../../support/until.ts"
import { readEvents } from "../../workers/event-reader.ts"

/** What a consumer found. */
export interface EventsJudged {
  readonly events: number
  readonly faults: readonly string[]
}

/** Reads the stream from its beginning until it has everything, and no longer than `withinMs`. */
export async function eventsOf(natsUrl: string, ownerUrl: string, withinMs: number): Promise<EventsJudged> {
  const owner = new Client({ connectionString: ownerUrl })
  await owner.connect()
  const { rows } = await owner.query<{ execution_id: string; head_seq: number }>(
    "select execution_id, head_seq from execution",
  )
  await owner.end()
  const read = readEvents(natsUrl)
  const unread = () => rows.filter((row) => read.places.get(row.execution_id) !== row.head_seq)
  await until("every event", withinMs, () => (unread().length === 0 ? true : null)).catch(() => null)
  await read.close()
  return {
    events: rows.reduce((sum, { head_seq }) => sum + head_seq, 0),
    faults: [
      ...unread().map((row) => `of ${row.execution_id} not every event arrived`),
      ...(read.gaps() === 0 ? [] : [`${read.gaps()} events came before the one that they follow`]),
    ],
  }
}
