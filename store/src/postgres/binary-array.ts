// One-dimensional arrays in PostgreSQL's binary format: the journal sends them without escaping a byte.
// Owns: the encoding. Does not own: which columns are sent.
// Source: PostgreSQL, src/backend/utils/adt/arrayfuncs.c, array_recv.

import type { Digest } from "@counterfoil/contracts"
import { hexOf } from "../database/digest-columns.ts"

const int4Oid = 23
const byteaOid = 17
const textOid = 25
const headerBytes = 20
const digestBytes = 32

/** `values` as int4[]. */
export function int4Array(values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(headerBytes + values.length * 8)
  writeHeader(bytes, int4Oid, values.length)
  let at = headerBytes
  for (const value of values) {
    at = bytes.writeInt32BE(4, at)
    at = bytes.writeInt32BE(value, at)
  }
  return bytes
}

/** `values` as bytea[]. */
export const byteaArray = (values: readonly Uint8Array[]): Buffer => bytesArray(byteaOid, values)

/** Digests as bytea[] of their 32 bytes. */
export function digestArray(values: readonly Digest[]): Buffer {
  const bytes = Buffer.allocUnsafe(headerBytes + values.length * (4 + digestBytes))
  writeHeader(bytes, byteaOid, values.length)
  let at = headerBytes
  for (const value of values) {
    at = bytes.writeInt32BE(digestBytes, at)
    at += bytes.write(hexOf(value), at, digestBytes, "hex")
  }
  return bytes
}

/** `values` as text[]. */
export const textArray = (values: readonly string[]): Buffer =>
  bytesArray(
    textOid,
    values.map((value) => Buffer.from(value, "utf8")),
  )

function bytesArray(oid: number, values: readonly Uint8Array[]): Buffer {
  let size = headerBytes
  for (const value of values) size += 4 + value.length
  const bytes = Buffer.allocUnsafe(size)
  writeHeader(bytes, oid, values.length)
  let at = headerBytes
  for (const value of values) {
    at = bytes.writeInt32BE(value.length, at)
    bytes.set(value, at)
    at += value.length
  }
  return bytes
}

// Dimensions, no nulls, element type; then length and lower bound of the one dimension.
function writeHeader(bytes: Buffer, elementOid: number, length: number): void {
  bytes.writeInt32BE(1, 0)
  bytes.writeInt32BE(0, 4)
  bytes.writeInt32BE(elementOid, 8)
  bytes.writeInt32BE(length, 12)
  bytes.writeInt32BE(1, 16)
}
