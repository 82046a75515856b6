// JSON Schema as contracts use it: the part of 2020-12 that their documents hold. A keyword that is not known here is a fault,
// because what it demands would not have been looked at.

import { Fault } from "./fault.ts"
import { isList, isObject, jcs, memberOf, type Json, type JsonObject } from "./json.ts"
import { patternMatches, spend, type Budget } from "./patterns.ts"

/** The document that a schema belongs to, in which references are resolved, and the steps that may still be taken. */
export interface Root {
  readonly schema: JsonObject
  readonly budget: Budget
}

/** Where a value does not fit a schema, as a JSON Pointer, or null. Throws `Undecided` when that takes too many steps. */
export function misfit(schema: Json, value: Json, at: string, root: Root): string | null {
  spend(root.budget, 1)
  if (typeof schema === "boolean") return schema ? null : at
  if (!isObject(schema)) throw new Fault("a schema is neither an object nor a boolean")
  for (const [keyword, said] of Object.entries(schema)) {
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
  const size = typeof value === "string" || isList(value) ? value.length : 0
  switch (keyword) {
    case "$ref":
      return misfit(resolved(said, root.schema), value, at, root)
    case "type":
      return (isList(said) ? said : [said]).some((type) => isType(type, value)) ? null : at
    case "const":
      return jcs(said) === jcs(value) ? null : at
    case "enum":
      return listOf(said).some((one) => jcs(one) === jcs(value)) ? null : at
    case "anyOf":
      return listOf(said).some(fits) ? null : at
    case "oneOf":
      return listOf(said).filter(fits).length === 1 ? null : at
    case "allOf":
      return listOf(said).every(fits) ? null : at
    case "pattern":
      return typeof value !== "string" ||
        patternMatches(typeof said === "string" ? said : "", value, root.budget)
        ? null
        : at
    case "minLength":
      return typeof value !== "string" || size >= Number(said) ? null : at
    case "maxLength":
      return typeof value !== "string" || size <= Number(said) ? null : at
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
        ? first(value.map((item, i) => () => misfit(said, item, `${at}/${i}`, root)))
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
  const names = Object.keys(value)
  const look = (name: string, inner: Json) => () =>
    misfit(inner, memberOf(value, name), `${at}/${name}`, root)
  const properties = memberOf(schema, "properties")
  const known = isObject(properties) ? properties : {}
  switch (keyword) {
    case "required": {
      const missing = listOf(said).find((name) => typeof name !== "string" || !Object.hasOwn(value, name))
      return missing === undefined ? null : `${at}/${typeof missing === "string" ? missing : ""}`
    }
    case "propertyNames":
      return first(names.map((name) => () => misfit(said, name, `${at}/${name}`, root)))
    case "properties":
      return first(
        Object.entries(known)
          .filter(([name]) => Object.hasOwn(value, name))
          .map(([name, inner]) => look(name, inner)),
      )
    case "additionalProperties":
      return first(names.filter((name) => !Object.hasOwn(known, name)).map((name) => look(name, said)))
  }
}

function resolved(said: Json, root: JsonObject): Json {
  if (typeof said !== "string" || !said.startsWith("#/")) throw new Fault("a schema refers elsewhere")
  return said
    .split("/")
    .slice(1)
    .reduce<Json>((place, key) => (isObject(place) ? memberOf(place, key) : null), root)
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
