// Stage 4: references to the intent's input become literals, and text of literals becomes one literal.
// Owns: substitution, and its budget: a few short references must not grow into a plan that fills the memory.
// Does not own: any other reference, which stays as it was written.
// Keeps INV-12: a value from outside is written so that nothing inside it can turn into a reference.

import {
  isObject,
  asLiteral,
  canonical,
  formOf,
  formatPointer,
  isList,
  parsePointer,
  planBytesMax,
  readPointer,
  textOfPart,
  type FromForm,
  type Json,
  type JsonObject,
  type PlanRejection,
} from "@counterfoil/contracts"
import { flowOf, memberNames, navigate } from "./navigate.ts"
import { didYouMean } from "./nearest-names.ts"
import { rejection } from "./rejection.ts"
import { anyType, type SchemaType } from "@counterfoil/contracts/shape"

/** The intent's typed input, and the type that its contract gives it. */
export interface IntentInput {
  readonly input: Json
  readonly type: SchemaType
}

/** Most parts of one `$text`. */
const textPartsMax = 32

/** One pass over a draft. It lasts as long as the draft, because the budget is for all its values together. */
export class Substitution {
  readonly problems: PlanRejection[] = []
  readonly #intent: IntentInput | null
  readonly #found = new Map<string, { readonly value: Json; readonly characters: number } | null>()
  #characters = 0

  constructor(intent: IntentInput | null) {
    this.#intent = intent
  }

  /** A value without references to the intent. `at` is its place in the draft. */
  value(value: Json, at: string): Json {
    const made = this.#value(value, at)
    if (made !== undefined) return made
    this.#refuse(
      rejection("REF_OPTIONAL", at, "The intent's input has nothing here, and there is no default."),
    )
    return null
  }

  /** A condition without references to the intent; `exists` of one is settled here. */
  condition(node: Json, at: string): Json {
    if (!isObject(node)) return node
    const entries = Object.entries(node).map(([operator, operand]): [string, Json] => {
      const place = at + formatPointer([operator])
      if (operator === "not") return [operator, this.condition(operand, place)]
      if ((operator === "all" || operator === "any") && isList(operand)) {
        return [operator, operand.map((child, index) => this.condition(child, `${place}/${index}`))]
      }
      return operator === "exists" ? [operator, operand] : [operator, this.value(operand, place)]
    })
    const [only, ...more] = entries
    const asked = only?.[0] === "exists" && more.length === 0 ? only[1] : undefined
    if (asked === undefined || !isFromIntent(asked)) return Object.fromEntries(entries)
    return this.#intentValue({ at: asked.at }, `${at}/exists`) !== undefined
  }

  // `undefined` where the intent's input has nothing at an optional place: a member of an object is then left out.
  #value(value: Json, at: string): Json | undefined {
    if (value === null || typeof value !== "object") return value
    if (isList(value)) return value.map((item, index) => this.value(item, `${at}/${index}`))
    const form = formOf(value)
    if (form === null) return this.#members(value, at)
    if (form.kind === "literal") return asLiteral(form.value)
    if (form.kind === "text") return this.#text(form.parts, at)
    return form.kind === "from" && form.step === "intent" ? this.#intentValue(form, at) : value
  }

  #members(value: JsonObject, at: string): Json {
    const members = Object.entries(value).flatMap(([name, member]): readonly (readonly [string, Json])[] => {
      const made = this.#value(member, at + formatPointer([name]))
      return made === undefined ? [] : [[name, made]]
    })
    return Object.fromEntries(members)
  }

  #text(parts: readonly Json[], at: string): Json {
    if (parts.length > textPartsMax) {
      this.#refuse(rejection("TEXT_INVALID", at, `A text has at most ${textPartsMax} parts.`))
      return ""
    }
    const made = parts.map((part, index) => this.#textPart(part, `${at}/$text/${index}`))
    const merged = made.reduce<readonly Json[]>((before, part) => {
      const last = before.at(-1)
      return typeof last === "string" && typeof part === "string"
        ? [...before.slice(0, -1), last + part]
        : [...before, part]
    }, [])
    if (merged.length === 0) return ""
    return merged.length === 1 && typeof merged[0] === "string" ? merged[0] : { $text: merged }
  }

  #textPart(part: Json, at: string): Json {
    if (!isFromIntent(part)) return part
    const text = textOfPart(this.value(part, at))
    if (text !== null) return text
    this.#refuse(rejection("TEXT_INVALID", at, "A text joins strings, integers and booleans."))
    return ""
  }

  #intentValue(
    { at: pointer, default: fallback }: Pick<FromForm, "at" | "default">,
    at: string,
  ): Json | undefined {
    if (this.#intent === null) {
      this.#refuse(
        rejection(
          "REF_UNKNOWN_STEP",
          at,
          "This draft belongs to no intent contract, so there is no intent input.",
        ),
      )
      return null
    }
    const found = this.#read(this.#intent.input, pointer)
    if (found === null) return this.#absent(this.#intent.type, pointer, fallback, at)
    this.#characters += found.characters
    if (this.#characters <= planBytesMax) return found.value
    this.#refuse(tooLarge)
    return null
  }

  #absent(type: SchemaType, pointer: string, fallback: Json | undefined, at: string): Json | undefined {
    const parsed = parsePointer(pointer)
    const path = parsed.ok ? parsed.value : []
    if (navigate(flowOf(type), path) !== null) return fallback === undefined ? undefined : asLiteral(fallback)
    const parent = navigate(flowOf(type), path.slice(0, -1))
    const help = didYouMean(path.at(-1) ?? "", memberNames(parent?.type ?? anyType))
    this.#refuse(rejection("REF_POINTER", at, "The intent's input has no such field.", help))
    return null
  }

  #read(input: Json, pointer: string): { readonly value: Json; readonly characters: number } | null {
    const known = this.#found.get(pointer)
    if (known !== undefined) return known
    const read = readPointer(input, pointer)
    const value = read.ok ? asLiteral(read.value) : null
    const found = read.ok ? { value, characters: canonical(value).length } : null
    this.#found.set(pointer, found)
    return found
  }

  #refuse(problem: PlanRejection): void {
    if (this.problems.at(-1) !== tooLarge) this.problems.push(problem)
  }
}

/** A plan that cannot be written down within its bounds. */
export const tooLarge = rejection("PLAN_TOO_LARGE", "", `A plan has at most ${planBytesMax} bytes.`)

type FromIntent = { readonly $from: "intent"; readonly at: string; readonly default?: Json }
function isFromIntent(value: Json): value is FromIntent {
  if (!isObject(value)) return false
  const form = formOf(value)
  return form?.kind === "from" && form.step === "intent"
}
