// What changed between two schemas of one part: shapes first, then what the shapes leave unsaid, then meanings.
// Owns: that every change which could break a caller or reader is reported: where the rules found none, the comparison of whole
// types decides. Does not own: that comparison (shape/fit.ts), nor the single rules (compare-shapes.ts).

import type { JsonSchema } from "../schema/schema.ts"
import { canonical } from "../json/canonical.ts"
import { formatPointer, parsePointer } from "../json/json-pointer.ts"
import type { Misfit } from "../shape/fit.ts"
import { typeOf } from "../shape/schema-type.ts"
import { classOf, fieldChange, undecided, type Change } from "./change.ts"
import { compareMeanings } from "./compare-meanings.ts"
import { compareShapes } from "./compare-shapes.ts"
import { openedType } from "./opened-type.ts"
import { bareSchema } from "./plain-schema.ts"
import type { Part } from "./rules.ts"
import { unreadPlaces, type Unread } from "./unread.ts"
import { misfitOf } from "./walk.ts"

/** What changed in the values of one part, in no particular order, and what could not be compared. */
export interface ValueChanges {
  readonly changes: readonly Change[]
  readonly unread: readonly Unread[]
}

/** Every change of the values of one part. */
export function compareValues(part: Part, before: JsonSchema, after: JsonSchema): ValueChanges {
  const [was, is] = [bareSchema(before), bareSchema(after)]
  const meanings = compareMeanings(part, typeOf(before), typeOf(after))
  if (canonical(was) === canonical(is)) return { changes: meanings, unread: [] }
  const shapes = compareShapes(part, typeOf(was), typeOf(is))
  const last = unsaid(part, was, is, shapes.changes)
  const unread = [...unreadPlaces(part, was, is), ...shapes.unread, ...last.unread]
  return {
    changes: [...shapes.changes, ...last.changes, ...meanings],
    unread: unread.filter(({ at }, index) => unread.findIndex((one) => one.at === at) === index),
  }
}

function unsaid(part: Part, before: JsonSchema, after: JsonSchema, found: readonly Change[]): ValueChanges {
  // What callers send now has to be accepted later.
  if (part === "input") {
    const breaks = found.some((one) => classOf(one) === "breaking")
    const last = breaks ? null : misfitOf(typeOf(before), typeOf(after))
    const asked =
      last?.patterns === true && found.some((one) => one.rule === "C048" && covers(one.at, part, last))
    return asked ? nothing : lastWord("C017", part, last)
  }
  // What is answered later has to be understood by those who read now. Readers overlook fields that they do not know.
  const first = misfitOf(typeOf(after), openedType(typeOf(before)))
  const grave = found.filter((one) => classOf(one) !== "safe")
  const said =
    grave.some((one) => classOf(one) === "breaking") || grave.some(({ at }) => covers(at, part, first))
  return said ? nothing : lastWord("C016", part, first)
}

const nothing: ValueChanges = { changes: [], unread: [] }

/** True when a change at this place says already what does not fit: it is the same place, above it or below it. */
function covers(at: string, part: Part, found: Misfit | null): boolean {
  if (found === null) return true
  const [said, inside] = [segmentsOf(at), [part, ...segmentsOf(found.inside)]]
  return said.every((segment, index) => {
    const other = inside[index]
    return other === undefined || segment === other || segment.startsWith("*")
  })
}

function segmentsOf(pointer: string): readonly string[] {
  const segments = parsePointer(pointer)
  return segments.ok ? segments.value : []
}

function lastWord(rule: "C016" | "C017", part: Part, found: Misfit | null): ValueChanges {
  if (found === null) return nothing
  const path = segmentsOf(found.inside)
  if (found.patterns === true) return { changes: [undecided({ part, path }, found.why)], unread: [] }
  return found.code === "REF_UNDECIDABLE"
    ? { changes: [], unread: [{ at: formatPointer([part, ...path]), why: found.why }] }
    : { changes: [fieldChange(rule, { part, path }, null, found.why)], unread: [] }
}
