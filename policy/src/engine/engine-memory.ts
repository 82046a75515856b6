// Remembers what an engine returned for texts that it accepted, so that a source with one new rule costs the reading of that rule.
// Owns: the memory of each engine, its bound, and what is kept. Does not own: which texts are asked about (rules/, check/).
// The engine reads a policy by its text alone, and validates each policy by its text and the schema alone.
// Keeps INV-04: a refusal, a finding and a throw are never kept, and an engine never answers from the memory of another.

import type { PolicyToJsonAnswer, SchemaJson, ValidationAnswer } from "@cedar-policy/cedar-wasm/nodejs"
import type { Digest } from "@counterfoil/contracts"
import type { CedarEngine, CedarInstance } from "./cedar-engine.ts"

/** A schema with the digest of its canonical bytes. */
export interface DigestedSchema {
  readonly json: SchemaJson<string>
  readonly digest: Digest
}

/** An instance for the texts of one candidate: opened when something is asked that is not remembered, and dropped with it. */
export interface TextReader {
  policyToJson(text: string): PolicyToJsonAnswer
  /** What the validator finds in policies, by id. It is not asked again about texts in which it found nothing under this schema. */
  validate(schema: DigestedSchema, policies: Readonly<Record<string, string>>): ValidationAnswer
}

/** Characters of the texts that one memory holds; about 20 MB with what was read from them. When they are more, all are forgotten. */
export const charactersMax = 1024 * 1024

interface Memory {
  readonly read: Map<string, PolicyToJsonAnswer>
  /** Texts in which the validator found nothing, by the digest of the schema. */
  readonly sound: Map<Digest, Set<string>>
  characters: number
}

const memories = new WeakMap<CedarEngine, Memory>()

/** A reader over an engine and all that it said before. */
export function openReader(engine: CedarEngine): TextReader {
  const memory: Memory = memories.get(engine) ?? { read: new Map(), sound: new Map(), characters: 0 }
  memories.set(engine, memory)
  let opened: CedarInstance | null = null
  const instance = (): CedarInstance => (opened ??= engine.open())
  return {
    policyToJson: (text) => {
      const known = memory.read.get(text)
      if (known !== undefined) return known
      const answer = instance().policyToJson(text)
      if (answer.type === "success") {
        makeRoom(memory, text)
        memory.read.set(text, frozen(answer))
      }
      return answer
    },
    validate: ({ json, digest }, policies) => {
      const known = memory.sound.get(digest)
      const asked = Object.entries(policies).filter(([, text]) => known?.has(text) !== true)
      if (known !== undefined && asked.length === 0) return nothingFound
      const answer = instance().validate(json, { staticPolicies: Object.fromEntries(asked) })
      if (isClean(answer)) for (const [, text] of asked) keepSound(memory, digest, text)
      return answer
    },
  }
}

function keepSound(memory: Memory, schema: Digest, text: string): void {
  makeRoom(memory, text)
  const texts = memory.sound.get(schema) ?? new Set<string>()
  memory.sound.set(schema, texts.add(text))
}

function makeRoom(memory: Memory, text: string): void {
  if (memory.characters + text.length > charactersMax) {
    memory.read.clear()
    memory.sound.clear()
    memory.characters = 0
  }
  memory.characters += text.length
}

const nothingFound: ValidationAnswer = frozen({
  type: "success",
  validationErrors: [],
  validationWarnings: [],
  otherWarnings: [],
})

const isClean = (answer: ValidationAnswer): boolean =>
  answer.type === "success" &&
  answer.validationErrors.length + answer.validationWarnings.length + answer.otherWarnings.length === 0

/** The same value, which nothing changes any more: it is handed to every later reader. */
function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(frozen)
  return value
}
