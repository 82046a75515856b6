// Compares what people read about a contract: owners, words, stability, deprecation, examples.
// Owns: C070 to C077. Does not own: what the contract promises to programs (compare-contract.ts).

import { z } from "zod"
import { canonical } from "../json/canonical.ts"
import { isObject, plainJson, plainObject, type Json } from "../json/json.ts"
import { acceptsValue } from "../shape/accepts-value.ts"
import { typeOf } from "../shape/schema-type.ts"
import { dayAfter } from "./acknowledge.ts"
import { change, type Change } from "./change.ts"
import type { LockedContract } from "./lock.ts"

type Document = LockedContract["document"]

/** The changes of meta as of a day, and the examples that the new version does not keep. */
export function compareMeta(old: Document, now: Document, today: string): readonly Change[] {
  return [
    ...ownerChanges(old, now),
    ...wordChanges(old, now),
    ...stabilityChanges(old, now),
    ...deprecationChanges(old, now, today),
    ...newlyBroken(old, now),
    ...(lacksExample(now) && !lacksExample(old) ? [change("C070", "always", { at: "/examples" })] : []),
  ]
}

/** The problems of a new contract, which has no old one to compare with. */
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

// A deprecated contract promises as much as a stable one, so only a return to stable takes nothing back.
const promises = { experimental: 0, beta: 1, stable: 2, deprecated: 2 } as const

function stabilityChanges(old: Document, now: Document): readonly Change[] {
  const [before, after] = [old.meta.stability, now.meta.stability]
  if (before === after) return []
  const place = { at: "/meta/stability", before, after }
  if (after === "deprecated") return [change("C074", "announced", place)]
  const lowered = promises[after] < promises[before]
  return [change("C074", lowered ? "lowered" : "raised", place)]
}

/** How many days callers have from the day on which the end of a contract is announced. */
const noticeDaysMin = 30

const isDay = (text: string): boolean => z.iso.date().safeParse(text).success

/** The last day on which a contract may be called; undefined when none is said, or nothing that is a day. */
export function endOf({ meta: { deprecation } }: Document): string | undefined {
  return deprecation !== undefined && isDay(deprecation.removeAfter) ? deprecation.removeAfter : undefined
}

// Calls are refused after the stated end at any stability, so only the end is compared.
function deprecationChanges(old: Document, now: Document, today: string): readonly Change[] {
  const [before, after] = [endOf(old), endOf(now)]
  const bare = ({ meta }: Document, end: string | undefined) =>
    end === undefined && (meta.stability === "deprecated" || meta.deprecation !== undefined)
  const place = { at: "/meta/deprecation/removeAfter", before, after }
  if (after === undefined)
    return bare(now, after) && !bare(old, before)
      ? [change("C075", "always", { at: "/meta/deprecation" })]
      : []
  if (before !== undefined) return after < before ? [change("C076", "always", place)] : []
  if (after <= today) return [change("C077", "over", place)]
  return after < dayAfter(today, noticeDaysMin) ? [change("C077", "soon", place)] : []
}

function lacksExample(document: Document): boolean {
  return (
    document.kind !== "event" && !document.examples.some((example) => exampleOf(example)?.fails === false)
  )
}

/** The examples that do not hold, without those that did not hold before. */
function newlyBroken(old: Document, now: Document): readonly Change[] {
  const known = new Set(brokenExamples(old).map(wrongValue))
  return brokenExamples(now).filter((one) => !known.has(wrongValue(one)))
}

const wrongValue = ({ at, after }: Change): string =>
  `${at.endsWith("/output") ? "output" : ""} ${canonical(after)}`

// A check can refuse what the schema accepts, so an example that has to fail proves nothing where there are checks.
function brokenExamples(document: Document): readonly Change[] {
  const isEvent = document.kind === "event"
  const type = typeOf(plainObject(isEvent ? document.payload : document.input))
  const answers = isEvent ? type : typeOf(plainObject(document.output))
  const unproven = !isEvent && document.checks.length > 0
  return document.examples.flatMap((one, index) => {
    const example = exampleOf(one)
    if (example === null) return []
    const { value, output, fails } = example
    const taken = (fails && unproven) || acceptsValue(type, value) !== fails
    const given = isEvent || output === undefined || acceptsValue(answers, output)
    const at = `/examples/${index}`
    return [
      ...(taken ? [] : [change("C071", "always", { at, after: value })]),
      ...(given ? [] : [change("C071", "always", { at: `${at}/output`, after: output })]),
    ]
  })
}

/** An example: an input, or an event's payload. */
interface LockedExample {
  readonly value: Json
  readonly output: Json | undefined
  readonly fails: boolean
}

function exampleOf(given: Json): LockedExample | null {
  const example = plainJson(given)
  if (!isObject(example)) return null
  const { input, payload, output, fails } = example
  return { value: input ?? payload ?? null, output, fails: fails !== undefined }
}
