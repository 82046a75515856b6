import { describe, expect, test } from "vitest"
import type { Json } from "@counterfoil/contracts"
import { sliceCharactersMax } from "../check/check-source.ts"
import { engine, ids, memberOf, outside, requestOf, setOf, sourceOf } from "../../test/world.ts"
import { decisionStepsMax, stepsOfDecision } from "./decision-steps.ts"
import { openSliceCache, questionCharactersMax } from "./slice-cache.ts"

const note = 'action == Counterfoil::Action::"crm.note.append@1"'
const permit = (i: number, condition: string) =>
  `@id("tenant.n${i}") @tier("low") @reason("because it is so") permit (principal, ${note}, resource) when { ${condition} };`
const always = setOf(sourceOf(permit(0, "context.call.planSteps == 1")))
const tags = (count: number, length = 0) =>
  Array.from({ length: count }, (_, i) => `${i}`.padStart(length, "x"))
const chainOf = (members: number) =>
  [ids.bot, ids.cron, ids.mia].slice(-members).map((id) => memberOf(id, ["support"]))

describe("what one decision takes", () => {
  const decided = (set: typeof always, input: Json, members = 1) =>
    set.decide(requestOf(outside.note, input, { chain: chainOf(members) })).core

  test("INV-04 a list of an input is decided about up to a bound, and denied beyond it", () => {
    expect(decided(always, { tags: tags(1_000) }, 3).decision).toBe("allow")
    expect(decided(always, { tags: tags(40_000) })).toMatchObject({
      decision: "deny",
      blockReason: "invalidRequest",
    })
  })

  test("grows with the members of the chain, of whom each is asked for", () => {
    expect(decided(always, { tags: tags(3_000) }).decision).toBe("allow")
    expect(decided(always, { tags: tags(3_000) }, 3).blockReason).toBe("invalidRequest")
  })

  test("grows with how often rules compare a long input as a whole", () => {
    const compare = Array.from({ length: 20 }, () => "context.input.tags == context.input.tags").join(" && ")
    const comparing = setOf(
      sourceOf(
        Array.from({ length: 30 }, (_, i) => permit(i, `context.input has tags && ${compare}`)).join("\n"),
      ),
    )
    expect(decided(comparing, { tags: tags(10) }).decision).toBe("allow")
    expect(decided(comparing, { tags: tags(3, 60_000) }).blockReason).toBe("invalidRequest")
    expect(decided(always, { tags: tags(3, 60_000) }).decision).toBe("allow")
  })

  test("leaves half to what is asked under the largest rules that a set may have for one action", () => {
    const request = requestOf(outside.note, {}, { chain: chainOf(3) })
    const steps = stepsOfDecision({ characters: sliceCharactersMax, comparisons: 0 }, request)
    expect(steps).toBeLessThanOrEqual(decisionStepsMax / 2)
  })

  test("is counted for what rules list themselves, for every question", () => {
    const listed = tags(1_000)
      .map((tag) => `"${tag}"`)
      .join(", ")
    const listing = setOf(sourceOf(permit(0, `[${listed}].contains(context.call.channel)`)))
    const of = ({ slices }: typeof always): number => {
      const size = slices.get("crm.note.append@1")?.size
      return size === undefined ? 0 : stepsOfDecision(size, requestOf(outside.note, {}))
    }
    expect(of(always)).toBeGreaterThan(0)
    expect(of(listing) - of(always)).toBeGreaterThan(listed.length * 100)
  })
})

test("answers are remembered up to a number of characters of their questions, however long each is", () => {
  const cache = openSliceCache(engine)
  const answer = { kind: "noMatch" } as const
  const question = (i: number) => `${i}`.padStart(questionCharactersMax / 4, "x")
  for (const i of [1, 2, 3]) cache.remember(question(i), answer)
  expect(cache.recall(question(1))).toBe(answer)
  for (const i of [4, 5]) cache.remember(question(i), answer)
  expect([cache.recall(question(1)), cache.recall(question(5))]).toEqual([undefined, answer])
})
