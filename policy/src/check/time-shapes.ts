// The ways in which a rule may use the time, so that every second at which it changes is a number in its text.
// Owns: the one allowed shape. Does not own: which rules have to keep to it, nor looking at those seconds (lockout.ts).
// A time that is added to, put into a set or a record, or compared with a field changes a rule at a second that is written nowhere.

import { pathOf, type AttributePath } from "../rules/expression.ts"

/** The facts of a call that change with the time alone and are not tried hour by hour. */
export const timeFacts = ["nowSeconds", "expiresInSeconds"]

const timePaths: readonly AttributePath[] = [
  ["context", "call", "nowSeconds"],
  ["context", "call", "grant", "expiresInSeconds"],
]
const comparisons: ReadonlySet<string> = new Set(["<", "<=", ">", ">=", "==", "!="])

/**
 * True when an expression reads a time otherwise than as one side of a comparison with a number, or reads whole what holds a time, such as
 * `context.call`. Asking whether a fact is there reads nothing of it.
 */
export function hidesTime(expression: unknown): boolean {
  if (Array.isArray(expression)) return expression.some(hidesTime)
  if (typeof expression !== "object" || expression === null) return false
  const path = pathOf(expression)
  if (path !== null) return holdsTime(path)
  return Object.entries(expression).some(([operator, body]: readonly [string, unknown]) => {
    if (operator === "Value") return false
    const [left, right] = [operand(body, "left"), operand(body, "right")]
    if (operator === "has") return pathOf(left) === null && hidesTime(left)
    if (comparisons.has(operator) && isComparedTime(left, right)) return false
    return Array.isArray(body) ? hidesTime(body) : membersOf(body).some(hidesTime)
  })
}

/** The path of a time, or of a record that a time is in. */
const holdsTime = (path: AttributePath): boolean => timePaths.some((time) => leadsTo(path, time))

const leadsTo = (path: AttributePath, time: AttributePath): boolean =>
  path.length <= time.length && path.every((name, i) => name === time[i])

const isComparedTime = (left: unknown, right: unknown): boolean =>
  (isTime(left) && isNumber(right)) || (isNumber(left) && isTime(right))

function isTime(expression: unknown): boolean {
  const path = pathOf(expression)
  return path !== null && timePaths.some((time) => path.length === time.length && leadsTo(path, time))
}

const isNumber = (expression: unknown): boolean => typeof operand(expression, "Value") === "number"

const operand = (body: unknown, name: string): unknown =>
  typeof body === "object" && body !== null ? Reflect.get(body, name) : undefined

const membersOf = (body: unknown): readonly unknown[] =>
  typeof body === "object" && body !== null ? Object.values(body) : []
