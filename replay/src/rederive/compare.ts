// Where two JSON values first differ, in the order of their canonical bytes.
// Owns: the order. Does not own: which values are compared, nor what a difference means.

import {
  isObject,
  canonical,
  formatPointer,
  isList,
  type Json,
  type JsonObject,
} from "@counterfoil/contracts"

/** One difference. A value that is absent on one side is null there. */
interface Difference {
  readonly at: string
  readonly recorded: Json
  readonly derived: Json
}

/** The first difference, or null when both are equal bytes. Most often they are equal, which is found without sorting a key. */
export const firstDifference = (recorded: Json, derived: Json): Difference | null =>
  isSame(recorded, derived) ? null : differenceBelow(recorded, derived, [])

/** True only for equal bytes: the same members, the same values. */
function isSame(a: Json | undefined, b: Json | undefined): boolean {
  if (a === undefined || b === undefined) return false
  if (a === b) return true
  if (a === null || b === null) return false
  if (isList(a)) return isList(b) && a.length === b.length && a.every((item, index) => isSame(item, b[index]))
  if (!isObject(a) || !isObject(b)) return false
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => isSame(own(a, key), own(b, key)))
}

function differenceBelow(
  recorded: Json | undefined,
  derived: Json | undefined,
  path: readonly (string | number)[],
): Difference | null {
  if (recorded === undefined || derived === undefined) {
    return recorded === derived
      ? null
      : { at: formatPointer(path), recorded: shown(recorded ?? null), derived: shown(derived ?? null) }
  }
  if (isList(recorded) && isList(derived))
    return firstOf(Math.max(recorded.length, derived.length), (i) =>
      differenceBelow(recorded[i], derived[i], [...path, i]),
    )
  if (isObject(recorded) && isObject(derived)) {
    const keys = [...new Set([...Object.keys(recorded), ...Object.keys(derived)])].sort()
    return firstOf(keys.length, (i) => {
      const key = keys[i] ?? ""
      return differenceBelow(own(recorded, key), own(derived, key), [...path, key])
    })
  }
  return canonical(recorded) === canonical(derived)
    ? null
    : { at: formatPointer(path), recorded: shown(recorded), derived: shown(derived) }
}

const shownCharactersMax = 400

// A report is read by people and sent by mail: a large value is named by its size; the trace holds the value.
function shown(value: Json): Json {
  const length = canonical(value).length
  return length <= shownCharactersMax ? value : `(${length} characters)`
}

function firstOf(count: number, look: (index: number) => Difference | null): Difference | null {
  for (let index = 0; index < count; index++) {
    const found = look(index)
    if (found !== null) return found
  }
  return null
}

/** A member of the value itself; what it inherits, such as `toString`, is absent. */
const own = (value: JsonObject, key: string): Json | undefined =>
  Object.hasOwn(value, key) ? value[key] : undefined
