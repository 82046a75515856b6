// The 26 characters behind an id's prefix.
// Owns: the encoding. Does not own: where the bytes come from (plan-ids.ts, mint-id.ts).

import { invariant } from "../result.ts"

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
const idBytes = 16
const characterBits = 5
const characterMask = 31
const pendingMask = 0xfff

/**
 * The first 16 bytes as one 128-bit number in lower-case Crockford base32, 26 characters, `0` to `7` first.
 * Order is kept: smaller bytes give a smaller text. Source: Crockford, Base 32 (2002); the layout is ULID's.
 */
export function id26(bytes: Uint8Array): string {
  invariant(bytes.length >= idBytes, "INV-08", { idBytes: bytes.length })
  const characters: string[] = []
  // Two zero bits lead, so that 130 bits make 26 characters of five.
  let pending = 0
  let bits = 2
  for (let at = 0; at < idBytes; at++) {
    pending = ((pending << 8) | (bytes[at] ?? 0)) & pendingMask
    bits += 8
    while (bits >= characterBits) {
      bits -= characterBits
      characters.push(alphabet.charAt((pending >>> bits) & characterMask))
    }
  }
  return characters.join("")
}
