// Slices parsed once in an instance of the engine, and the instance thrown away when it fails.
// Owns: the life of the instance, and the answers it gave. Does not own: what is asked of it (authorize.ts).
// Keeps INV-04: an instance that threw is never asked again.

import type { CedarEngine, CedarInstance } from "../engine/cedar-engine.ts"
import type { Authorized } from "./authorized.ts"
import type { Slice } from "./slice.ts"

/** Holds one instance at a time, opened at the first use. */
export interface SliceCache {
  /** The instance with this slice parsed under `name`. Throws when the engine cannot be opened or refuses the slice. */
  ready(slice: Slice): { readonly instance: CedarInstance; readonly name: string }
  /** Throws the instance away; the next call opens a fresh one. */
  discard(): void
  /** The answer to an equal question, as long as it is remembered. */
  recall(key: string): Authorized | undefined
  remember(key: string, answer: Authorized): void
  /** Counts the steps of a question that goes to the engine. */
  count(steps: number): void
  /** All of them so far. */
  counted(): number
}

/** Answers remembered at once. When they are that many, all are forgotten. */
export const answersMax = 10_000
/** Characters of the questions that they answer: what agents send is part of a question. */
export const questionCharactersMax = 8 * 1024 * 1024

/** An empty cache over an engine. */
export function openSliceCache(engine: CedarEngine): SliceCache {
  const answers = new Map<string, Authorized>()
  let [characters, steps] = [0, 0]
  let held: { readonly instance: CedarInstance; readonly parsed: Set<string> } | null = null
  return {
    ready: (slice) => {
      held ??= { instance: engine.open(), parsed: new Set() }
      const name = slice.action.id
      if (!held.parsed.has(name)) {
        parse(held.instance, name, slice)
        held.parsed.add(name)
      }
      return { instance: held.instance, name }
    },
    discard: () => {
      held = null
    },
    recall: (key) => answers.get(key),
    remember: (key, answer) => {
      characters += key.length
      if (answers.size >= answersMax || characters > questionCharactersMax) {
        answers.clear()
        characters = key.length
      }
      answers.set(key, answer)
    },
    count: (more) => {
      steps += more
    },
    counted: () => steps,
  }
}

function parse(instance: CedarInstance, name: string, slice: Slice): void {
  const staticPolicies = Object.fromEntries(slice.rules.map((rule) => [rule.id, rule.text]))
  const policies = instance.preparsePolicySet(name, { staticPolicies })
  const schema = instance.preparseSchema(name, slice.schema)
  if (policies.type !== "success" || schema.type !== "success")
    throw new TypeError(`slice ${name} was refused`)
}
