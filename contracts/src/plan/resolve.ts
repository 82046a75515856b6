// What the references and the condition of a plan step come to, once earlier steps have finished.
// Owns: the values. Does not own: whether a reference is allowed (planner), parsing the
// resolved input with its contract (executor), opening sealed values, or fetching secrets (the handler's adapter).
// Keeps INV-08: executor and replay resolve with this one function. Keeps INV-13: a `$secret` stays a name.

import { canonical } from "../json/canonical.ts"
import { instantMs } from "../instant.ts"
import { formatPointer, readPointer } from "../json/json-pointer.ts"
import type { Json } from "../json/json.ts"
import { err, ok, type Result } from "../result.ts"
import { formOf, isList, type Form } from "./reference.ts"

/** What is known of a step that has finished well: its output, or that it was skipped. */
export type StepValue =
  | { readonly status: "completed"; readonly output: Json }
  | { readonly status: "skipped" }

/**
 * What a step can see. `outputs` is by step key; a step with `each` has the array of its instances' outputs there.
 * `item` and `index` are those of the instance, and absent outside a fan-out. For an undo step, `outputs` holds the
 * output of the instance that it undoes under the key of its owner.
 */
export interface Scope {
  readonly outputs: ReadonlyMap<string, StepValue>
  readonly item?: Json
  readonly index?: number
}

/** Why a value cannot be had. `at` is a JSON Pointer into the input or condition. */
export interface ResolveProblem {
  readonly kind: "missing" | "skipped" | "text" | "shape" | "comparison"
  readonly at: string
}

/**
 * A step's input with every reference replaced by its value; `$secret` and `$sealed` stay as they are.
 * A member of an object whose reference leads nowhere and has no default is left out: its contract says whether it may be.
 * Anywhere else such a reference is `missing`.
 */
export function resolveInput(input: Json, scope: Scope): Result<Json, ResolveProblem> {
  return resolve(input, scope, [])
}

/**
 * Whether a condition holds. Left to right with short circuit; `null` is no condition and holds.
 * A value that is missing, or two that do not compare, are a problem and never just false.
 */
export function evaluateCondition(when: Json, scope: Scope): Result<boolean, ResolveProblem> {
  return when === null ? ok(true) : evaluate(when, scope, [])
}

/** How a value stands in a `$text`: strings, integers and booleans do, anything else does not and is null. */
export function textOfPart(value: Json): string | null {
  if (typeof value === "string") return value
  return typeof value === "boolean" || (typeof value === "number" && Number.isSafeInteger(value))
    ? String(value)
    : null
}

/** -1, 0 or 1 for two numbers or two date-times; null when they do not compare. */
export function compareValues(a: Json, b: Json): number | null {
  if (typeof a === "number" && typeof b === "number") return Math.sign(a - b)
  if (typeof a !== "string" || typeof b !== "string") return null
  const [left, right] = [instantMs(a), instantMs(b)]
  return left === null || right === null ? null : Math.sign(left - right)
}

type Path = readonly (string | number)[]
type Resolved = Result<Json, ResolveProblem>

const problem = (kind: ResolveProblem["kind"], path: Path) => err({ kind, at: formatPointer(path) })

function resolve(value: Json, scope: Scope, path: Path): Resolved {
  if (value === null || typeof value !== "object") return ok(value)
  if (isList(value)) return resolveList(value, scope, path)
  const form = formOf(value)
  return form === null
    ? resolveMembers(Object.entries(value), scope, path)
    : resolveForm(form, value, scope, path)
}

function resolveList(
  values: readonly Json[],
  scope: Scope,
  path: Path,
): Result<readonly Json[], ResolveProblem> {
  const resolved: Json[] = []
  for (const [index, value] of values.entries()) {
    const item = resolve(value, scope, [...path, index])
    if (!item.ok) return item
    resolved.push(item.value)
  }
  return ok(resolved)
}

function resolveMembers(members: readonly (readonly [string, Json])[], scope: Scope, path: Path): Resolved {
  const resolved: [string, Json][] = []
  for (const [name, value] of members) {
    const place = [...path, name]
    const member = resolve(value, scope, place)
    if (member.ok) resolved.push([name, member.value])
    else if (!(member.error.kind === "missing" && member.error.at === formatPointer(place))) return member
  }
  return ok(Object.fromEntries(resolved))
}

