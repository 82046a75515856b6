// What people are told about a contract: owners, words, stability, deprecation, examples.
// Owns: C070 to C076. Does not own: what the contract promises to programs (compare-contract.ts).

import { canonical } from "../json/canonical.ts"
import { plainJson, plainObject, type Json } from "../json/json.ts"
import { isList } from "../plan/reference.ts"
import { acceptsValue } from "../shape/accepts-value.ts"
import { typeOf } from "../shape/schema-type.ts"
import { change, type Change } from "./change.ts"
import type { LockedContract } from "./lock.ts"

type Document = LockedContract["document"]

/** The changes of meta, and the examples that the new version does not keep. */
export function compareMeta(old: Document, now: Document): readonly Change[] {
  return [
    ...ownerChanges(old, now),
    ...wordChanges(old, now),
    ...stabilityChanges(old, now),
    ...deprecationChanges(old, now),
    ...(brokenExamples(old).length === 0 ? brokenExamples(now) : []),
    ...(lacksExample(now) && !lacksExample(old) ? [change("C070", "always", { at: "/examples" })] : []),
  ]
}

/** What is wrong with a contract that is new, where there is no old one to compare with. */
export const metaOfNew = (now: Document): readonly Change[] => [
  ...brokenExamples(now),
  ...(lacksExample(now) ? [change("C070", "always", { at: "/examples" })] : []),
]

function ownerChanges(old: Document, now: Document): readonly Change[] {
  const [before, after] = [old.meta.owners.toSorted(), now.meta.owners.toSorted()]
  return before.join("\n") === after.join("\n")
    ? []
    : [change("C072", "always", { at: "/meta/owners", before, after })]
}

function wordChanges(old: Document, now: Document): readonly Change[] {
  const words = ({ meta: { title, goal, context, tags } }: Document): Json => ({
    title,
    goal,
    context,
    tags: tags.toSorted(),
  })
  const [before, after] = [words(old), words(now)]
  return canonical(before) === canonical(after)
    ? []
    : [change("C073", "always", { at: "/meta", before, after })]
}

const stabilities = ["experimental", "beta", "stable"]

function stabilityChanges(old: Document, now: Document): readonly Change[] {
  const [before, after] = [old.meta.stability, now.meta.stability]
  if (before === after) return []
  const place = { at: "/meta/stability", before, after }
  if (after === "deprecated") return [change("C074", "announced", place)]
  const lowered = stabilities.indexOf(after) < stabilities.indexOf(before)
  return [change("C074", lowered ? "lowered" : "raised", place)]
}

function deprecationChanges(old: Document, now: Document): readonly Change[] {
  const [before, after] = [old.meta.deprecation?.removeAfter, now.meta.deprecation?.removeAfter]
  const bare = now.meta.stability === "deprecated" && after === undefined
  const was = old.meta.stability === "deprecated" && before === undefined
  return [
    ...(bare && !was ? [change("C075", "always", { at: "/meta/deprecation" })] : []),
    ...(before !== undefined && after !== undefined && after < before
      ? [change("C076", "always", { at: "/meta/deprecation/removeAfter", before, after })]
      : []),
  ]
}

function lacksExample(document: Document): boolean {
  return (
    document.kind !== "event" && !document.examples.some((example) => exampleOf(example)?.fails === false)
  )
}

// A check can refuse what the schema accepts, so an example that has to fail proves nothing where there are checks.
function brokenExamples(document: Document): readonly Change[] {
  if (document.kind === "event") return []
  const type = typeOf(plainObject(document.input))
  const answers = typeOf(plainObject(document.output))
  return document.examples.flatMap((one, index) => {
    const example = exampleOf(one)
    if (example === null) return []
    const { input, output, fails } = example
    const taken = (fails && document.checks.length > 0) || acceptsValue(type, input) !== fails
    const given = output === undefined || acceptsValue(answers, output)
    const at = `/examples/${index}`
    return [
      ...(taken ? [] : [change("C071", "always", { at, after: input })]),
      ...(given ? [] : [change("C071", "always", { at: `${at}/output`, after: output })]),
    ]
  })
}

interface LockedExample {
  readonly input: Json
  readonly output: Json | undefined
  readonly fails: boolean
}

function exampleOf(value: Json): LockedExample | null {
  const example = plainJson(value)
  if (typeof example !== "object" || example === null || isList(example)) return null
  const { input = null, output, fails } = example
  return { input, output, fails: fails !== undefined }
}
