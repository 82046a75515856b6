// Reading Cedar's JSON expressions: operators, operands, attribute paths, conjunctions.
// Owns: the walk. Does not own: evaluating anything; only the engine does that.

import { isObject, printsAsIs } from "@counterfoil/contracts"
import type { Clause, Expr, PolicyJson } from "@cedar-policy/cedar-wasm/nodejs"

/** One node: its operator and its operands, as JSON. */
export interface ExpressionNode {
  readonly operator: string
  readonly body: unknown
}

/** All nodes of an expression, the outermost first. Literal values have no nodes inside. */
function nodesOf(expression: unknown): readonly ExpressionNode[] {
  if (Array.isArray(expression)) return expression.flatMap(nodesOf)
  if (typeof expression !== "object" || expression === null) return []
  return Object.entries(expression).flatMap(([operator, body]: readonly [string, unknown]) => {
    if (operator === "Value" || operator === "Var" || operator === "Slot") return [{ operator, body }]
    return [{ operator, body }, ...operandsOf(body).flatMap(nodesOf)]
  })
}

/** All nodes of the conditions of a policy. */
export const conditionNodes = (json: PolicyJson): readonly ExpressionNode[] =>
  json.conditions.flatMap(({ body }) => nodesOf(body))

/**
 * What an expression reads: the variable, then each attribute below it. `context.input["order.amount"]` is
 * `["context", "input", "order.amount"]`. A list, because a field's name may hold any character, the dot included.
 */
export type AttributePath = readonly [variable: string, ...attributes: string[]]

/** The attribute path that an expression reads; null when it is not a plain path. */
export function pathOf(expression: unknown): AttributePath | null {
  if (!isObject(expression)) return null
  if (typeof expression["Var"] === "string") return [expression["Var"]]
  return accessed(expression["."])
}

/** Every longest attribute path in some nodes, sorted, each once. A `has` reads what it asks for. */
export function pathsIn(expression: unknown): readonly AttributePath[] {
  const whole = pathOf(expression)
  if (whole !== null) return [whole]
  if (Array.isArray(expression)) return eachOnce(expression.flatMap(pathsIn))
  if (!isObject(expression) || "Value" in expression) return []
  const tested = accessed(expression["has"])
  if (tested !== null) return [tested]
  return eachOnce(Object.values(expression).flatMap((body) => operandsOf(body).flatMap(pathsIn)))
}

/** What `.` reads or `has` asks for below a plain path. `has a.b` names its attributes as a list. */
function accessed(access: unknown): AttributePath | null {
  if (!isObject(access)) return null
  const { left, attr } = access
  const attributes: readonly unknown[] = Array.isArray(attr) ? attr : [attr]
  const below = attributes.filter((name) => typeof name === "string")
  const above = pathOf(left)
  return above === null || below.length < attributes.length ? null : [...above, ...below]
}

/** A path as a rule spells it: `context.input["order.amount"]`. Two paths are never spelled alike. */
export const spelledPath = ([variable, ...attributes]: AttributePath): string =>
  [variable, ...attributes.map((name) => (isPlainName(name) ? `.${name}` : `["${escaped(name)}"]`))].join("")

const reservedWords = new Set(["__cedar", "else", "false", "has", "if", "in", "is", "like", "then", "true"])
const isPlainName = (name: string): boolean =>
  /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !reservedWords.has(name)

const escapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
}
/** Text inside the quotes of a rule; what does not print as itself is written by its number. */
const escaped = (text: string): string =>
  Array.from(text, (character) => {
    const written = escapes[character]
    if (written !== undefined) return written
    return printsAsIs(character) ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
  }).join("")

/** Conditions taken apart at `&&`, left to right: all must hold. An `unless` stays one clause. */
export function clausesOf(json: PolicyJson): readonly Clause[] {
  return json.conditions.flatMap((clause) =>
    clause.kind === "unless"
      ? [clause]
      : conjuncts(clause.body).map((body): Clause => ({ kind: "when", body })),
  )
}

function conjuncts(expression: Expr): readonly Expr[] {
  if (!("&&" in expression) || !isConjunction(expression)) return [expression]
  return [...conjuncts(expression["&&"].left), ...conjuncts(expression["&&"].right)]
}

const isConjunction = (expression: Expr): expression is { "&&": { left: Expr; right: Expr } } =>
  "&&" in expression && isObject(expression["&&"]) && "left" in expression["&&"]

const operandsOf = (body: unknown): readonly unknown[] =>
  Array.isArray(body)
    ? body
    : isObject(body)
      ? Object.values(body).filter((each) => typeof each === "object")
      : []

const eachOnce = (paths: readonly AttributePath[]): readonly AttributePath[] =>
  [...new Map(paths.map((path) => [JSON.stringify(path), path])).entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, path]) => path)
