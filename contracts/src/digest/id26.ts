// The 26 characters behind an id's prefix.
// Owns: the encoding. Does not own: where the bytes come from (plan-ids.ts, mint-id.ts).

import { invariant } from "../result.ts"

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
const idBytes = 16
const idCharacters = 26

/**
 * The first 16 bytes as one 128-bit number in lower-case Crockford base32, 26 characters, `0` to `7` first.
 * Order is kept: smaller bytes give a smaller text. Source: Crockford, Base 32 (2002); the layout is ULID's.
 */
export function id26(bytes: Uint8Array): string {
  invariant(bytes.length >= idBytes, "INV-08", { idBytes: bytes.length })
  let rest = BigInt(`0x${bytes.subarray(0, idBytes).toHex()}`)
  let text = ""
  for (let place = 0; place < idCharacters; place++) {
    text = alphabet.charAt(Number(rest & 31n)) + text
    rest >>= 5n
  }
  return text
}
