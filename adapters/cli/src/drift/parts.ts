// The result of each part of a check.
// A part is clean only when it ran and nothing in it fails. Does not own: running a part (check-drift.ts).

import type { Immutable } from "@counterfoil/contracts"
import { checkParts, partOfRule, type CheckPart } from "@counterfoil/contracts/drift"
import { z } from "zod"

/** The name of a part. */
export const Part = z.enum(checkParts)

const PartEnd = z.discriminatedUnion("result", [
  z.strictObject({ result: z.enum(["clean", "findings", "notAsked"]) }),
  z.strictObject({ result: z.literal("notChecked"), why: z.string() }),
])
type PartEnd = Immutable<z.infer<typeof PartEnd>>

/** The results of all parts. `findings`: at least one fails the check; safe and acknowledged findings count as clean. */
export const Parts = z.strictObject({
  contracts: PartEnd,
  generated: PartEnd,
  policy: PartEnd,
  live: PartEnd,
})
export type Parts = Immutable<z.infer<typeof Parts>>

/** What the results depend on: what was not checked, the rules whose findings fail, and the requested parts. */
export interface Ended {
  readonly notChecked: readonly { readonly part: CheckPart; readonly why: string }[]
  readonly failing: readonly string[]
  readonly asked: ReadonlySet<CheckPart>
}

/** The result of every part. */
export function partsOf(ended: Ended): Parts {
  return {
    contracts: endOf("contracts", ended),
    generated: endOf("generated", ended),
    policy: endOf("policy", ended),
    live: endOf("live", ended),
  }
}

function endOf(part: CheckPart, { notChecked, failing, asked }: Ended): PartEnd {
  const [first, ...more] = notChecked.filter((one) => one.part === part)
  if (first !== undefined)
    return {
      result: "notChecked",
      why: more.length === 0 ? first.why : `${first.why} And ${more.length} more.`,
    }
  if (!asked.has(part)) return { result: "notAsked" }
  return { result: failing.some((rule) => partOfRule(rule) === part) ? "findings" : "clean" }
}
