// Everything that a run did, as one digest: two runs of one case must agree to the byte.
// Owns: what goes in. Does not own: the run.

import { createHash } from "node:crypto"
import type { Facts } from "./run-seed.ts"

/** SHA-256 over every event of the database, every entry's hash, and everything the outside saw. */
export function fingerprint({ book, outside, events, endedAt }: Facts): string {
  const digest = createHash("sha256")
  digest.update(JSON.stringify([events, endedAt, book.lines, book.claims, book.accepted]))
  for (const { append, at } of book.commits)
    digest.update(`${at} ${append.entries.map(({ hash }) => hash).join(" ")}`)
  digest.update(JSON.stringify([outside.calls, outside.effects, outside.probes]))
  return digest.digest("hex")
}
