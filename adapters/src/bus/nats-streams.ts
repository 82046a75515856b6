// The two streams and the one consumer, as this release needs them.
// Owns: their settings, making what is missing. Does not own: changing what is there (a person's, as the user `migration`).
// Uses nothing that nats-server 2.9 lacks or mistakes: no filter lists, no metadata, no subject transforms.

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
import { doorLimits } from "../door/door-limits.ts"

const dayMs = 86_400_000
/** In which the server drops an event that it has: beside the number that a publish follows, a second net. */
const eventWindowMs = 120_000
/**
 * The shortest that a server takes. The window is one for the whole stream, so within it one tenant's message id would
 * swallow another's; the gate knows a repeated key for ever, and tells tenants apart (INV-10).
 */
const submitWindowMs = 100
/** A submission with its headers: what the door takes as a call. A larger one is refused to its sender, and never kept. */
const submissionBytesMax = doorLimits.bodyBytesMax + doorLimits.headerBytesMax
/** Of all that wait: about a million small ones. A full queue refuses, and does not fill the disk that events are on. */
const queueBytesMax = 256 * 1024 * 1024
/** How long a submission may be in hand before it is given out again, and how many may be at once (execution.md section 12). */
const ackWaitMs = 30_000
const inHandMax = 256

/** Whether a stream is there. Throws when that cannot be asked. */
export const hasStream = (manager: JetStreamManager, name: string): Promise<boolean> =>
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

/** Makes a stream. One that is there with other settings is left as it is, and refused by the server. */
export async function prepareStream(
  manager: JetStreamManager,
  which: keyof typeof natsStreams,
): Promise<void> {
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

/** Makes the queue of submissions and the one consumer that every control plane takes from. Safe to repeat. */
export async function prepareSubmissions(manager: JetStreamManager): Promise<void> {
  const { name } = natsStreams.submit
  if (!(await hasStream(manager, name))) await prepareStream(manager, "submit")
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
