// Reading Cedar's JSON expressions: operators, operands, attribute paths, conjunctions.
// Owns: the walk. Does not own: evaluating anything; only the engine does that.

import type { Clause, Expr, PolicyJson } from "@cedar-policy/cedar-wasm/nodejs"

/** One node: its operator and what stands under it, as JSON. */
export interface ExpressionNode {
  readonly operator: string
  readonly body: unknown
}

/** All nodes of an expression, the outermost first. Literal values have no nodes inside. */
export function nodesOf(expression: unknown): readonly ExpressionNode[] {
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

/** The attribute path that an expression reads, such as `context.input.amount`; null when it is no plain path. */
export function pathOf(expression: unknown): string | null {
  if (!isRecord(expression)) return null
  if (typeof expression["Var"] === "string") return expression["Var"]
  const access = expression["."]
  if (!isRecord(access) || typeof access["attr"] !== "string") return null
  const left = pathOf(access["left"])
  return left === null ? null : `${left}.${access["attr"]}`
}

/** Every longest attribute path in some nodes, sorted, each once. */
export function pathsIn(expression: unknown): readonly string[] {
  const whole = pathOf(expression)
  if (whole !== null) return [whole]
  if (Array.isArray(expression)) return sorted(expression.flatMap(pathsIn))
  if (!isRecord(expression) || "Value" in expression) return []
  const has = expression["has"]
  const tested = isRecord(has) && typeof has["attr"] === "string" ? pathOf(has["left"]) : null
  if (tested !== null && isRecord(has)) return [`${tested}.${String(has["attr"])}`]
  return sorted(Object.values(expression).flatMap((body) => operandsOf(body).flatMap(pathsIn)))
}

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
  "&&" in expression && isRecord(expression["&&"]) && "left" in expression["&&"]

const operandsOf = (body: unknown): readonly unknown[] =>
  Array.isArray(body)
    ? body
    : isRecord(body)
      ? Object.values(body).filter((each) => typeof each === "object")
      : []

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
const sorted = (paths: readonly string[]): readonly string[] => [...new Set(paths)].sort()
