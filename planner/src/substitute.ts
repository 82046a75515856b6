// Stage 4: references to the intent's input become literals, and text of literals becomes one literal.
// Owns: substitution. Does not own: any other reference, which stays as it was written.
// A value from outside is written so that nothing inside it can turn into a reference (INV-12).

import {
  asLiteral,
  formOf,
  formatPointer,
  isList,
  parsePointer,
  readPointer,
  textOfPart,
  type FromForm,
  type Json,
  type JsonObject,
  type PlanRejection,
} from "@counterfoil/contracts"
import { didYouMean } from "./nearest-names.ts"
import { flowOf, memberNames, navigate } from "./navigate.ts"
import { rejection } from "./rejection.ts"
import { anyType, type SchemaType } from "./schema-type.ts"

/** The intent's typed input, and the type that its contract gives it. */
export interface IntentInput {
  readonly input: Json
  readonly type: SchemaType
}

/** Most parts of one `$text`. */
export const textPartsMax = 32

/** A value without references to the intent; `undefined` when its one reference names an optional field that is absent. */
export interface Substituted {
  readonly value: Json | undefined
  readonly problems: readonly PlanRejection[]
}

/** Substitutes a value of the draft. `at` is where it stands in the draft. */
export function substitute(value: Json, intent: IntentInput | null, at: string): Substituted {
  const problems: PlanRejection[] = []
  return { value: new Substitution(intent, problems).of(value, at), problems }
}

class Substitution {
  readonly #intent: IntentInput | null
  readonly #problems: PlanRejection[]

  constructor(intent: IntentInput | null, problems: PlanRejection[]) {
    this.#intent = intent
    this.#problems = problems
  }

  of(value: Json, at: string): Json | undefined {
    if (value === null || typeof value !== "object") return value
    if (isList(value)) return value.map((item, index) => this.#present(item, `${at}/${index}`))
    const form = formOf(value)
    if (form === null) return this.#members(value, at)
    if (form.kind === "literal") return asLiteral(form.value)
    if (form.kind === "text") return this.#text(form.parts, at)
    return form.kind === "from" && form.step === "intent" ? this.#intentValue(form, at) : value
  }

  #members(value: JsonObject, at: string): Json {
    // `exists` asks whether the place is there, and here that is known.
    const asked = value["exists"]
    if (asked !== undefined && isFromIntent(asked) && Object.keys(value).length === 1) {
      return this.#intentValue(asked, `${at}/exists`) !== undefined
    }
    const members = Object.entries(value).flatMap(([name, member]): readonly (readonly [string, Json])[] => {
      const made = this.of(member, at + formatPointer([name]))
      return made === undefined ? [] : [[name, made]]
    })
    return Object.fromEntries(members)
  }

  #present(value: Json, at: string): Json {
    const made = this.of(value, at)
    if (made === undefined)
      this.#problems.push(
        rejection("REF_OPTIONAL", at, "The intent's input has nothing here, and there is no default."),
      )
    return made ?? null
  }

  #text(parts: readonly Json[], at: string): Json {
    if (parts.length > textPartsMax) {
      this.#problems.push(rejection("TEXT_INVALID", at, `A text has at most ${textPartsMax} parts.`))
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
    const text = textOfPart(this.#present(part, at))
    if (text !== null) return text
    this.#problems.push(rejection("TEXT_INVALID", at, "A text joins strings, integers and booleans."))
    return ""
  }

  #intentValue(
    { at: pointer, default: fallback }: Pick<FromForm, "at" | "default">,
    at: string,
  ): Json | undefined {
    if (this.#intent === null) {
      this.#problems.push(
        rejection(
          "REF_UNKNOWN_STEP",
          at,
          "This draft belongs to no intent contract, so there is no intent input.",
        ),
      )
      return null
    }
    const found = readPointer(this.#intent.input, pointer)
    if (found.ok) return asLiteral(found.value)
    const path = parsePointer(pointer)
    const parent = path.ok ? navigate(flowOf(this.#intent.type), path.value.slice(0, -1)) : null
    if (path.ok && navigate(flowOf(this.#intent.type), path.value) === null) {
      const help = didYouMean(path.value.at(-1) ?? "", memberNames(parent?.type ?? anyType))
      this.#problems.push(rejection("REF_POINTER", at, "The intent's input has no such field.", help))
      return null
    }
    return fallback === undefined ? undefined : asLiteral(fallback)
  }
}

type FromIntent = { readonly $from: "intent"; readonly at: string; readonly default?: Json }
function isFromIntent(value: Json): value is FromIntent {
  if (value === null || typeof value !== "object" || isList(value)) return false
  const form = formOf(value)
  return form?.kind === "from" && form.step === "intent"
}
