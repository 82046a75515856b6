// The Merkle tree of RFC 6962 §2.1 over leaf hashes, and proofs that a leaf is in it.
// Owns: root, audit path, its verification. Does not own: leaves (log-leaf.ts), tiles and checkpoints (store, adapters).

import { invariant } from "../result.ts"
import { sha256 } from "./sha256.ts"

/** The claim that `leafHash` is at `index` (from 0) of the tree with `size` leaves and this `root`. */
export type Inclusion = {
  readonly leafHash: Uint8Array
  readonly index: number
  readonly size: number
  readonly path: readonly Uint8Array[]
  readonly root: Uint8Array
}

/** MTH: the root over leaf hashes in log order. Of no leaves it is SHA-256 of nothing. */
export function merkleRoot(leafHashes: readonly Uint8Array[]): Uint8Array {
  return leafHashes.length === 0 ? sha256(new Uint8Array()) : rootOf(leafHashes)
}

/** PATH(index, leaves): sibling hashes from the leaf upward. Empty for a tree of one leaf. */
export function inclusionPath(leafHashes: readonly Uint8Array[], index: number): readonly Uint8Array[] {
  invariant(Number.isInteger(index) && index >= 0 && index < leafHashes.length, "INV-07", {
    index,
    size: leafHashes.length,
  })
  if (leafHashes.length === 1) return []
  const split = splitOf(leafHashes.length)
  const left = leafHashes.slice(0, split)
  const right = leafHashes.slice(split)
  return index < split
    ? [...inclusionPath(left, index), rootOf(right)]
    : [...inclusionPath(right, index - split), rootOf(left)]
}

/** True when the path leads from the leaf to the root; false for any other path, index or size. Source: RFC 9162 §2.1.3.2. */
export function verifyInclusion({ leafHash, index, size, path, root }: Inclusion): boolean {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false
  const lead = foldPath({ hash: leafHash, index, last: size - 1, path })
  return lead !== null && lead.length === root.length && lead.every((byte, at) => byte === root[at])
}

type Climb = {
  readonly hash: Uint8Array
  readonly index: number
  readonly last: number
  readonly path: readonly Uint8Array[]
}

/** The hash at the end of the path, or null when the path is too short or too long for the tree. */
function foldPath(start: Climb): Uint8Array | null {
  let { hash, index, last } = start
  for (const sibling of start.path) {
    if (last === 0) return null
    if (index % 2 === 1 || index === last) {
      hash = nodeHash(sibling, hash)
      while (index % 2 === 0 && index !== 0) [index, last] = [halved(index), halved(last)]
    } else {
      hash = nodeHash(hash, sibling)
    }
    ;[index, last] = [halved(index), halved(last)]
  }
  return last === 0 ? hash : null
}

// Not `>> 1`: a log may outgrow 32 bits.
const halved = (n: number): number => Math.floor(n / 2)

function rootOf(leafHashes: readonly Uint8Array[]): Uint8Array {
  const [first, second] = leafHashes
  invariant(first !== undefined, "INV-07", { size: leafHashes.length })
  if (second === undefined) return first
  const split = splitOf(leafHashes.length)
  return nodeHash(rootOf(leafHashes.slice(0, split)), rootOf(leafHashes.slice(split)))
}

/** The largest power of two smaller than `size`, which is at least 2. */
function splitOf(size: number): number {
  let split = 1
  while (split * 2 < size) split *= 2
  return split
}

function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + left.length + right.length)
  bytes[0] = 1
  bytes.set(left, 1)
  bytes.set(right, 1 + left.length)
  return sha256(bytes)
}
