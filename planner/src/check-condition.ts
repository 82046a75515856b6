// A step's `when`: its shape and size, whether its operands can compare, and what of it is settled already.
// Owns: checking and folding. Does not own: evaluating it at run time (contracts).
// Nothing in a condition changes a tier: a condition can only make a step not run.

import {
  isObject,
  conditionDepthMax,
  conditionNodesMax,
  instantMs,
  err,
  evaluateCondition,
  formOf,
  formatPointer,
  isList,
  type Json,
  type PlanRejection,
  type Result,
} from "@counterfoil/contracts"
import { checkInput, holdsReference, wholePlace } from "./check-input.ts"
import { flowOfItem, flowOfReference, type Surroundings } from "./surroundings.ts"
import { rejection, stage } from "./rejection.ts"
import { anyType, type SchemaType } from "@counterfoil/contracts/shape"

/** Most literals of one `in`. */
const listedLiteralsMax = 100

/**
 * The condition with its constant parts folded: null when it always holds, false when it never does.
 * Errors: CONDITION_SHAPE, CONDITION_TYPE, CONDITION_TOO_LARGE, and those of its references.
 */
export function checkCondition(
  when: Json,
  at: string,
  around: Surroundings,
): Result<Json, readonly PlanRejection[]> {
  const size = sizeOf(when)
  if (size.nodes > conditionNodesMax || size.depth > conditionDepthMax) {
    return err([
      rejection(
        "CONDITION_TOO_LARGE",
        at,
        `A condition has at most ${conditionNodesMax} nodes and depth ${conditionDepthMax}.`,
      ),
    ])
  }
  const problems = nodeProblems(when, at, around)
  if (problems.length > 0) return stage(null, problems)
  const folded = fold(when)
  return stage(folded === true ? null : folded, [])
}

const comparisons = new Set(["lt", "le", "gt", "ge"])
const equalities = new Set(["eq", "ne"])

/** The operator of a node with its operand, or null for a value that is not a node. */
function nodeOf(node: Json): readonly [string, Json] | null {
  if (!isObject(node)) return null
  const [entry, ...more] = Object.entries(node)
  return entry === undefined || more.length > 0 ? null : entry
}

const childrenOf = (operator: string, operand: Json): readonly Json[] =>
  operator === "not"
    ? [operand]
    : (operator === "all" || operator === "any") && isList(operand)
      ? operand
      : []

function sizeOf(node: Json): { readonly nodes: number; readonly depth: number } {
  const entry = nodeOf(node)
  const children = entry === null ? [] : childrenOf(...entry).map(sizeOf)
  return {
    nodes: 1 + children.reduce((sum, child) => sum + child.nodes, 0),
    depth: 1 + Math.max(0, ...children.map((child) => child.depth)),
  }
}

function nodeProblems(node: Json, at: string, around: Surroundings): readonly PlanRejection[] {
  if (typeof node === "boolean") return []
  const entry = nodeOf(node)
  if (entry === null)
    return [rejection("CONDITION_SHAPE", at, "A condition is true, false, or an object with one operator.")]
  const [operator, operand] = entry
  const place = at + formatPointer([operator])
  if (operator === "not") return nodeProblems(operand, place, around)
  if (operator === "all" || operator === "any") {
    if (!isList(operand))
      return [rejection("CONDITION_SHAPE", place, `${operator} takes a list of conditions.`)]
    return operand.flatMap((child, index) => nodeProblems(child, `${place}/${index}`, around))
  }
  if (operator === "exists") return existsProblems(operand, place, around)
  if (!equalities.has(operator) && !comparisons.has(operator) && operator !== "in") {
    return [
      rejection(
        "CONDITION_SHAPE",
        place,
        "This operator is not known.",
        "Use eq, ne, lt, le, gt, ge, in, exists, all, any or not.",
      ),
    ]
  }
  return pairProblems(operator, operand, place, around)
}

