// A blob as a line: readable text where its bytes are UTF-8, base64 where they are not.
// Owns: that choice and its way back. Does not own: what a blob means (its media type says).

import type { BundleBlob } from "@counterfoil/contracts"
import { utf8 } from "@counterfoil/contracts/digest"
import type { BlobRow } from "@counterfoil/contracts/ports"
import { sameBytes } from "./known-here.ts"

/** The line of a blob. */
export function blobLineOf({ digest, mediaType, bytes }: BlobRow): BundleBlob {
  return isUtf8(bytes)
    ? { type: "blob", digest, mediaType, text: decoder.decode(bytes) }
    : { type: "blob", digest, mediaType, base64: bytes.toBase64() }
}

/** The blob of a line; null when it is not written as `blobLineOf` writes it: as text where it is UTF-8, as base64 where it is not. */
export function blobOf({ digest, mediaType, text, base64 }: BundleBlob): BlobRow | null {
  if ((text === undefined) === (base64 === undefined)) return null
  const bytes = text === undefined ? bytesOfBase64(base64 ?? "") : utf8(text)
  if (bytes === null || (text === undefined && isUtf8(bytes))) return null
  return { digest, mediaType, bytes }
}

const isUtf8 = (bytes: Uint8Array): boolean => sameBytes(utf8(decoder.decode(bytes)), bytes)

/** The bytes of canonical base64 (RFC 4648 §4), or null: a second spelling of the same bytes is refused. */
export function bytesOfBase64(text: string): Uint8Array | null {
  try {
    const bytes = Uint8Array.fromBase64(text, { lastChunkHandling: "strict" })
    return bytes.toBase64() === text ? bytes : null
  } catch {
    return null // not base64: the file is wrong, not this program
  }
}

// A byte order mark is part of the text: dropping it would change the bytes.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true })
