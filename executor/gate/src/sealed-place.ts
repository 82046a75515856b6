// Places in a tenant's log for a reader who is shown only part of it: the same position, sealed.
// Owns: the form. Does not own: which readers get sealed places (http), nor the cursors of lists (cursor.ts), which name shown rows.
// Keeps INV-10: a position counts every entry before it, so a bare one would reveal how many entries are hidden.

import { createCipheriv, createDecipheriv, createHmac } from "node:crypto"
import { canonicalBytes } from "@counterfoil/contracts"
import type { Caller } from "./caller.ts"

/** The owner of the place; for any other principal it opens nothing. */
type Owner = Pick<Caller, "tenant" | "principal">

/** Seals positions, and opens what it sealed. */
export interface PlaceCodec {
  seal(owner: Owner, position: number): string
  /** The position; null for what was not sealed for this owner. */
  open(owner: Owner, sealed: string): number | null
}

/** The codec of an installation. `secret` outlives the process, so that a stream is resumed at another one. */
export function placeCodec(secret: Uint8Array): PlaceCodec {
  const keyOf = ({ tenant, principal }: Owner): Buffer =>
    createHmac("sha256", secret)
      .update(canonicalBytes(["counterfoil.place.v1", tenant, principal]))
      .digest()
  return {
    seal: (owner, position) => {
      const block = Buffer.alloc(blockBytes)
      block.writeBigUInt64BE(BigInt(position), zeroBytes)
      return createCipheriv(blockCipher, keyOf(owner), null)
        .setAutoPadding(false)
        .update(block)
        .toString("base64url")
    },
    open: (owner, sealed) => {
      if (!sealedForm.test(sealed)) return null
      const block = createDecipheriv(blockCipher, keyOf(owner), null)
        .setAutoPadding(false)
        .update(Buffer.from(sealed, "base64url"))
      const position = Number(block.readBigUInt64BE(zeroBytes))
      return block.subarray(0, zeroBytes).every((byte) => byte === 0) && Number.isSafeInteger(position)
        ? position
        : null
    },
  }
}

// One block holds one place, so no mode of operation is needed: a block of eight zero bytes and the position. A forger
// hits the zeros once in 2^64 tries, and would win no more than a place to start from.
const blockCipher = "aes-256-ecb"
const blockBytes = 16
const zeroBytes = 8
const sealedForm = /^[A-Za-z0-9_-]{22}$/