function resolveForm(form: Form, value: Json, scope: Scope, path: Path): Resolved {
  switch (form.kind) {
    case "from": {
      const source = scope.outputs.get(form.step)
      const found = source?.status === "completed" ? readPointer(source.output, form.at) : undefined
      if (found?.ok === true) return found
      if (form.default !== undefined) return ok(form.default)
      return problem(source?.status === "skipped" ? "skipped" : "missing", path)
    }
    case "item": {
      if (scope.item === undefined) return problem("shape", path)
      const found = readPointer(scope.item, form.at)
      return found.ok ? found : problem("missing", path)
    }
    case "index":
      return scope.index === undefined ? problem("shape", path) : ok(scope.index)
    case "text":
      return resolveText(form.parts, scope, path)
    case "literal":
      return ok(form.value)
    case "secret":
    case "sealed":
      return ok(value)
    case "malformed":
      return problem("shape", path)
  }
}

function resolveText(parts: readonly Json[], scope: Scope, path: Path): Resolved {
  const resolved = resolveList(parts, scope, [...path, "$text"])
  if (!resolved.ok) return resolved
  const texts = resolved.value.map(textOfPart)
  const wrong = texts.indexOf(null)
  return wrong === -1 ? ok(texts.join("")) : problem("text", [...path, "$text", wrong])
}

function evaluate(node: Json, scope: Scope, path: Path): Result<boolean, ResolveProblem> {
  if (typeof node === "boolean") return ok(node)
  if (node === null || typeof node !== "object" || isList(node)) return problem("shape", path)
  const [entry, ...more] = Object.entries(node)
  if (entry === undefined || more.length > 0) return problem("shape", path)
  const [operator, operand] = entry
  const place = [...path, operator]
  switch (operator) {
    case "all":
    case "any":
      return isList(operand) ? evaluateMany(operator, operand, scope, place) : problem("shape", place)
    case "not": {
      const inner = evaluate(operand, scope, place)
      return inner.ok ? ok(!inner.value) : inner
    }
    case "exists":
      return exists(operand, scope, place)
    default: {
      const [left, right, ...rest] = isList(operand) ? operand : []
      if (left === undefined || right === undefined || rest.length > 0) return problem("shape", place)
      const a = resolve(left, scope, [...place, 0])
      if (!a.ok) return a
      const b = resolve(right, scope, [...place, 1])
      return b.ok ? compare(operator, a.value, b.value, place) : b
    }
  }
}

function evaluateMany(operator: "all" | "any", nodes: readonly Json[], scope: Scope, path: Path) {
  const settles = operator === "any"
  for (const [index, node] of nodes.entries()) {
    const held = evaluate(node, scope, [...path, index])
    if (!held.ok || held.value === settles) return held
  }
  return ok(!settles)
}

function compare(operator: string, a: Json, b: Json, path: Path): Result<boolean, ResolveProblem> {
  if (operator === "eq" || operator === "ne")
    return ok((canonical(a) === canonical(b)) === (operator === "eq"))
  if (operator === "in") {
    return isList(b) ? ok(b.some((one) => canonical(one) === canonical(a))) : problem("comparison", path)
  }
  const holds = orders[operator]
  if (holds === undefined) return problem("shape", path)
  const order = compareValues(a, b)
  return order === null ? problem("comparison", path) : ok(holds(order))
}

const orders: { readonly [operator: string]: ((order: number) => boolean) | undefined } = {
  lt: (order) => order < 0,
  le: (order) => order <= 0,
  gt: (order) => order > 0,
  ge: (order) => order >= 0,
}

// A default is for the value; that something exists is asked of the place itself.
function exists(operand: Json, scope: Scope, path: Path): Result<boolean, ResolveProblem> {
  if (operand === null || typeof operand !== "object" || isList(operand)) return problem("shape", path)
  const form = formOf(operand)
  if (form === null || (form.kind !== "from" && form.kind !== "item")) return problem("shape", path)
  const asked: Form = form.kind === "from" ? { kind: "from", step: form.step, at: form.at } : form
  const found = resolveForm(asked, operand, scope, path)
  if (found.ok) return ok(true)
  return found.error.kind === "missing" || found.error.kind === "skipped" ? ok(false) : found
}
