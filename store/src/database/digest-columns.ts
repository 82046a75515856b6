// Digests between their written form and the 32 bytes of a column; times likewise.
// Owns: both directions. Does not own: parsing; what a column holds was checked when it was written.

import type { Digest, Time } from "@counterfoil/contracts"

/** The 64 hex digits of a digest. */
export const hexOf = (digest: Digest): string => digest.slice("sha256:".length)

/** A digest as a column's bytes. */
export const columnOf = (digest: Digest): Buffer => Buffer.from(hexOf(digest), "hex")

/** A column's bytes as a digest. */
export const digestOfColumn = (bytes: Uint8Array): Digest =>
  `sha256:${Buffer.from(bytes).toString("hex")}` as Digest

/** A timestamp column as a time; digits beyond milliseconds never matter. */
export const timeOf = (column: Date): Time => column.toISOString() as Time
