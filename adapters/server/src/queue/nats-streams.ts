// The two streams and the one consumer that this release needs.
// Owns: their settings, creating missing ones, adding the limits that an earlier release did not set on the queue of submissions.
// Does not own: other changes of an existing stream, which an operator makes as the user `migration`.
// Uses nothing that nats-server 2.9 lacks or misinterprets: no filter lists, no metadata, no subject transforms.

import { setTimeout as pause } from "node:timers/promises"
import {
  AckPolicy,
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
} from "@nats-io/jetstream"
import { nanos } from "@nats-io/transport-node"
import { natsStreams, submitConsumer } from "@counterfoil/contracts/nats"
import { doorLimits } from "../entrance/door-limits.ts"

const dayMs = 86_400_000
/** Within this window the server drops a repeated event: a second protection, beside the number that a publish follows. */
const eventWindowMs = 120_000
/**
 * The shortest window that a server accepts. Nothing relies on it: the gate recognizes a repeated key for ever, by tenant and
 * principal (INV-10). A submission that the server drops within the window is stored anyway (message-ids.ts).
 */
const submitWindowMs = 100
/** A submission with its headers: the size limit of a call. A larger one is refused and never stored. */
const submissionBytesMax = doorLimits.bodyBytesMax + doorLimits.headerBytesMax
/** All waiting submissions: about a million small ones. A full queue refuses more, so that it cannot fill the disk with the events. */
const queueBytesMax = 256 * 1024 * 1024
/**
 * How long a submission may be unacknowledged before the server redelivers it, and how many may be unacknowledged at once. A consumer
 * extends the time while a transaction waits; the number bounds what a consumer holds in memory.
 */
const ackWaitMs = 30_000
const inHandMax = 256

/**
 * How long a deleted stream is left alone before it is created again: a server goes on removing the files of a deleted stream
 * after it has confirmed the deletion, and removes those of a new one too (observed with 2.9.10).
 */
const removalMs = 2_000

type Which = keyof typeof natsStreams

/** The streams as one process uses them. */
export interface Streams {
  /** Creates the stream of events if it is missing. */
  prepareEvents(): Promise<void>
  /** Creates the queue of submissions, and the one consumer that every process pulls from, if they are missing. */
  prepareSubmissions(): Promise<void>
}

/** The streams through one manager. All calls are safe to repeat, and throw what the manager throws. */
export function openStreams(manager: JetStreamManager, failed: (error: unknown) => void): Streams {
  const seen = new Set<Which>()
  let closedUp = false
  const underWay = new Map<Which, Promise<void>>()
  const make = async (which: Which): Promise<void> => {
    const isMissing = async (): Promise<boolean> => !(await hasStream(manager, natsStreams[which].name))
    if (await isMissing()) {
      if (seen.has(which)) await pause(removalMs)
      if (await isMissing()) await makeStream(manager, which)
    }
    seen.add(which)
  }
  // Several concurrent calls may find it missing; one of them creates it.
  const prepare = (which: Which): Promise<void> => {
    const made = underWay.get(which) ?? make(which).finally(() => underWay.delete(which))
    underWay.set(which, made)
    return made
  }
  return {
    prepareEvents: () => prepare("events"),
    prepareSubmissions: async () => {
      await prepare("submit")
      // Try it once per process: the server's configuration may not allow it, and everything else works without it.
      if (!closedUp) await closeUp(manager).catch(failed)
      closedUp = true
      await prepareConsumer(manager)
    },
  }
}

const hasStream = (manager: JetStreamManager, name: string): Promise<boolean> =>
  isThere(JetStreamApiCodes.StreamNotFound, () => manager.streams.info(name))

async function isThere(absent: number, ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await ask()
    return true
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === absent) return false
    throw error
  }
}

/** Creates a stream. The server refuses that if one exists with other settings, which stays unchanged. */
async function makeStream(manager: JetStreamManager, which: Which): Promise<void> {
  const { name, subjects } = natsStreams[which]
  const common = { name, subjects: [...subjects], storage: StorageType.File }
  await manager.streams.add(
    which === "events"
      ? {
          ...common,
          retention: RetentionPolicy.Limits,
          max_age: nanos(natsStreams.events.days * dayMs),
          duplicate_window: nanos(eventWindowMs),
        }
      : {
          ...common,
          retention: RetentionPolicy.Workqueue,
          duplicate_window: nanos(submitWindowMs),
          max_msg_size: submissionBytesMax,
          max_bytes: queueBytesMax,
          discard: DiscardPolicy.New,
        },
  )
}

/**
 * Adds to the queue of an earlier release the window and the limits that it lacks. Other settings stay as an operator made them:
 * smaller or larger limits, replicas, placement.
 */
async function closeUp(manager: JetStreamManager): Promise<void> {
  const { name } = natsStreams.submit
  const { config } = await manager.streams.info(name)
  const changes = {
    ...(config.duplicate_window > nanos(submitWindowMs) ? { duplicate_window: nanos(submitWindowMs) } : {}),
    // Otherwise a header of any sender could empty the queue.
    ...(config.allow_rollup_hdrs ? { allow_rollup_hdrs: false } : {}),
    ...(config.max_msg_size < 0 ? { max_msg_size: submissionBytesMax } : {}),
    ...(config.max_bytes < 0 ? { max_bytes: queueBytesMax, discard: DiscardPolicy.New } : {}),
  }
  if (Object.keys(changes).length > 0) await manager.streams.update(name, changes)
}

async function prepareConsumer(manager: JetStreamManager): Promise<void> {
  const { name } = natsStreams.submit
  // Look it up first: creating an existing consumer would change it, and an operator may have given it other settings.
  const there = await isThere(JetStreamApiCodes.ConsumerNotFound, () =>
    manager.consumers.info(name, submitConsumer),
  )
  if (there) return
  await manager.consumers.add(name, {
    durable_name: submitConsumer,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(ackWaitMs),
    max_ack_pending: inHandMax,
    // submit-consumer.ts limits the deliveries, because it knows why a message was redelivered.
    max_deliver: -1,
  })
}
