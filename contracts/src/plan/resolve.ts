// Resolves the references and the condition of a plan step once earlier steps have finished.
// Owns: the values, and that many references to one large value are refused before anything is made of them. Does not own: whether a reference is allowed (planner), parsing the
// resolved input with its contract (executor), opening sealed values, or fetching secrets (the handler's adapter).
// Keeps INV-08: executor and replay resolve with this one function. Keeps INV-13: a `$secret` stays a name.

import { canonical } from "../json/canonical.ts"
import { instantMs } from "../instant.ts"
import { formatPointer, readPointer } from "../json/json-pointer.ts"
import { isObject, type Json } from "../json/json.ts"
import { err, ok, type Result } from "../result.ts"
import { executionOutputBytesMax } from "./draft.ts"
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
  readonly kind: "missing" | "skipped" | "text" | "shape" | "comparison" | "size"
  readonly at: string
}

/**
 * Most characters that all values of one condition have together: as many as the outputs of an execution. A few references of one
 * condition may name the same large output, and each is spelled to be compared.
 */
const conditionCharactersMax = executionOutputBytesMax

/** How many characters the values of references may still have. Counted down while a value is resolved. */
interface Room {
  left: number
}

/**
 * A step's input with every reference replaced by its value; `$secret` and `$sealed` stay as they are.
 * A member of an object whose reference leads nowhere and has no default is left out: its contract says whether it may be.
 * Anywhere else such a reference is `missing`. Values that have more than `charactersMax` together, each counted as often as it is
 * referred to, are a problem of size: a value of at most so many bytes as JSON never is.
 */
export function resolveInput(input: Json, scope: Scope, charactersMax: number): Result<Json, ResolveProblem> {
  return resolve(input, scope, [], { left: charactersMax })
}

/**
 * Whether a condition holds. Left to right with short circuit; `null` means no condition and holds.
 * A value that is missing, or two that do not compare, are a problem and never just false.
 */
export function evaluateCondition(when: Json, scope: Scope): Result<boolean, ResolveProblem> {
  return when === null ? ok(true) : evaluate(when, scope, [], { left: conditionCharactersMax })
}

/** The text of a value inside a `$text`: strings, integers and booleans have one; for anything else null. */
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

function resolve(value: Json, scope: Scope, path: Path, room: Room): Resolved {
  if (value === null || typeof value !== "object") return ok(value)
  if (isList(value)) return resolveList(value, scope, path, room)
  const form = formOf(value)
  if (form === null) return resolveMembers(Object.entries(value), scope, path, room)
  const resolved = resolveForm(form, value, scope, path, room)
  if (!resolved.ok || form.kind === "text") return resolved
  room.left -= charactersOf(resolved.value)
  return room.left < 0 ? problem("size", path) : resolved
}

// By identity: an output is referred to many times, and values are never changed.
const measured = new WeakMap<object, number>()

/** At most as many as a value has as JSON. */
function charactersOf(value: Json): number {
  if (value === null || typeof value !== "object") return typeof value === "string" ? value.length + 2 : 1
  const known = measured.get(value) ?? count(value)
  measured.set(value, known)
  return known
}

function count(value: Json): number {
  if (value === null || typeof value !== "object") return typeof value === "string" ? value.length + 2 : 1
  return isList(value)
    ? value.reduce<number>((sum, item) => sum + 1 + count(item), 1)
    : Object.entries(value).reduce((sum, [name, member]) => sum + name.length + 4 + count(member), 1)
}

function resolveList(
  values: readonly Json[],
  scope: Scope,
  path: Path,
  room: Room,
): Result<readonly Json[], ResolveProblem> {
  const resolved: Json[] = []
  for (const [index, value] of values.entries()) {
    const item = resolve(value, scope, [...path, index], room)
    if (!item.ok) return item
    resolved.push(item.value)
  }
  return ok(resolved)
}

function resolveMembers(
  members: readonly (readonly [string, Json])[],
  scope: Scope,
  path: Path,
  room: Room,
): Resolved {
  const resolved: [string, Json][] = []
  for (const [name, value] of members) {
    const place = [...path, name]
    const member = resolve(value, scope, place, room)
    if (member.ok) resolved.push([name, member.value])
    else if (!(member.error.kind === "missing" && member.error.at === formatPointer(place))) return member
  }
  return ok(Object.fromEntries(resolved))
}

function resolveForm(form: Form, value: Json, scope: Scope, path: Path, room: Room): Resolved {
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
      return resolveText(form.parts, scope, path, room)
    case "literal":
      return ok(form.value)
    case "secret":
    case "sealed":
      return ok(value)
    case "malformed":
      return problem("shape", path)
  }
}

function resolveText(parts: readonly Json[], scope: Scope, path: Path, room: Room): Resolved {
  const resolved = resolveList(parts, scope, [...path, "$text"], room)
  if (!resolved.ok) return resolved
  const texts = resolved.value.map(textOfPart)
  const wrong = texts.indexOf(null)
  return wrong === -1 ? ok(texts.join("")) : problem("text", [...path, "$text", wrong])
}

function evaluate(node: Json, scope: Scope, path: Path, room: Room): Result<boolean, ResolveProblem> {
  if (typeof node === "boolean") return ok(node)
  if (!isObject(node)) return problem("shape", path)
  const [entry, ...more] = Object.entries(node)
  if (entry === undefined || more.length > 0) return problem("shape", path)
  const [operator, operand] = entry
  const place = [...path, operator]
  switch (operator) {
    case "all":
    case "any":
      return isList(operand)
        ? evaluateMany(operator, operand, { scope, path: place, room })
        : problem("shape", place)
    case "not": {
      const inner = evaluate(operand, scope, place, room)
      return inner.ok ? ok(!inner.value) : inner
    }
    case "exists":
      return exists(operand, scope, place, room)
    default: {
      const [left, right, ...rest] = isList(operand) ? operand : []
      if (left === undefined || right === undefined || rest.length > 0) return problem("shape", place)
      const a = resolve(left, scope, [...place, 0], room)
      if (!a.ok) return a
      const b = resolve(right, scope, [...place, 1], room)
      return b.ok ? compare(operator, a.value, b.value, place) : b
    }
  }
}

function evaluateMany(
  operator: "all" | "any",
  nodes: readonly Json[],
  { scope, path, room }: { readonly scope: Scope; readonly path: Path; readonly room: Room },
) {
  const settles = operator === "any"
  for (const [index, node] of nodes.entries()) {
    const held = evaluate(node, scope, [...path, index], room)
    if (!held.ok || held.value === settles) return held
  }
  return ok(!settles)
}

function compare(operator: string, a: Json, b: Json, path: Path): Result<boolean, ResolveProblem> {
  if (operator === "eq" || operator === "ne")
    return ok((canonical(a) === canonical(b)) === (operator === "eq"))
  if (operator === "in") {
    const wanted = canonical(a)
    return isList(b) ? ok(b.some((one) => canonical(one) === wanted)) : problem("comparison", path)
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
function exists(operand: Json, scope: Scope, path: Path, room: Room): Result<boolean, ResolveProblem> {
  if (!isObject(operand)) return problem("shape", path)
  const form = formOf(operand)
  if (form === null || (form.kind !== "from" && form.kind !== "item")) return problem("shape", path)
  const asked: Form = form.kind === "from" ? { kind: "from", step: form.step, at: form.at } : form
  const found = resolveForm(asked, operand, scope, path, room)
  if (found.ok) return ok(true)
  return found.error.kind === "missing" || found.error.kind === "skipped" ? ok(false) : found
}
