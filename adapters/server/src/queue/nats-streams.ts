// The two streams and the one consumer, as this release needs them.
// Owns: their settings, making what is missing, adding the bounds that an earlier release left out of the queue of submissions.
// Does not own: other changes of an existing stream, which a person makes as the user `migration`.
// Uses nothing that nats-server 2.9 lacks or mistakes: no filter lists, no metadata, no subject transforms.

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
/** In which the server drops an event that it has: beside the number that a publish follows, a second net. */
const eventWindowMs = 120_000
/**
 * The shortest that a server takes. Nothing relies on it: the gate knows a repeated key for ever, and by tenant and
 * principal (INV-10). What the server drops within it is stored all the same (message-ids.ts).
 */
const submitWindowMs = 100
/** A submission with its headers: what the door takes as a call. A larger one is refused and never stored. */
const submissionBytesMax = doorLimits.bodyBytesMax + doorLimits.headerBytesMax
/** Of all that wait: about a million small ones. A full queue refuses, and does not fill the disk that events are on. */
const queueBytesMax = 256 * 1024 * 1024
/**
 * How long a submission may be in hand before the server redelivers it, and how many may be in hand at once. A consumer
 * extends the time while a transaction waits; the number bounds what a consumer holds in memory.
 */
const ackWaitMs = 30_000
const inHandMax = 256

/**
 * How long a stream that was there stays away before it is made anew: a server goes on removing the files of a stream that
 * somebody deleted after it has said so, and takes those of a new one with them (seen with 2.9.10).
 */
const removalMs = 2_000

type Which = keyof typeof natsStreams

/** What one process has to do with the streams. */
export interface Streams {
  /** Makes the stream of events where it is missing. */
  prepareEvents(): Promise<void>
  /** Makes the queue of submissions and the one consumer that every control plane takes from, where they are missing. */
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
  // Many hands may miss it at once; one of them makes it.
  const prepare = (which: Which): Promise<void> => {
    const made = underWay.get(which) ?? make(which).finally(() => underWay.delete(which))
    underWay.set(which, made)
    return made
  }
  return {
    prepareEvents: () => prepare("events"),
    prepareSubmissions: async () => {
      await prepare("submit")
      // Once for each process: the server's configuration may not allow it, and the rest works without it.
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

/** One that is there with other settings is left as it is, and refused by the server. */
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
 * Gives the queue of an earlier release the window and the bounds that it lacks. Other settings stay as a person made them:
 * smaller or larger bounds, replicas, placement.
 */
async function closeUp(manager: JetStreamManager): Promise<void> {
  const { name } = natsStreams.submit
  const { config } = await manager.streams.info(name)
  const changes = {
    ...(config.duplicate_window > nanos(submitWindowMs) ? { duplicate_window: nanos(submitWindowMs) } : {}),
    // A header of any sender could otherwise empty the queue.
    ...(config.allow_rollup_hdrs ? { allow_rollup_hdrs: false } : {}),
    ...(config.max_msg_size < 0 ? { max_msg_size: submissionBytesMax } : {}),
    ...(config.max_bytes < 0 ? { max_bytes: queueBytesMax, discard: DiscardPolicy.New } : {}),
  }
  if (Object.keys(changes).length > 0) await manager.streams.update(name, changes)
}

async function prepareConsumer(manager: JetStreamManager): Promise<void> {
  const { name } = natsStreams.submit
  // Asked first: making one that is there would change it, and a person may have given it other settings.
  const there = await isThere(JetStreamApiCodes.ConsumerNotFound, () =>
    manager.consumers.info(name, submitConsumer),
  )
  if (there) return
  await manager.consumers.add(name, {
    durable_name: submitConsumer,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(ackWaitMs),
    max_ack_pending: inHandMax,
    // How often is enough is decided where it is known why it came again (submit-consumer.ts).
    max_deliver: -1,
  })
}
