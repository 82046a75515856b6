// Texts in rules that no input can equal: a target in another spelling than the one in which policy sees it.
// Owns: which texts are compared with targets, and what their spelling should be. Does not own: the spellings (contracts).
// Keeps INV-04: a forbid that would never match is refused before it is active.

import { normalForm, type TargetForm } from "@counterfoil/contracts"
import { conditionNodes, pathOf, pathsIn, spelledPath, type AttributePath } from "../rules/expression.ts"
import { mayMatch, type Rule } from "../rules/rule.ts"
import type { Action } from "../schema/action.ts"
import type { InputShape } from "../schema/input-shape.ts"

/** One sentence for each text of a rule that is compared with a target and is not in the spelling that targets have. */
export function otherSpellings({ json }: Rule, actions: readonly Action[]): readonly string[] {
  const matched = actions.filter((action) => mayMatch(json, action))
  return conditionNodes(json).flatMap(({ operator, body }) => {
    if (typeof body !== "object" || body === null) return []
    const left: unknown = Reflect.get(body, "left")
    if (operator === "like") {
      const forms = formsAt(pathOf(left), matched)
      return forms.flatMap((form) => likeProblem(form, left, Reflect.get(body, "pattern")))
    }
    if (!comparisons.has(operator)) return []
    const sides = [left, Reflect.get(body, "right")]
    const paths = sides.flatMap((side) => (pathOf(side) === null ? [] : pathsIn(side)))
    const texts = sides.flatMap(textsOf)
    return paths.flatMap((path) =>
      formsAt(path, matched).flatMap((form) => texts.flatMap((text) => problem(form, path, text))),
    )
  })
}

const comparisons: ReadonlySet<string> = new Set(["==", "!=", "contains", "containsAll", "containsAny"])

function problem(form: TargetForm, path: AttributePath, text: string): readonly string[] {
  const normal = normalForm(form, text)
  if (normal.ok && normal.value === text) return []
  const how = normal.ok ? `write ${JSON.stringify(normal.value)}` : normal.error
  return [`${JSON.stringify(text)} never equals ${spelledPath(path)}, a ${form} in its one spelling: ${how}`]
}

/**
 * What comes before the first `*` is the beginning of a target. Decided where it is whole enough to have a spelling: an address
 * with the slash after its host, a path with a name. A last slash, and a last name that goes on, are as they are.
 */
function likeProblem(form: TargetForm, left: unknown, pattern: unknown): readonly string[] {
  const path = pathOf(left)
  if (path === null || !Array.isArray(pattern)) return []
  const elements: readonly unknown[] = pattern
  const first = elements.indexOf("Wildcard")
  const begins = (first === -1 ? elements : elements.slice(0, first)).map(literalOf).join("")
  if (first === -1) return problem(form, path, begins)
  if (form === "url")
    return /^[a-z][a-z0-9+.-]*:\/\/[^/?#*]+\//i.test(begins) ? beginning(form, path, begins) : []
  return form === "path" && begins !== "" && begins !== "/" ? beginning(form, path, begins) : []
}

/** The beginning goes on with a letter: spelled together, it must still begin as the rule has it. */
function beginning(form: TargetForm, path: AttributePath, begins: string): readonly string[] {
  const normal = normalForm(form, `${begins}x`)
  // An escape that is cut off is not decided.
  if (/%[0-9A-F]?$/i.test(begins)) return []
  if (normal.ok && normal.value === `${begins}x`) return []
  const how = normal.ok ? `write ${JSON.stringify(`${normal.value.slice(0, -1)}*`)}` : normal.error
  return [
    `no ${form} in its one spelling begins with ${JSON.stringify(begins)} (${spelledPath(path)}): ${how}`,
  ]
}

function literalOf(element: unknown): string {
  const literal: unknown =
    typeof element === "object" && element !== null ? Reflect.get(element, "Literal") : null
  return typeof literal === "string" ? literal : ""
}

/** The texts that an expression is: one, or each of a set. */
function textsOf(expression: unknown): readonly string[] {
  if (typeof expression !== "object" || expression === null) return []
  const value: unknown = Reflect.get(expression, "Value")
  if (typeof value === "string") return [value]
  const set: unknown = Reflect.get(expression, "Set") ?? value
  return Array.isArray(set)
    ? set.flatMap((each: unknown) => (typeof each === "string" ? [each] : textsOf(each)))
    : []
}

/** The forms that the field has in the inputs of the actions: usually one, none where it names no target. */
function formsAt(path: AttributePath | null, actions: readonly Action[]): readonly TargetForm[] {
  if (path === null) return []
  const [variable, part, ...names] = path
  if (variable !== "context" || part !== "input") return []
  return [...new Set(actions.flatMap(({ input }) => formOf(input, names)))]
}

function formOf(shape: InputShape, [name, ...rest]: readonly string[]): readonly TargetForm[] {
  if (shape.kind === "string" || shape.kind === "strings")
    return name === undefined && shape.form !== undefined ? [shape.form] : []
  if (shape.kind !== "record") return []
  const field = shape.fields.find((each) => each.name === name)
  return field === undefined ? [] : formOf(field.shape, rest)
}
