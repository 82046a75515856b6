// How a consumer reads events: in order, each once, with the chain checked, even if the bus repeats or loses some.
// Owns: the rule for one event, and filling a gap from the trace. Does not own: the bus, nor where the consumer stores its place.
// Keeps INV-07 for readers: an event that does not continue its chain is reported as broken, never passed on.

import { z } from "zod"
import { Digest, err, ExecutionId, ok, type Result } from "@counterfoil/contracts"

/** An event as it arrives, *untrusted* until it is parsed; fields of CloudEvents 1.0 that this reader does not use are kept. */
export const ReceivedEvent = z.looseObject({
  specversion: z.literal("1.0"),
  id: z.string().regex(/^[0-9a-f]{64}$/),
  source: z.string(),
  type: z.string(),
  subject: ExecutionId,
  sequence: z.string().regex(/^\d{20}$/),
  prevhash: z.string().regex(/^[0-9a-f]{64}$/),
})
export type ReceivedEvent = z.infer<typeof ReceivedEvent>

/** How far one execution was read: the number and the hash of its last event. A consumer stores this together with its own work. */
export interface ReadPosition {
  readonly seq: number
  readonly id: string
}

/** What an event means for a consumer that has read up to a place. */
export type Reading =
  | { readonly kind: "next"; readonly place: ReadPosition }
  | { readonly kind: "repeated" }
  | { readonly kind: "gap"; readonly fromSeq: number }
  | { readonly kind: "broken" }

/** Classifies one event; `place` is null before the first of its execution. Pure. */
function readEvent(place: ReadPosition | null, event: ReceivedEvent): Reading {
  const seq = Number(event.sequence)
  const last = place?.seq ?? 0
  if (seq > last + 1) return { kind: "gap", fromSeq: last + 1 }
  if (seq <= last) return seq === last && event.id !== place?.id ? { kind: "broken" } : { kind: "repeated" }
  if (place !== null && event.prevhash !== place.id) return { kind: "broken" }
  return { kind: "next", place: { seq, id: event.id } }
}

/** What the reader needs from the consumer. */
export interface EventReaderWorld {
  /** The place of an execution; null before its first event. */
  readonly placeOf: (executionId: ExecutionId) => Promise<ReadPosition | null>
  /** Processes one event, in order, and stores the place with it, in one transaction. */
  readonly accept: (event: ReceivedEvent, place: ReadPosition) => Promise<void>
  /** Events of an execution from a number on, ascending, from `trace.get`; `eventOfEntry` makes each of them. */
  readonly heal: (executionId: ExecutionId, fromSeq: number) => Promise<readonly ReceivedEvent[]>
}

/** The event does not continue the chain of its execution, because of tampering or of two installations on one bus. */
interface ChainBroken {
  readonly executionId: ExecutionId
  readonly seq: number
}

/** Takes one event, and first those missing before it. A repeated event has no effect. Call it for one event of an execution at a time. */
export async function receiveEvent(
  world: EventReaderWorld,
  event: ReceivedEvent,
): Promise<Result<void, ChainBroken>> {
  const executionId = event.subject
  const first = readEvent(await world.placeOf(executionId), event)
  const missing = first.kind === "gap" ? await world.heal(executionId, first.fromSeq) : []
  const until = Number(event.sequence)
  for (const each of [...missing.filter(({ sequence }) => Number(sequence) < until), event]) {
    const reading = readEvent(await world.placeOf(executionId), each)
    if (reading.kind === "next") await world.accept(each, reading.place)
    else if (reading.kind !== "repeated") return err({ executionId, seq: Number(each.sequence) })
  }
  return ok(undefined)
}

/** An entry in the answer of `trace.get`. */
export const ListedEntry = z.looseObject({
  seq: z.int().min(1),
  kind: z.string(),
  prevHash: Digest,
  hash: Digest,
  head: z.looseObject({ tenant: z.string(), executionId: ExecutionId, time: z.string() }),
})
export type ListedEntry = z.infer<typeof ListedEntry>

/** The event that an entry of `trace.get` is published as, without its data. */
export const eventOfEntry = ({ seq, kind, prevHash, hash, head }: ListedEntry): ReceivedEvent => ({
  specversion: "1.0",
  id: hash.slice("sha256:".length),
  source: `/tenants/${head.tenant}`,
  type: kind.split("@", 1)[0] ?? kind,
  subject: head.executionId,
  time: head.time,
  sequence: String(seq).padStart(20, "0"),
  prevhash: prevHash.slice("sha256:".length),
})
