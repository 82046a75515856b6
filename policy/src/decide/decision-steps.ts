// The cost of one decision, from its rules and from the request that they judge.
// Owns: counting it, and the most that one decision may take. Does not own: bounds of the texts themselves (rules/, check/), nor the
// work of deriving a whole trace again (replay), which counts each decision by this.
// Keeps INV-04: while the engine decides, the process does nothing else, so that a decision that would take long is refused.

import { isList, type Json, type PolicyRequest } from "@counterfoil/contracts"
import { conditionNodes } from "../rules/expression.ts"
import { comparisonsOfPattern } from "../rules/patterns.ts"
import type { Rule } from "../rules/rule.ts"

/** What rules cost for every question. */
export interface RulesSize {
  /** Characters of their texts. */
  readonly characters: number
  /** How often they may compare what the input holds, as a whole, with something. */
  readonly comparisons: number
}

/**
 * Steps of one decision, of about a nanosecond each: those of a busy machine, where the largest took 60 ms. The shipped rules take less
 * than a hundredth of them. A request that would take more is denied as one that does not fit.
 */
export const decisionStepsMax = 100_000_000

/** The engine makes every list of a rule anew for each question. */
const stepsPerRuleCharacter = 250
/** An entry of a list travels to the engine as JSON, is checked against its type and becomes a value: that is slow for any entry. */
const stepsPerEntry = 16_000
const stepsPerCharacter = 150
/** One comparison of a character, and of an entry of a list. */
const stepsPerCompared = 6
const stepsPerComparedEntry = 100

/** The size of some rules. */
export const sizeOfRules = (rules: readonly Pick<Rule, "text" | "json">[]): RulesSize => ({
  characters: rules.reduce((sum, { text }) => sum + text.length, 0),
  comparisons: rules.reduce((sum, { json }) => sum + comparisonsOf(json), 0),
})

/** What a decision about this request takes: each member of the chain is asked for by itself. */
export function stepsOfDecision(
  { characters, comparisons }: RulesSize,
  {
    chain,
    input,
    call,
  }: Pick<PolicyRequest, "chain" | "input"> & {
    readonly call: Pick<PolicyRequest["call"], "labels">
  },
): number {
  const given = sizeOfValue(input)
  const entries = given.entries + call.labels.length
  return (
    chain.length *
    (characters * stepsPerRuleCharacter +
      entries * (stepsPerEntry + comparisons * stepsPerComparedEntry) +
      given.characters * (stepsPerCharacter + comparisons * stepsPerCompared))
  )
}

const wholes: ReadonlySet<string> = new Set(["==", "!=", "contains", "containsAll", "containsAny"])
/** An entry finds its place in a set by several comparisons. */
const comparisonsPerMember = 4

/** How often a policy may compare the input as a whole. Counted once: many actions are judged by the same rule. */
function comparisonsOf(json: Rule["json"]): number {
  const known = counted.get(json) ?? count(json)
  counted.set(json, known)
  return known
}

const counted = new WeakMap<Rule["json"], number>()

function count(json: Rule["json"]): number {
  return conditionNodes(json).reduce((sum, { operator, body }) => {
    if (operator === "like") return sum + comparisonsOfPattern(patternOf(body))
    if (operator === "Set" && Array.isArray(body)) return sum + comparisonsPerMember * computed(body)
    return wholes.has(operator) ? sum + 1 : sum
  }, 0)
}

/** Members of a set that are no literals, and so may be as long as the input. */
const computed = (members: readonly unknown[]): number =>
  members.filter((member) => typeof member === "object" && member !== null && !("Value" in member)).length

function patternOf(body: unknown): readonly unknown[] {
  const pattern: unknown = typeof body === "object" && body !== null ? Reflect.get(body, "pattern") : null
  return Array.isArray(pattern) ? pattern : []
}

/** About how long a value is as JSON, and the entries of all its lists. */
function sizeOfValue(value: Json): { readonly characters: number; readonly entries: number } {
  let [characters, entries] = [0, 0]
  const open: Json[] = [value]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next === "string") characters += next.length + 2
    else if (typeof next !== "object" || next === null) characters += 8
    else if (isList(next)) {
      entries += next.length
      for (const each of next) open.push(each)
    } else
      for (const [name, each] of Object.entries(next)) {
        characters += name.length + 4
        open.push(each)
      }
  }
  return { characters, entries }
}
