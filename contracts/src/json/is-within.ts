// Whether a value that was made here could be read again: what a reader with limits refuses is better not written.
// Owns: that question for a value. Does not own: reading bytes (parse-json.ts), nor the length of the whole, which its spelling has.

import type { JsonLimits } from "./json-limits.ts"
import type { Json } from "./json.ts"
import { reservedKeys } from "./parse-json.ts"

/** True when every list, object, key and number of a value is one that `parseJson` takes under these limits. Strings are not measured. */
export function isWithin(
  value: Json,
  limits: Pick<JsonLimits, "depthMax" | "keysMax" | "itemsMax">,
): boolean {
  return within(value, limits, 0)
}

function within(value: Json, limits: Parameters<typeof isWithin>[1], depth: number): boolean {
  if (typeof value === "number") return !Number.isInteger(value) || Number.isSafeInteger(value)
  if (typeof value !== "object" || value === null) return true
  if (depth >= limits.depthMax) return false
  if (isList(value))
    return value.length <= limits.itemsMax && value.every((item) => within(item, limits, depth + 1))
  const members = Object.entries(value)
  return (
    members.length <= limits.keysMax &&
    members.every(([key, member]) => !reservedKeys.has(key) && within(member, limits, depth + 1))
  )
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value)
