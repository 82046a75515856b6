// One change as the comparison sees it: a rule, the form it takes, the place, what was and what is.
// Owns: that type. Does not own: what it means for whom (finding.ts).

import { formatPointer } from "../json/json-pointer.ts"
import type { Json } from "../json/json.ts"
import { rules, type DriftClass, type FieldRule, type Part, type RuleId } from "./rules.ts"

/** A change. `at` is a JSON Pointer into the contract; `*` means every element or member. */
export interface Change {
  readonly rule: RuleId
  readonly form: string
  readonly at: string
  readonly before: Json | null
  readonly after: Json | null
  /** What the sentence says of it, where the two values do not say it. */
  readonly detail?: string
}

/** A change of a contract as a whole, or of one of its declarations. */
export function change<R extends RuleId>(
  rule: R,
  form: keyof (typeof rules)[R]["classes"] & string,
  place: { readonly at?: string; readonly before?: Json | undefined; readonly after?: Json | undefined },
): Change {
  return { rule, form, at: place.at ?? "", before: place.before ?? null, after: place.after ?? null }
}

/** A place in the values of one part. */
export interface FieldPlace {
  readonly part: Part
  readonly path: readonly string[]
}

/** A change of a field. */
export const fieldChange = (
  rule: FieldRule,
  { part, path }: FieldPlace,
  before: Json | null,
  after: Json | null,
): Change => ({ rule, form: part, at: formatPointer([part, ...path]), before, after })

/** A change of a field where it cannot be decided whether values are added or removed; `why` is the reason in the sentence. */
export const undecided = (place: FieldPlace, why: string): Change => ({
  ...fieldChange("C048", place, null, null),
  detail: why.replace(/\.$/, ""),
})

/** The class that the rules give a change of this form. Never absent: `change` and `fieldChange` let no other form in. */
export function classOf({ rule, form }: Change): DriftClass {
  const classes: { readonly [form: string]: DriftClass } = rules[rule].classes
  return classes[form] ?? "breaking"
}
