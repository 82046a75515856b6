// Entries changed where they are stored, under their old digests: what an edit in the database leaves.
// Owns: these forgeries alone. Does not own: what a forgery is (forgery.ts), nor finding them (forgeries.test.ts).

import { PrincipalId, type JsonObject, type TraceEntry } from "@counterfoil/contracts"
import { asObject, edited, entriesOf } from "../forge.ts"
import { recordExecution } from "../record-execution.ts"
import { ids } from "../world.ts"
import type { Entries, Forged, Forgery } from "./forgery.ts"

const stored = (entries: readonly TraceEntry[]): Forged => ({ entries: entriesOf(entries) })

const editHead =
  (head: (entries: Entries) => JsonObject): Forgery["forge"] =>
  ({ entries }) =>
    stored(entries.map((entry, i) => (i === 2 ? edited(entry, { head: head(entries) }) : entry)))

const later = (time: string | undefined): string => `${String(time).slice(0, -2)}9Z`

/** Entries edited, deleted, moved and inserted without hashing anything again. */
export const forgedStorage: readonly Forgery[] = [
  {
    says: "a payload is edited where it is stored",
    by: "CHAIN",
    forge: ({ entries: [first, ...rest] }) =>
      stored([
        edited(first, { payload: { ...asObject(first.payload ?? undefined), labels: ["x"] } }),
        ...rest,
      ]),
  },
  {
    says: "the time of an entry is edited where it is stored",
    by: "CHAIN",
    forge: ({ entries }) => {
      const last = entries.at(-1) ?? entries[0]
      const time = later(last.head.time)
      return last.head.time === time
        ? null
        : stored([...entries.slice(0, -1), edited(last, { head: { time } })])
    },
  },
  {
    says: "the principal of an entry is edited where it is stored",
    by: "CHAIN",
    forge: editHead(() => ({ principal: { id: PrincipalId.parse(ids.kim), kind: "human" } })),
  },
  {
    says: "the tenant of an entry is edited where it is stored",
    by: "SEQUENCE",
    forge: editHead(() => ({ tenant: "other" })),
  },
  {
    says: "the fence of an entry is edited where it is stored",
    by: "CHAIN",
    forge: ({ entries }) => {
      const last = entries.at(-1) ?? entries[0]
      return stored([...entries.slice(0, -1), edited(last, { head: { fence: last.head.fence + 1 } })])
    },
  },
  {
    says: "the session of an entry is edited where it is stored",
    by: "CHAIN",
    forge: editHead(() => ({ session: "ses_01kaz3v8g0e8r4n2t6w0y3b5d9" })),
  },
  {
    says: "an entry is deleted from the store",
    by: "SEQUENCE",
    forge: ({ entries }) => stored(entries.toSpliced(1, 1)),
  },
  {
    says: "two stored entries change places",
    by: "SEQUENCE",
    forge: ({ entries: [a, b, c, ...rest] }) =>
      b === undefined || c === undefined ? null : stored([a, c, b, ...rest]),
  },
  {
    says: "an entry is stored twice",
    by: "SEQUENCE",
    forge: ({ entries: [a, b, ...rest] }) => (b === undefined ? null : stored([a, b, b, ...rest])),
  },
  {
    says: "an entry of another execution is put in place of one",
    by: "SEQUENCE",
    forge: ({ entries: [a, _b, ...rest] }) =>
      stored([a, ...recordExecution({ seed: 5_777 }).entries.slice(1, 2), ...rest]),
  },
]
