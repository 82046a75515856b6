// Which variant of the old type became which of the new one.
// Owns: the pairing. Order means nothing; the field that tells variants apart means everything, where there is one.

import { canonical } from "../json/canonical.ts"
import { listedValues } from "../shape/disjoint.ts"
import { misfit } from "../shape/fit.ts"
import type { ObjectShape, Variant } from "../shape/shape.ts"

/** Old and new variants side by side, and those that have no partner. */
interface Paired {
  readonly pairs: readonly (readonly [Variant, Variant])[]
  readonly gone: readonly Variant[]
  readonly come: readonly Variant[]
}

type Alike = (old: Variant, now: Variant) => boolean

/** Pairs variants that mean the same thing: equal ones first, then by their telling field, then by kind and likeness. */
export function pairVariants(before: readonly Variant[], after: readonly Variant[]): Paired {
  const tag = commonTag(before, after)
  const byTag: Alike = (old, now) => tag !== null && sharesTag(old, now, tag)
  const byKind: Alike = (old, now) =>
    old.shape.kind === now.shape.kind && !(tag !== null && hasTag(old, tag) && hasTag(now, tag))
  let rest: Paired = { pairs: [], gone: before, come: after }
  for (const alike of [equal, byTag, byKind]) rest = pairMore(rest, alike)
  return rest
}

/**
 * Old and new variants that are compared with each other: one old variant with the new ones of its tag where a field tells
 * them apart, and all others together.
 */
export function groupVariants(
  before: readonly Variant[],
  after: readonly Variant[],
): readonly (readonly [before: readonly Variant[], after: readonly Variant[]])[] {
  const tag = commonTag(before, after)
  if (tag === null) return [[before, after]]
  const untold = (variants: readonly Variant[]) => variants.filter((variant) => !hasTag(variant, tag))
  return [
    [untold(before), untold(after)],
    ...before
      .filter((old) => hasTag(old, tag))
      .map((old) => [[old], after.filter((now) => sharesTag(old, now, tag))] as const),
  ]
}

function pairMore(paired: Paired, alike: Alike): Paired {
  const come = [...paired.come]
  const pairs = [...paired.pairs]
  const gone = paired.gone.filter((old) => {
    const partners = come.filter((now) => alike(old, now))
    const [best] = partners.toSorted((a, b) => likeness(old, b) - likeness(old, a))
    if (best === undefined) return true
    pairs.push([old, best])
    come.splice(come.indexOf(best), 1)
    return false
  })
  return { pairs, gone, come }
}

const equal: Alike = (old, now) => {
  const [a, b] = [old, now].map((variant) => ({ type: { variants: [variant] }, pii: false }))
  return (
    a !== undefined && b !== undefined && misfit(a, b, "values") === null && misfit(b, a, "values") === null
  )
}

function likeness({ shape: a }: Variant, { shape: b }: Variant): number {
  if (a.kind !== "object" || b.kind !== "object") return 0
  return [...a.properties.keys()].filter((name) => b.properties.has(name)).length
}

/** The telling field of each side when both have one and it is another; null otherwise. */
export function discriminatorChange(
  before: readonly Variant[],
  after: readonly Variant[],
): { readonly before: string; readonly after: string } | null {
  const [old, now] = [tagsOf(before), tagsOf(after)]
  const [was, is] = [old[0], now[0]]
  if (was === undefined || is === undefined || old.some((name) => now.includes(name))) return null
  return { before: was, after: is }
}

function commonTag(before: readonly Variant[], after: readonly Variant[]): string | null {
  const [old, now] = [objects(before), objects(after)]
  const [more, fewer] = old.length >= now.length ? [old, now] : [now, old]
  const usable = (name: string) => fewer.every((shape) => listedValues(shape, name) !== null)
  return tagNames(more).find(usable) ?? null
}

const tagsOf = (variants: readonly Variant[]): readonly string[] => tagNames(objects(variants))

// A field tells variants apart when each requires it, lists its values, and shares none of them with another.
function tagNames(shapes: readonly ObjectShape[]): readonly string[] {
  const [first] = shapes
  if (first === undefined || shapes.length < 2) return []
  return [...first.properties.keys()].filter((name) => {
    const values = shapes.map((shape) => listedValues(shape, name))
    if (values.includes(null)) return false
    const all = values.flatMap((list) => (list ?? []).map((value) => canonical(value)))
    return new Set(all).size === all.length
  })
}

const hasTag = ({ shape }: Variant, name: string): boolean =>
  shape.kind === "object" && listedValues(shape, name) !== null

function sharesTag({ shape: old }: Variant, { shape: now }: Variant, name: string): boolean {
  if (old.kind !== "object" || now.kind !== "object") return false
  const values = (listedValues(now, name) ?? []).map((value) => canonical(value))
  return (listedValues(old, name) ?? []).some((value) => values.includes(canonical(value)))
}

const objects = (variants: readonly Variant[]): readonly ObjectShape[] =>
  variants.flatMap(({ shape }) => (shape.kind === "object" ? [shape] : []))