function pairProblems(
  operator: string,
  operand: Json,
  place: string,
  around: Surroundings,
): readonly PlanRejection[] {
  const [left, right, ...rest] = isList(operand) ? operand : []
  if (left === undefined || right === undefined || rest.length > 0) {
    return [rejection("CONDITION_SHAPE", place, `${operator} takes a list of two values.`)]
  }
  if (operator === "in" && !(isList(right) && right.length <= listedLiteralsMax && !holdsReference(right))) {
    return [
      rejection("CONDITION_SHAPE", `${place}/1`, `in takes a list of at most ${listedLiteralsMax} literals.`),
    ]
  }
  const problems = [
    ...operandProblems(left, `${place}/0`, around),
    ...operandProblems(right, `${place}/1`, around),
  ]
  if (problems.length > 0 || !comparisons.has(operator)) return problems
  const shared = comparableKinds(left, around).filter((kind) => comparableKinds(right, around).includes(kind))
  return shared.length > 0
    ? []
    : [rejection("CONDITION_TYPE", place, `${operator} compares two numbers or two date-times.`)]
}

// A condition may refer to a value that may be absent: at run time that blocks the step, unless `exists` comes before it.
const operandProblems = (value: Json, at: string, around: Surroundings): readonly PlanRejection[] =>
  checkInput(value, { ...wholePlace(anyType, at), mayBeAbsent: true }, around).problems

function existsProblems(operand: Json, place: string, around: Surroundings): readonly PlanRejection[] {
  const form = isObject(operand) ? formOf(operand) : null
  if (form?.kind !== "from" && form?.kind !== "item")
    return [rejection("CONDITION_SHAPE", place, "exists takes one reference.")]
  return operandProblems(operand, place, around)
}

type ComparableKind = "number" | "time"
const bothKinds: readonly ComparableKind[] = ["number", "time"]

function comparableKinds(value: Json, around: Surroundings): readonly ComparableKind[] {
  if (typeof value === "number") return ["number"]
  if (typeof value === "string") return instantMs(value) === null ? [] : ["time"]
  const form = isObject(value) ? formOf(value) : null
  if (form?.kind === "index") return ["number"]
  if (form?.kind !== "from" && form?.kind !== "item") return []
  const flow = form.kind === "from" ? flowOfReference(form, "", around) : flowOfItem(form.at, "", around)
  return "code" in flow ? [] : kindsOfType(flow.type)
}

function kindsOfType(type: SchemaType): readonly ComparableKind[] {
  return type.variants.flatMap(({ shape }): readonly ComparableKind[] => {
    if (shape.kind === "number") return ["number"]
    if (shape.kind === "any" || shape.kind === "opaque") return bothKinds
    if (shape.kind === "string") return shape.format === null || shape.format === "date-time" ? ["time"] : []
    if (shape.kind !== "literals") return []
    return shape.values.flatMap((value): readonly ComparableKind[] =>
      typeof value === "number"
        ? ["number"]
        : typeof value === "string" && instantMs(value) !== null
          ? ["time"]
          : [],
    )
  })
}

/**
 * Folds what does not depend on a step. Nothing that could be an error at run time is dropped from before a settled part,
 * so the folded condition has the result of the written one.
 */
function fold(node: Json): Json {
  const entry = nodeOf(node)
  if (entry === null) return node
  const [operator, operand] = entry
  if (operator === "not") {
    const inner = fold(operand)
    return typeof inner === "boolean" ? !inner : { not: inner }
  }
  if ((operator === "all" || operator === "any") && isList(operand)) return foldMany(operator, operand)
  if (operator === "exists" || holdsReference(operand)) return node
  const settled = evaluateCondition(node, { outputs: new Map() })
  return settled.ok ? settled.value : node
}

function foldMany(operator: "all" | "any", nodes: readonly Json[]): Json {
  const settles = operator === "any"
  const kept: Json[] = []
  for (const node of nodes) {
    const folded = fold(node)
    if (folded === settles) return kept.length === 0 ? settles : { [operator]: [...kept, settles] }
    if (typeof folded !== "boolean") kept.push(folded)
  }
  const [only] = kept
  if (only === undefined) return !settles
  return kept.length === 1 ? only : { [operator]: kept }
}
