// The object that a text of a bundle holds, in canonical JSON. Verifying and deciding again read the same texts, and many bundles
// of one installation carry the same ones: each is parsed once.
// Owns: the limits of a text. Does not own: what it means (verify-texts.ts, recorded-contracts.ts, recorded-policies.ts).

import { isObject, canonicalBytes, parseJson, type JsonLimits, type JsonObject } from "@counterfoil/contracts"
import type { BlobRow } from "@counterfoil/contracts/ports"
import { sameBytes } from "../bundle/known-here.ts"
import { entryLimits } from "./verify-trace.ts"

/** A text's strings may be as long as its line (read-bundle.ts): no verifier takes a text that another refuses. */
const textLimits: JsonLimits = { ...entryLimits, stringBytesMax: entryLimits.bytesMax }

// By identity: bytes that were read are never changed.
const known = new WeakMap<Uint8Array, JsonObject>()

/** The object; null for bytes that are not one in its canonical form. */
export function objectIn({ bytes }: Pick<BlobRow, "bytes">): JsonObject | null {
  const found = known.get(bytes)
  if (found !== undefined) return found
  const parsed = parseJson(bytes, textLimits)
  if (!parsed.ok || !isObject(parsed.value) || !sameBytes(canonicalBytes(parsed.value), bytes)) return null
  known.set(bytes, parsed.value)
  return parsed.value
}
