// Stage 2 and stage 9: the keys of a draft, the edges between its steps, and the one order that they give.
// Owns: keys, dependencies, cycle, depth, step order. Does not own: what references mean (check-input.ts).
// Keeps INV-09: a plan's list of steps is a topological order, and always the same one.

import {
  StepKey,
  edgesMax,
  pathStepsMax,
  referencesOf,
  rejectionsMax,
  type Json,
  type PlanRejection,
} from "@counterfoil/contracts"
import { didYouMean } from "./nearest-names.ts"
import { byText, rejection } from "./rejection.ts"

/** For each step key the keys that it waits for: the sources of its references, and its `after`. */
export type Edges = ReadonlyMap<string, ReadonlySet<string>>

/** A draft as far as its graph goes, before or after substitution. */
interface DraftGraph {
  readonly steps: readonly {
    readonly key: string
    readonly input?: Json
    readonly after?: readonly string[]
    readonly when?: Json
    readonly each?: Json
  }[]
}

const reservedKeys = new Set(["intent", "item"])

/** The problems of a draft's keys and graph; empty when it is a bounded DAG with unique keys. */
export function graphProblems(draft: DraftGraph): readonly PlanRejection[] {
  const problems = [...keyProblems(draft), ...afterProblems(draft)]
  return problems.length > 0 ? problems : shapeProblems(draft)
}

/** Steps in canonical order: repeatedly the smallest key whose needs and after are placed. Needs a DAG. */
export function inPlanOrder<T extends { readonly key: string }>(
  steps: readonly T[],
  waitsFor: (step: T) => Iterable<string>,
): readonly T[] {
  const open = new Map(steps.map((step) => [step.key, new Set(waitsFor(step))]))
  const followers = new Map<string, T[]>()
  for (const step of steps) {
    for (const earlier of waitsFor(step)) followers.set(earlier, [...(followers.get(earlier) ?? []), step])
  }
  const ready = steps.filter((step) => open.get(step.key)?.size === 0)
  const placed: T[] = []
  for (;;) {
    ready.sort((a, b) => byText(b.key, a.key))
    const next = ready.pop()
    if (next === undefined) return placed
    placed.push(next)
    for (const follower of followers.get(next.key) ?? []) {
      const waiting = open.get(follower.key)
      if (waiting?.delete(next.key) === true && waiting.size === 0) ready.push(follower)
    }
  }
}

function keyProblems(draft: DraftGraph): readonly PlanRejection[] {
  const seen = new Set<string>()
  return draft.steps.flatMap(({ key }, index) => {
    const at = `/steps/${index}/key`
    if (reservedKeys.has(key)) return [rejection("KEY_INVALID", at, `The key ${key} is reserved.`)]
    if (!StepKey.safeParse(key).success) {
      return [
        rejection("KEY_INVALID", at, "A key is lower-case words joined by - or _, at most 40 characters."),
      ]
    }
    if (seen.has(key)) return [rejection("KEY_DUPLICATE", at, `Two steps have the key ${key}.`)]
    seen.add(key)
    return []
  })
}

function afterProblems(draft: DraftGraph): readonly PlanRejection[] {
  const keys = draft.steps.map((step) => step.key)
  const known = new Set(keys)
  const unknown = draft.steps.flatMap((step, index) =>
    (step.after ?? []).flatMap((key, place) =>
      known.has(key) ? [] : [{ key, at: `/steps/${index}/after/${place}` }],
    ),
  )
  return unknown
    .slice(0, rejectionsMax)
    .map(({ key, at }) => rejection("DEPENDENCY_UNKNOWN", at, "No step has this key.", didYouMean(key, keys)))
}

function shapeProblems(draft: DraftGraph): readonly PlanRejection[] {
  const edges = edgesOf(draft)
  const count = [...edges.values()].reduce((sum, sources) => sum + sources.size, 0)
  if (count > edgesMax)
    return [rejection("TOO_MANY_EDGES", "/steps", `A draft has at most ${edgesMax} needs and afters.`)]
  const indexOf = new Map(draft.steps.map((step, index) => [step.key, index]))
  const order = inPlanOrder(draft.steps, (step) => edges.get(step.key) ?? [])
  if (order.length < draft.steps.length) {
    const cycle = cycleIn(edges, new Set(order.map((step) => step.key)))
    const at = `/steps/${indexOf.get(cycle[0] ?? "") ?? 0}`
    return [rejection("CYCLE", at, `These steps wait for each other: ${cycle.join(" → ")}.`)]
  }
  const depths = new Map<string, number>()
  for (const { key } of order) {
    const depth = 1 + Math.max(0, ...[...(edges.get(key) ?? [])].map((source) => depths.get(source) ?? 0))
    depths.set(key, depth)
    if (depth > pathStepsMax) {
      return [
        rejection("TOO_DEEP", `/steps/${indexOf.get(key) ?? 0}`, `A path has at most ${pathStepsMax} steps.`),
      ]
    }
  }
  return []
}

// A reference of a step to itself, or to no step, is not an edge: stage 5 says what is wrong with it.
function edgesOf(draft: DraftGraph): Edges {
  const keys = new Set(draft.steps.map((step) => step.key))
  return new Map(
    draft.steps.map((step) => {
      const sources = [step.input, step.when, step.each]
        .flatMap((part) => referencesOf(part))
        .map((reference) => reference.step)
        .filter((key) => keys.has(key) && key !== step.key)
      return [step.key, new Set([...sources, ...(step.after ?? [])])]
    }),
  )
}

// Every step that was not placed waits for another such step: following the smallest leads around a cycle.
function cycleIn(edges: Edges, placed: ReadonlySet<string>): readonly string[] {
  const stuck = (key: string) =>
    [...(edges.get(key) ?? [])].filter((source) => !placed.has(source)).sort(byText)[0]
  const path: string[] = []
  let key = [...edges.keys()].filter((candidate) => !placed.has(candidate)).sort(byText)[0]
  while (key !== undefined && !path.includes(key)) {
    path.push(key)
    key = stuck(key)
  }
  const loop = path.slice(path.indexOf(key ?? ""))
  const first = loop.indexOf([...loop].sort(byText)[0] ?? "")
  const turned = [...loop.slice(first), ...loop.slice(0, first)]
  return [...turned, turned[0] ?? ""]
}
