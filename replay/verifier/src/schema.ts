// JSON Schema as contracts use it: the part of 2020-12 that their documents hold. A keyword that is not known here is a fault,
// because what it demands would not have been looked at.

import { Fault } from "./fault.ts"
import { charactersIn, isList, isObject, jcs, memberOf, type Json, type JsonObject } from "./json.ts"
import type { Budget } from "./budget.ts"
import { patternMatches, spendOnTest } from "./patterns.ts"

/** The document that a schema belongs to, in which references are resolved, and the steps that may still be taken. */
interface Root {
  readonly schema: JsonObject
  readonly budget: Budget
}

/** Where a value does not fit a schema, as a JSON Pointer, or null. Throws `Undecided` when that takes too many steps. */
export function misfit(schema: Json, value: Json, at: string, root: Root): string | null {
  spendOnTest(root.budget, 1)
  if (typeof schema === "boolean") return schema ? null : at
  if (!isObject(schema)) throw new Fault("a schema is neither an object nor a boolean")
  const keywords = membersOf(schema)
  spendOnTest(root.budget, keywords.length)
  for (const [keyword, said] of keywords) {
    const place = misfitOf(keyword, said, value, { at, root, schema })
    if (place !== null) return place
  }
  return null
}

interface Fitting {
  readonly at: string
  readonly root: Root
  readonly schema: JsonObject
}

function misfitOf(keyword: string, said: Json, value: Json, fitting: Fitting): string | null {
  const { at, root } = fitting
  const fits = (one: Json): boolean => misfit(one, value, at, root) === null
  const size = isList(value) ? value.length : 0
  switch (keyword) {
    case "$ref":
      return misfit(resolved(said, root), value, at, root)
    case "type":
      return counted(isList(said) ? said : [said], root).some((type) => isType(type, value)) ? null : at
    case "const":
      return isOneOf([said], value, root) ? null : at
    case "enum":
      return isOneOf(listOf(said), value, root) ? null : at
    case "anyOf":
      return listOf(said).some(fits) ? null : at
    case "oneOf":
      return listOf(said).filter(fits).length === 1 ? null : at
    case "allOf":
      return listOf(said).every(fits) ? null : at
    case "pattern":
      return typeof value !== "string" || isMatch(typeof said === "string" ? said : "", value, root)
        ? null
        : at
    case "minLength":
      return typeof value !== "string" || isAtLeast(value, Number(said), root) ? null : at
    case "maxLength":
      return typeof value !== "string" || isAtMost(value, Number(said), root) ? null : at
    case "minimum":
      return typeof value !== "number" || value >= Number(said) ? null : at
    case "maximum":
      return typeof value !== "number" || value <= Number(said) ? null : at
    case "minItems":
      return !isList(value) || size >= Number(said) ? null : at
    case "maxItems":
      return !isList(value) || size <= Number(said) ? null : at
    case "items":
      return isList(value)
        ? first(counted(value, root).map((item, i) => () => misfit(said, item, `${at}/${i}`, root)))
        : null
    case "required":
    case "propertyNames":
    case "properties":
    case "additionalProperties":
      return isObject(value) ? misfitOfMembers(keyword, said, value, fitting) : null
    case "$defs":
    case "$schema":
    case "$comment":
    case "title":
    case "description":
    case "examples":
    case "default":
    case "deprecated":
      return null
    default:
      if (keyword.startsWith("x-")) return null
      throw new Fault(`a schema has the keyword ${keyword}, which is not known here`)
  }
}

type MemberKeyword = "required" | "propertyNames" | "properties" | "additionalProperties"

function misfitOfMembers(
  keyword: MemberKeyword,
  said: Json,
  value: JsonObject,
  { at, root, schema }: Fitting,
): string | null {
  const names = counted(membersOf(value), root).map(([name]) => name)
  const look = (name: string, inner: Json) => () =>
    misfit(inner, memberOf(value, name), `${at}/${name}`, root)
  const properties = memberOf(schema, "properties")
  const known = isObject(properties) ? properties : {}
  switch (keyword) {
    case "required": {
      const missing = counted(listOf(said), root).find(
        (name) => typeof name !== "string" || !Object.hasOwn(value, name),
      )
      return missing === undefined ? null : `${at}/${typeof missing === "string" ? missing : ""}`
    }
    case "propertyNames":
      return first(names.map((name) => () => misfit(said, name, `${at}/${name}`, root)))
    case "properties":
      return first(
        counted(membersOf(known), root)
          .filter(([name]) => Object.hasOwn(value, name))
          .map(([name, inner]) => look(name, inner)),
      )
    case "additionalProperties":
      return first(names.filter((name) => !Object.hasOwn(known, name)).map((name) => look(name, said)))
  }
}

type Members = readonly (readonly [string, Json])[]
const readMembers = new WeakMap<JsonObject, Members>()

/** The members of an object, listed once: a schema is looked at many times, and listing takes longer than looking. */
function membersOf(object: JsonObject): Members {
  const members = readMembers.get(object) ?? Object.entries(object)
  readMembers.set(object, members)
  return members
}

/** The list, with a step spent for each item of it: to be said wherever a list is gone through. */
function counted<T>(list: readonly T[], { budget }: Root): readonly T[] {
  spendOnTest(budget, list.length)
  return list
}

/** Whether one of the list is the value. What is spelled or compared is spent, and the value is spelled once. */
function isOneOf(list: readonly Json[], value: Json, root: Root): boolean {
  const { budget } = root
  const spelling = (json: Json): string => {
    const text = jcs(json)
    spendOnTest(budget, text.length)
    return text
  }
  let own: string | null = null
  return counted(list, root).some((one) => {
    if (typeof one === "string" && typeof value === "string" && one.length === value.length)
      spendOnTest(budget, value.length)
    if (!isStructure(one) || !isStructure(value)) return one === value
    own ??= spelling(value)
    return spelling(one) === own
  })
}

// A character takes one or two code units: most texts need not be counted.
const isAtMost = (text: string, most: number, root: Root): boolean =>
  text.length <= most || counting(text, root) <= most

const isAtLeast = (text: string, least: number, root: Root): boolean =>
  text.length >= 2 * least || counting(text, root) >= least

/** The characters of a text, with a step spent for each. */
function counting(text: string, { budget }: Root): number {
  spendOnTest(budget, text.length)
  return charactersIn(text)
}

/** A pattern is read again when too many of them are in use to be kept, so reading it is spent as well. */
function isMatch(pattern: string, text: string, { budget }: Root): boolean {
  spendOnTest(budget, pattern.length)
  return patternMatches(pattern, text, budget)
}

const isStructure = (value: Json): boolean => isList(value) || isObject(value)

function resolved(said: Json, { schema, budget }: Root): Json {
  if (typeof said !== "string" || !said.startsWith("#/")) throw new Fault("a schema refers elsewhere")
  spendOnTest(budget, said.length)
  return said
    .split("/")
    .slice(1)
    .reduce<Json>((place, key) => (isObject(place) ? memberOf(place, key) : null), schema)
}

const listOf = (said: Json): readonly Json[] => (isList(said) ? said : [])

function isType(type: Json, value: Json): boolean {
  if (type === "null") return value === null
  if (type === "array") return isList(value)
  if (type === "object") return isObject(value)
  if (type === "integer") return Number.isInteger(value)
  if (type === "string" || type === "number" || type === "boolean") return typeof value === type
  throw new Fault("a schema has a type that is not known here")
}

function first(looks: readonly (() => string | null)[]): string | null {
  for (const look of looks) {
    const place = look()
    if (place !== null) return place
  }
  return null
}
